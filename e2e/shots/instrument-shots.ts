import type { Page } from '@playwright/test';
import {
  besetBy,
  clockOff,
  everything,
  filesStuck,
  heldWhileOff,
  licenceRevoked,
  nothingSeen,
  promiseBroken,
  runningFull,
} from './beset-agents.ts';
import { press, type Shot } from './shot.ts';

/** What the cockpit shows when the server is gone, waited for; other tabs of the browser would go on. */
async function cutOff(page: Page): Promise<void> {
  await page.context().setOffline(true);
  await page.getByText('connection to the server lost').first().waitFor({ timeout: 120_000 });
}

/** The cockpit while its agents are in trouble. */
const besetCockpit = (name: string, trouble: Parameters<typeof besetBy>[0]): Shot => ({
  name: `cockpit-${name}`,
  page: '(app)/instruments/[slug]',
  who: 'staff',
  path: ({ beset }) => `/instruments/${beset}`,
  meanwhile: besetBy(trouble),
});

/** Instruments: cockpits, agents, alarms, history, data of nobody, the wall. */
export const INSTRUMENT_SHOTS: readonly Shot[] = [
  { name: 'home', page: '(app)', who: 'staff', path: '/' },
  { name: 'instruments', page: '(app)/instruments', who: 'staff', path: '/instruments' },
  { name: 'instruments-empty', page: '(app)/instruments', who: 'outsider', path: '/instruments' },
  {
    name: 'cockpit',
    page: '(app)/instruments/[slug]',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}`,
  },
  {
    name: 'cockpit-of-member',
    page: '(app)/instruments/[slug]',
    who: 'member',
    path: ({ busy }) => `/instruments/${busy}`,
  },
  {
    name: 'cockpit-nothing-set-up',
    page: '(app)/instruments/[slug]',
    who: 'staff',
    path: ({ bare }) => `/instruments/${bare}`,
  },
  {
    name: 'cockpit-agent-never-heard',
    page: '(app)/instruments/[slug]',
    who: 'staff',
    path: ({ silent }) => `/instruments/${silent}`,
  },
  {
    name: 'cockpit-server-lost',
    page: '(app)/instruments/[slug]',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}`,
    first: cutOff,
    spoils: 'connection',
  },
  {
    name: 'cockpit-alarm',
    page: '(app)/instruments/[slug]',
    who: 'staff',
    path: ({ troubled }) => `/instruments/${troubled}`,
  },
  besetCockpit('nothing-seen', nothingSeen),
  besetCockpit('running-full', runningFull),
  besetCockpit('clock-off', clockOff),
  besetCockpit('files-stuck', filesStuck),
  besetCockpit('held', heldWhileOff),
  {
    ...besetCockpit('held-question', heldWhileOff),
    first: async (page) => {
      await press('button', /^Uploads of HUB/)(page);
      await page.getByRole('menuitemradio', { name: /^ON/ }).click();
    },
  },
  besetCockpit('licence-revoked', licenceRevoked),
  besetCockpit('everything', everything),
  {
    name: 'cockpit-promise-broken',
    page: '(app)/instruments/[slug]',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}`,
    meanwhile: promiseBroken,
  },
  {
    name: 'cockpit-of-others',
    page: '(app)/instruments/[slug]',
    who: 'outsider',
    path: ({ busy }) => `/instruments/${busy}`,
  },
  {
    name: 'cockpit-switch',
    page: '(app)/instruments/[slug]',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}`,
    first: press('button', /^Switch/),
  },
  {
    name: 'cockpit-people',
    page: '(app)/instruments/[slug]',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}`,
    first: press('button', /^People: /),
  },
  {
    name: 'agents',
    page: '(app)/instruments/[slug]/agents',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}/agents`,
  },
  {
    name: 'agents-never-heard',
    page: '(app)/instruments/[slug]/agents',
    who: 'staff',
    path: ({ silent }) => `/instruments/${silent}/agents`,
  },
  {
    name: 'agents-empty',
    page: '(app)/instruments/[slug]/agents',
    who: 'staff',
    path: ({ bare }) => `/instruments/${bare}/agents`,
  },
  {
    name: 'agents-for-others',
    page: '(app)/instruments/[slug]/agents',
    who: 'member',
    path: ({ busy }) => `/instruments/${busy}/agents`,
  },
  {
    name: 'agents-silent',
    page: '(app)/instruments/[slug]/agents',
    who: 'staff',
    path: ({ troubled }) => `/instruments/${troubled}/agents`,
  },
  {
    name: 'agents-licence-revoked',
    page: '(app)/instruments/[slug]/agents',
    who: 'staff',
    path: ({ beset }) => `/instruments/${beset}/agents`,
    meanwhile: besetBy(licenceRevoked),
  },
  {
    name: 'agents-new',
    page: '(app)/instruments/[slug]/agents',
    who: 'staff',
    path: ({ bare }) => `/instruments/${bare}/agents`,
    first: press('button', /^New agent/),
  },
  {
    name: 'alarms-standing',
    page: '(app)/instruments/[slug]/alarms',
    who: 'staff',
    path: ({ troubled }) => `/instruments/${troubled}/alarms`,
  },
  {
    name: 'alarms',
    page: '(app)/instruments/[slug]/alarms',
    who: 'staff',
    path: ({ bare }) => `/instruments/${bare}/alarms`,
  },
  {
    name: 'alarms-empty',
    page: '(app)/instruments/[slug]/alarms',
    who: 'staff',
    path: ({ silent }) => `/instruments/${silent}/alarms`,
  },
  {
    name: 'strategies',
    page: '(app)/instruments/[slug]/strategies',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}/strategies`,
  },
  {
    name: 'strategies-empty',
    page: '(app)/instruments/[slug]/strategies',
    who: 'staff',
    path: ({ bare }) => `/instruments/${bare}/strategies`,
  },
  {
    name: 'strategies-new-trigger',
    page: '(app)/instruments/[slug]/strategies',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}/strategies`,
    first: press('button', /^Add a trigger to/),
  },
  {
    name: 'history',
    page: '(app)/instruments/[slug]/history',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}/history`,
  },
  {
    name: 'history-empty',
    page: '(app)/instruments/[slug]/history',
    who: 'staff',
    path: ({ bare }) => `/instruments/${bare}/history`,
  },
  {
    name: 'unassigned',
    page: '(app)/instruments/[slug]/unassigned',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}/unassigned`,
  },
  {
    name: 'unassigned-empty',
    page: '(app)/instruments/[slug]/unassigned',
    who: 'staff',
    path: ({ bare }) => `/instruments/${bare}/unassigned`,
  },
  {
    name: 'unassigned-frames',
    page: '(app)/instruments/[slug]/unassigned/[datasetId]/frames/[image]',
    who: 'staff',
    path: ({ busy, unassignedId }) => `/instruments/${busy}/unassigned/${unassignedId}/frames/1`,
  },
  {
    name: 'wall',
    page: '(wall)/instruments/[slug]/wall',
    who: 'staff',
    path: ({ busy }) => `/instruments/${busy}/wall`,
  },
  {
    name: 'wall-nothing-set-up',
    page: '(wall)/instruments/[slug]/wall',
    who: 'staff',
    path: ({ bare }) => `/instruments/${bare}/wall`,
  },
  {
    name: 'wall-alarm',
    page: '(wall)/instruments/[slug]/wall',
    who: 'staff',
    path: ({ troubled }) => `/instruments/${troubled}/wall`,
  },
  {
    name: 'wall-everything',
    page: '(wall)/instruments/[slug]/wall',
    who: 'staff',
    path: ({ beset }) => `/instruments/${beset}/wall`,
    meanwhile: besetBy(everything),
  },
  {
    name: 'wall-without-key',
    page: '(wall)/instruments/[slug]/wall',
    who: 'nobody',
    path: ({ busy }) => `/instruments/${busy}/wall`,
  },
];
