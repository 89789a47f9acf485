import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import {
  DIALS_REQUIRES,
  dialsFiles,
  SPOTS_FILES,
  SPOTS_OUTPUT,
  SYMMETRY_PARAMETERS,
} from '../lib/dials-template.ts';

export const DIALS_QUICK: TemplateDefinition = {
  slug: 'dials-quick',
  version: 1,
  name: 'DIALS quick',
  description:
    'Spots and lattice of a rotation series from some of its frames, with DIALS: does it index, with which cell, and how far do the spots go?',
  entry: 'script:python',
  files: dialsFiles('dials-quick', ...SPOTS_FILES),
  timeLimitS: 3600,
  memoryLimitBytes: 4 * 1024 ** 3,
  parameters: [
    { name: 'dataset', label: 'Dataset', type: 'dataset', description: 'A rotation series.' },
    {
      ...{ name: 'maxFrames', label: 'Frames at most', type: 'integer', default: 60, min: 1, max: 100_000 },
      description: 'Of longer series so many are looked at: ten runs of neighbours, spread evenly.',
    },
    ...SYMMETRY_PARAMETERS,
  ],
  metrics: [
    {
      ...{ name: 'indexedPercent', label: 'Spots indexed', unit: '%', digits: 1 },
      ...{ inRow: true, ofDataset: true, betterIs: 'higher' },
    },
    {
      ...{ name: 'spotResolutionA', label: 'Resolution, from spots', unit: 'Å', digits: 2 },
      ...{ inRow: true, ofDataset: false, betterIs: 'lower' },
    },
    { name: 'cell', label: 'Unit cell', unit: 'Å, °', digits: 2, inRow: false, ofDataset: false },
    { name: 'lattice', label: 'Lattice, by the cell alone', digits: 0, inRow: false, ofDataset: false },
    { name: 'spaceGroup', label: 'Space group, as given', digits: 0, inRow: false, ofDataset: false },
    { name: 'spots', label: 'Spots', digits: 0, inRow: false, ofDataset: false, betterIs: 'higher' },
    { name: 'framesAnalysed', label: 'Frames analysed', digits: 0, inRow: false, ofDataset: false },
    {
      ...{ name: 'rmsdPx', label: 'Distance of spots from where they should be', unit: 'px', digits: 2 },
      ...{ inRow: false, ofDataset: false, betterIs: 'lower' },
    },
  ],
  outputs: [SPOTS_OUTPUT],
  requires: DIALS_REQUIRES,
};
