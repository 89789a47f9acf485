import { expect, it } from 'vitest';
import {
  crumbsOf,
  currentHref,
  homeOf,
  isWithin,
  navigationFor,
  reachableInstruments,
} from './navigation.ts';

const MX = { id: '1', slug: 'mx-1', name: 'MX-1 Microfocus' };

it('puts instruments first, each a door to its cockpit', () => {
  expect(navigationFor([], false)[0]!.links.map((link) => link.href)).toEqual(['/instruments']);
  expect(navigationFor(reachableInstruments([MX], []), false)[0]!.links[0]).toMatchObject({
    href: '/instruments/mx-1',
    keys: 'g 1',
  });
});

it('lists the instruments of members behind those of staff, and none whose cockpit is closed to an admin', () => {
  const listed = [
    { slug: 'bio-2', name: 'BIO-2', relation: 'member' as const },
    { slug: 'mx-1', name: MX.name, relation: 'staff' as const },
    { slug: 'nano', name: 'NANO', relation: 'admin' as const },
  ];
  const reachable = reachableInstruments([MX], listed);
  expect(navigationFor(reachable, false)[0]!.links.map((link) => [link.href, link.keys])).toEqual([
    ['/instruments/mx-1', 'g 1'],
    ['/instruments/bio-2', 'g 2'],
    ['/instruments', 'g i'],
  ]);
  expect(crumbsOf('/instruments/nano', reachable).at(-1)!.label).toBe('NANO');
});

it('shows the pages of admins to admins alone', () => {
  const titles = (isAdmin: boolean) => navigationFor([], isAdmin).map(({ title }) => title);
  expect(titles(false)).not.toContain('Admin');
  expect(titles(true).at(-1)).toBe('Admin');
  expect(crumbsOf('/admin/audit', []).map(({ label }) => label)).toEqual(['Admin', 'Audit trail']);
});

it('lands staff at their instrument, others at their experiments', () => {
  expect(homeOf({ instruments: [MX] })).toBe('/instruments/mx-1');
  expect(homeOf({ instruments: [] })).toBe('/experiments');
});

it('reads the way from the address', () => {
  expect(crumbsOf('/instruments/mx-1', [MX])).toEqual([
    { href: '/instruments', label: 'Instruments' },
    { href: '/instruments/mx-1', label: 'MX-1 Microfocus' },
  ]);
  expect(crumbsOf('/experiments/DEM26-7K2QF/files', []).map((crumb) => crumb.label)).toEqual([
    'Experiments',
    'DEM26-7K2QF',
    'Files',
  ]);
  const ofFile = '/experiments/DEM26-7K2QF/files/01890000-0000-7000-8000-0000deadbeef/frames/1';
  expect(crumbsOf(ofFile, []).slice(2)).toEqual([
    { href: '/experiments/DEM26-7K2QF/files', label: 'Files' },
    { href: ofFile, label: 'Frames' },
  ]);
  const ofHdf5 = '/experiments/DEM26-7K2QF/hdf5/01890000-0000-7000-8000-0000deadbeef';
  expect(crumbsOf(ofHdf5, []).slice(1)).toEqual([
    { href: '/experiments/DEM26-7K2QF', label: 'DEM26-7K2QF' },
    { href: ofHdf5, label: 'HDF5' },
  ]);
  expect(crumbsOf('/experiments/DEM26-7K2QF/hdf5/01890000-0000-7000-8000-0000deadbeef', []).slice(2)).toEqual(
    [{ href: '/experiments/DEM26-7K2QF/hdf5/01890000-0000-7000-8000-0000deadbeef', label: 'HDF5' }],
  );
  expect(
    crumbsOf('/experiments/DEM26-7K2QF/datasets/01890000-0000-7000-8000-0000deadbeef/frames/12', []),
  ).toEqual([
    { href: '/experiments', label: 'Experiments' },
    { href: '/experiments/DEM26-7K2QF', label: 'DEM26-7K2QF' },
    {
      href: '/experiments/DEM26-7K2QF/datasets/01890000-0000-7000-8000-0000deadbeef/frames/12',
      label: 'Frames',
    },
  ]);
  expect(
    crumbsOf('/instruments/mx-1/unassigned/01890000-0000-7000-8000-0000deadbeef/frames/1', []).map(
      ({ label }) => label,
    ),
  ).toEqual(['Instruments', 'mx-1', 'Unassigned', 'Frames']);
  expect(crumbsOf('/jobs/01890000-0000-7000-8000-0000deadbeef', [])[1]!.label).toBe('deadbeef');
  expect(crumbsOf('/experiments/%E0%A4%A', [])[1]!.label).toBe('%E0%A4%A');
  expect(crumbsOf('/', [])).toEqual([]);
});

it('knows what lies within', () => {
  expect(isWithin('/experiments/X', '/experiments')).toBe(true);
  expect(isWithin('/experiments-old', '/experiments')).toBe(false);
});

it('marks the closest link', () => {
  const sections = navigationFor(reachableInstruments([MX], []), true);
  expect(currentHref('/instruments/mx-1', sections)).toBe('/instruments/mx-1');
  expect(currentHref('/instruments/mx-2', sections)).toBe('/instruments');
  expect(currentHref('/account', sections)).toBe(null);
});
