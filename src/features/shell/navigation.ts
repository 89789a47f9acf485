import {
  Cpu,
  FileCode2,
  FlaskConical,
  FolderKanban,
  LayoutGrid,
  ListChecks,
  type LucideIcon,
  Radar,
  RadioTower,
  ReceiptText,
  Scale,
  ScrollText,
  ShieldCheck,
  SlidersHorizontal,
  Users,
} from 'lucide-react';
import type { Profile } from './profile.tsx';

export interface NavLink {
  href: string;
  label: string;
  icon: LucideIcon;
  /** Key to go there: "g e". */
  keys?: string;
}

export interface NavSection {
  title: string;
  links: readonly NavLink[];
}

export interface NavInstrument {
  slug: string;
  name: string;
  /** Staff and members; an admin without an experiment there sees the instrument in the list alone. */
  mayOpenCockpit: boolean;
}

/** Staff's instruments first, as they are known first, so that keys keep their meaning; then those of one's experiments. */
export function reachableInstruments(
  staffed: readonly { slug: string; name: string }[],
  listed: readonly { slug: string; name: string; relation: 'staff' | 'member' | 'admin' }[],
): NavInstrument[] {
  const others = listed.filter(({ slug }) => !staffed.some((own) => own.slug === slug));
  return [
    ...staffed.map(({ slug, name }) => ({ slug, name, mayOpenCockpit: true })),
    ...others.map(({ slug, name, relation }) => ({ slug, name, mayOpenCockpit: relation !== 'admin' })),
  ];
}

const ADMIN: NavSection = {
  title: 'Admin',
  links: [
    { href: '/admin/people', label: 'People', icon: Users },
    { href: '/admin/instruments', label: 'Instruments', icon: SlidersHorizontal },
    { href: '/admin/agents', label: 'Agents', icon: RadioTower },
    { href: '/admin/licences', label: 'Licences', icon: ReceiptText },
    { href: '/admin/profiles', label: 'Profiles', icon: Cpu },
    { href: '/admin/policies', label: 'Policies', icon: Scale },
    { href: '/admin/permissions', label: 'Permissions', icon: ShieldCheck },
    { href: '/admin/audit', label: 'Audit trail', icon: ScrollText },
  ],
};

/** What the left navigation holds for this person. Only pages that exist: a dead link costs trust. */
export function navigationFor(reachable: readonly NavInstrument[], isAdmin: boolean): NavSection[] {
  const cockpits = reachable.filter(({ mayOpenCockpit }) => mayOpenCockpit);
  const instruments = cockpits.map((instrument, index) => ({
    href: `/instruments/${instrument.slug}`,
    label: instrument.name,
    icon: Radar,
    ...(index < 9 ? { keys: `g ${index + 1}` } : {}),
  }));
  const all = { href: '/instruments', label: 'All instruments', icon: LayoutGrid, keys: 'g i' };
  return [
    { title: 'Instruments', links: [...instruments, all] },
    {
      title: 'Data',
      links: [
        { href: '/experiments', label: 'Experiments', icon: FlaskConical, keys: 'g e' },
        { href: '/projects', label: 'Projects', icon: FolderKanban, keys: 'g p' },
      ],
    },
    {
      title: 'Analysis',
      links: [
        { href: '/jobs', label: 'Jobs', icon: ListChecks, keys: 'g j' },
        { href: '/templates', label: 'Templates', icon: FileCode2, keys: 'g t' },
      ],
    },
    ...(isAdmin ? [ADMIN] : []),
  ];
}

/** Where somebody lands: staff at their first instrument, others at their experiments. */
export const homeOf = (profile: Pick<Profile, 'instruments'>): string =>
  profile.instruments[0] ? `/instruments/${profile.instruments[0].slug}` : '/experiments';

export const isWithin = (path: string, href: string): boolean => path === href || path.startsWith(`${href}/`);

/** The link to mark as current: the longest that the page lies within. */
export function currentHref(path: string, sections: readonly NavSection[]): string | null {
  const hrefs = sections.flatMap((section) => section.links.map((link) => link.href));
  return hrefs.filter((href) => isWithin(path, href)).sort((a, b) => b.length - a.length)[0] ?? null;
}

export interface Crumb {
  href: string;
  label: string;
}

const SECTION_LABELS: Record<string, string> = {
  experiments: 'Experiments',
  projects: 'Projects',
  instruments: 'Instruments',
  jobs: 'Jobs',
  templates: 'Templates',
  edit: 'Edit',
  new: 'New',
  account: 'Account',
  mails: 'Mails',
  files: 'Files',
  people: 'People',
  settings: 'Settings',
  samples: 'Samples',
  agents: 'Agents',
  alarms: 'Alarms',
  strategies: 'Strategies',
  compare: 'Comparison',
  unassigned: 'Unassigned',
  history: 'History',
  admin: 'Admin',
  licences: 'Licences',
  profiles: 'Profiles',
  policies: 'Policies',
  permissions: 'Permissions',
  audit: 'Audit trail',
};

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/**
 * The way to this page, read from its address: known words by name, instruments by their name, codes as they are, ids
 * shortened.
 */
export function crumbsOf(path: string, instruments: readonly { slug: string; name: string }[]): Crumb[] {
  const all = path.split('/').filter(Boolean).map(safeDecode);
  const datasetAt = datasetPlace(all) ?? all.length;
  const parts = all.slice(0, datasetAt);
  const crumbs = crumbsOfParts(parts, instruments);
  if (datasetAt < all.length)
    crumbs.push({ href: path, label: all[datasetAt] === 'hdf5' ? 'HDF5' : 'Frames' });
  return crumbs;
}

/**
 * Where the dataset or file begins in /experiments/CODE/datasets/ID/frames/12, /experiments/CODE/files/ID/frames/12, /experiments/CODE/hdf5/ID
 * and /instruments/SLUG/unassigned/ID/frames/12: it has no page besides its frames, so that nothing leads nowhere. Null on other pages.
 */
function datasetPlace(parts: readonly string[]): number | null {
  if (parts[0] === 'experiments' && (parts[2] === 'datasets' || parts[2] === 'hdf5')) return 2;
  if (parts[0] === 'experiments' && parts[2] === 'files' && parts.length > 3) return 3;
  if (parts[0] === 'instruments' && parts[2] === 'unassigned' && parts.length > 3) return 3;
  return null;
}

function crumbsOfParts(
  parts: readonly string[],
  instruments: readonly { slug: string; name: string }[],
): Crumb[] {
  return parts.map((part, index) => {
    const href = `/${parts
      .slice(0, index + 1)
      .map(encodeURIComponent)
      .join('/')}`;
    if (parts[index - 1] === 'instruments') {
      return { href, label: instruments.find((instrument) => instrument.slug === part)?.name ?? part };
    }
    return { href, label: SECTION_LABELS[part] ?? (UUID.test(part) ? part.slice(-8) : part) };
  });
}

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // An address typed by hand with a stray "%": shown as it stands.
    return part;
  }
}
