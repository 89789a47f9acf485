import { undrawable } from './broken-answers.ts';
import { storageFilledTo } from './job-places.ts';
import type { Places } from './places.ts';
import { press, type Shot } from './shot.ts';

const TABS = '(app)/experiments/[code]/(tabs)';

const at =
  (which: 'running' | 'withoutData' | 'processing' | 'closed', tab = '') =>
  (places: Places) =>
    `/experiments/${places[which]}${tab}`;

/** The hot storage of the facility, so full. */
const storageAt = (share: number) => async (places: Places) =>
  storageFilledTo(await places.installation.api('admin'), places, share);

/** Experiments and projects: their lists and what is in them. */
export const CONTAINER_SHOTS: readonly Shot[] = [
  { name: 'experiments', page: '(app)/experiments', who: 'staff', path: '/experiments' },
  { name: 'experiments-empty', page: '(app)/experiments', who: 'outsider', path: '/experiments' },
  {
    name: 'experiments-no-match',
    page: '(app)/experiments',
    who: 'staff',
    path: '/experiments?q=neither+here+nor+there',
  },
  {
    name: 'experiments-new',
    page: '(app)/experiments',
    who: 'staff',
    path: '/experiments',
    first: press('button', 'New experiment'),
  },
  {
    name: 'experiments-import',
    page: '(app)/experiments',
    who: 'staff',
    path: '/experiments',
    first: press('button', /^Import/),
  },
  {
    name: 'experiments-page-fault',
    page: '(app)/experiments',
    who: 'member',
    path: '/experiments',
    first: undrawable('experiments.list'),
  },
  { name: 'experiment-of-others', page: TABS, who: 'outsider', path: at('running') },
  { name: 'experiment-no-match', page: TABS, who: 'scientist', path: at('running', '?q=zzz') },
  {
    name: 'experiment-correct',
    page: TABS,
    who: 'scientist',
    path: at('running'),
    first: press('button', /^Correct /),
  },
  {
    name: 'experiment-import',
    page: TABS,
    who: 'scientist',
    path: at('running'),
    first: press('button', /^Import/),
  },
  { name: 'experiment', page: TABS, who: 'scientist', path: at('running') },
  { name: 'experiment-of-viewer', page: TABS, who: 'viewer', path: at('running') },
  { name: 'experiment-empty', page: TABS, who: 'scientist', path: at('withoutData') },
  { name: 'experiment-processing', page: TABS, who: 'scientist', path: at('processing') },
  { name: 'experiment-closed', page: TABS, who: 'scientist', path: at('closed') },
  ...[
    { percent: 82, share: 0.82 },
    { percent: 93, share: 0.93 },
    { percent: 104, share: 1.04 },
    { percent: 120, share: 1.2 },
  ].map(({ percent, share }) => ({
    ...{ name: `experiment-storage-${percent}`, page: TABS, who: 'scientist' as const },
    ...{ path: at('running'), meanwhile: storageAt(share) },
  })),
  { name: 'samples', page: `${TABS}/samples`, who: 'scientist', path: at('running', '/samples') },
  {
    name: 'samples-no-match',
    page: `${TABS}/samples`,
    who: 'scientist',
    path: at('running', '/samples?q=zzz'),
  },
  {
    name: 'samples-new',
    page: `${TABS}/samples`,
    who: 'scientist',
    path: at('running', '/samples'),
    first: press('button', 'New sample'),
  },
  { name: 'samples-empty', page: `${TABS}/samples`, who: 'scientist', path: at('withoutData', '/samples') },
  {
    name: 'datasets-table-1',
    page: TABS,
    who: 'scientist',
    path: at('running'),
    first: async (page) => {
      // On a phone it is behind them.
      const filters = page.getByRole('button', { name: 'Filters' });
      if (await filters.isVisible()) await filters.click();
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('menuitem', { name: /Table 1/ }).click();
    },
  },
  { name: 'files', page: `${TABS}/files`, who: 'scientist', path: at('running', '/files') },
  {
    name: 'files-dataset',
    page: `${TABS}/files`,
    who: 'scientist',
    path: ({ running, datasetFolder, datasetId }) =>
      `/experiments/${running}/files?path=${encodeURIComponent(datasetFolder)}&sel=d:${datasetId}`,
  },
  {
    name: 'files-file',
    page: `${TABS}/files`,
    who: 'scientist',
    path: ({ running, datasetFolder, fileId }) =>
      `/experiments/${running}/files?path=${encodeURIComponent(datasetFolder)}&sel=f:${fileId}`,
  },
  {
    name: 'files-not-there',
    page: `${TABS}/files`,
    who: 'scientist',
    path: at('running', '/files?path=raw/no'),
  },
  {
    name: 'files-search',
    page: `${TABS}/files`,
    who: 'scientist',
    path: at('running', '/files?all=true&q=master'),
  },
  {
    name: 'files-nothing-matches',
    page: `${TABS}/files`,
    who: 'scientist',
    path: at('running', '/files?q=nothing-like-it'),
  },
  {
    name: 'files-download',
    page: `${TABS}/files`,
    who: 'scientist',
    path: at('running', '/files?path='),
    first: press('button', 'Download all'),
  },
  { name: 'files-empty', page: `${TABS}/files`, who: 'scientist', path: at('withoutData', '/files') },
  { name: 'experiment-jobs', page: `${TABS}/jobs`, who: 'scientist', path: at('running', '/jobs') },
  { name: 'experiment-jobs-empty', page: `${TABS}/jobs`, who: 'scientist', path: at('withoutData', '/jobs') },
  { name: 'people', page: `${TABS}/people`, who: 'scientist', path: at('running', '/people') },
  {
    name: 'people-invite-fault',
    page: `${TABS}/people`,
    who: 'scientist',
    path: at('running', '/people'),
    first: press('button', 'Invite'),
  },
  { name: 'people-alone', page: `${TABS}/people`, who: 'scientist', path: at('processing', '/people') },
  { name: 'people-of-viewer', page: `${TABS}/people`, who: 'viewer', path: at('running', '/people') },
  { name: 'people-closed', page: `${TABS}/people`, who: 'scientist', path: at('closed', '/people') },
  { name: 'settings', page: `${TABS}/settings`, who: 'staff', path: at('running', '/settings') },
  { name: 'settings-of-viewer', page: `${TABS}/settings`, who: 'viewer', path: at('running', '/settings') },
  {
    name: 'settings-processing',
    page: `${TABS}/settings`,
    who: 'staff',
    path: at('processing', '/settings'),
  },
  { name: 'settings-closed', page: `${TABS}/settings`, who: 'scientist', path: at('closed', '/settings') },
  {
    name: 'frames',
    page: '(app)/experiments/[code]/datasets/[datasetId]/frames/[image]',
    who: 'scientist',
    path: ({ running, datasetId }) => `/experiments/${running}/datasets/${datasetId}/frames/1`,
  },
  {
    name: 'hdf5',
    page: '(app)/experiments/[code]/hdf5/[fileId]',
    who: 'scientist',
    path: ({ running, datasetId }) => `/experiments/${running}/datasets/${datasetId}/frames/1`,
    first: async (page) => {
      await press('link', 'Master file')(page);
      await page.getByRole('img', { name: 'Picture of /entry/data/data' }).waitFor();
    },
  },
  {
    name: 'frames-contrast',
    page: '(app)/experiments/[code]/datasets/[datasetId]/frames/[image]',
    who: 'scientist',
    path: ({ running, datasetId }) =>
      `/experiments/${running}/datasets/${datasetId}/frames/1?drawer=contrast&rings=auto&ice=1`,
  },
  {
    name: 'frames-geometry',
    page: '(app)/experiments/[code]/datasets/[datasetId]/frames/[image]',
    who: 'scientist',
    path: ({ running, datasetId }) =>
      `/experiments/${running}/datasets/${datasetId}/frames/1?drawer=geometry&rings=auto&two-theta=15&map=viridis&invert=0`,
  },
  {
    name: 'frames-measure',
    page: '(app)/experiments/[code]/datasets/[datasetId]/frames/[image]',
    who: 'scientist',
    path: ({ running, datasetId }) =>
      `/experiments/${running}/datasets/${datasetId}/frames/1?drawer=measure&stack=sum&frames=5&mark=rectangle,300,300,500,420`,
  },
  {
    name: 'frames-spots',
    page: '(app)/experiments/[code]/datasets/[datasetId]/frames/[image]',
    who: 'scientist',
    path: ({ running, datasetId }) =>
      `/experiments/${running}/datasets/${datasetId}/frames/1?drawer=spots&spots=best&zoom=1.5&at=500,500`,
  },
  {
    name: 'frames-beside',
    page: '(app)/experiments/[code]/datasets/[datasetId]/frames/[image]',
    who: 'scientist',
    path: ({ running, datasetId }) => `/experiments/${running}/datasets/${datasetId}/frames/1?beside=this,1`,
  },
  {
    name: 'file-frames',
    page: '(app)/experiments/[code]/files/[fileId]/frames/[image]',
    who: 'scientist',
    path: ({ running, fileId }) => `/experiments/${running}/files/${fileId}/frames/1`,
  },
  { name: 'projects', page: '(app)/projects', who: 'scientist', path: '/projects' },
  {
    name: 'projects-new',
    page: '(app)/projects',
    who: 'scientist',
    path: '/projects',
    first: press('button', 'New project'),
  },
  {
    name: 'project-of-others',
    page: '(app)/projects/[code]',
    who: 'outsider',
    path: ({ project }) => `/projects/${project}`,
  },
  { name: 'projects-empty', page: '(app)/projects', who: 'outsider', path: '/projects' },
  {
    name: 'project',
    page: '(app)/projects/[code]',
    who: 'scientist',
    path: ({ project }) => `/projects/${project}`,
  },
  {
    name: 'project-empty',
    page: '(app)/projects/[code]',
    who: 'scientist',
    path: ({ emptyProject }) => `/projects/${emptyProject}`,
  },
  {
    name: 'project-people',
    page: '(app)/projects/[code]/people',
    who: 'scientist',
    path: ({ project }) => `/projects/${project}/people`,
  },
  {
    name: 'project-settings',
    page: '(app)/projects/[code]/settings',
    who: 'scientist',
    path: ({ project }) => `/projects/${project}/settings`,
  },
];
