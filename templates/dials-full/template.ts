import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import {
  CORNERS_PARAMETER,
  DIALS_REQUIRES,
  dialsFiles,
  MERGING_METRICS,
  MERGING_OUTPUTS,
  RESOLUTION_PARAMETER,
  SPOTS_FILES,
  SPOTS_OUTPUT,
  SYMMETRY_PARAMETERS,
} from '../lib/dials-template.ts';

export const DIALS_FULL: TemplateDefinition = {
  slug: 'dials-full',
  version: 1,
  name: 'DIALS full',
  description:
    'A rotation series from its frames to merged intensities with DIALS: spots, indexing, refinement, integration, symmetry, scaling and merging.',
  entry: 'script:python',
  files: dialsFiles('dials-full', ...SPOTS_FILES),
  timeLimitS: 12 * 3600,
  memoryLimitBytes: 8 * 1024 ** 3,
  parameters: [
    { name: 'dataset', label: 'Dataset', type: 'dataset', description: 'A rotation series.' },
    RESOLUTION_PARAMETER,
    CORNERS_PARAMETER,
    ...SYMMETRY_PARAMETERS,
    {
      ...{ name: 'firstFrame', label: 'First frame', type: 'integer', optional: true, min: 1 },
      description: 'Counted from 1. Empty: the first there is.',
    },
    {
      ...{ name: 'lastFrame', label: 'Last frame', type: 'integer', optional: true, min: 1 },
      description: 'Empty: the last there is.',
    },
  ],
  metrics: [
    ...MERGING_METRICS,
    { name: 'spots', label: 'Spots', digits: 0, inRow: false, ofDataset: false },
    {
      ...{ name: 'indexedPercent', label: 'Spots indexed', unit: '%', digits: 1 },
      ...{ inRow: false, ofDataset: true, betterIs: 'higher' },
    },
    {
      ...{ name: 'spotResolutionA', label: 'Resolution, from spots', unit: 'Å', digits: 2 },
      ...{ inRow: false, ofDataset: false, betterIs: 'lower' },
    },
  ],
  outputs: [
    ...MERGING_OUTPUTS,
    SPOTS_OUTPUT,
    { kind: 'file', path: 'integrated.expt', label: 'Integrated experiments, for DIALS' },
    { kind: 'file', path: 'integrated.refl', label: 'Integrated reflections, for DIALS' },
  ],
  requires: DIALS_REQUIRES,
};
