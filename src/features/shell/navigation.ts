import { FlaskConical, LayoutGrid, ListChecks, type LucideIcon, Radar } from 'lucide-react';
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

/** What the left navigation holds for this person. Only pages that exist: a dead link costs trust. */
export function navigationFor(reachable: readonly NavInstrument[]): NavSection[] {
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
      links: [{ href: '/experiments', label: 'Experiments', icon: FlaskConical, keys: 'g e' }],
    },
    { title: 'Analysis', links: [{ href: '/jobs', label: 'Jobs', icon: ListChecks, keys: 'g j' }] },
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
  instruments: 'Instruments',
  jobs: 'Jobs',
  account: 'Account',
  files: 'Files',
  people: 'People',
  settings: 'Settings',
  samples: 'Samples',
  agents: 'Agents',
  unassigned: 'Unassigned',
  history: 'History',
};

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/**
 * The way to this page, read from its address: known words by name, instruments by their name, codes as they are, ids
 * shortened.
 */
export function crumbsOf(path: string, instruments: readonly { slug: string; name: string }[]): Crumb[] {
  const all = path.split('/').filter(Boolean).map(safeDecode);
  // /experiments/CODE/datasets/ID/frames/12: the dataset has no page besides its frames, so that nothing leads nowhere.
  const datasetAt = all[0] === 'experiments' && all[2] === 'datasets' ? 2 : all.length;
  const parts = all.slice(0, datasetAt);
  const crumbs = crumbsOfParts(parts, instruments);
  if (datasetAt < all.length) crumbs.push({ href: path, label: 'Frames' });
  return crumbs;
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
