import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import {
  CORNERS_PARAMETER,
  DIALS_REQUIRES,
  dialsFiles,
  MERGING_METRICS,
  MERGING_OUTPUTS,
  RESOLUTION_PARAMETER,
  SYMMETRY_PARAMETERS,
} from '../lib/dials-template.ts';

export const DIALS_MERGE: TemplateDefinition = {
  slug: 'dials-merge',
  version: 1,
  name: 'Merge several',
  description:
    'Several rotation series of the same crystal form merged into one, with DIALS: brought to common axes and symmetry (dials.cosym), scaled together and merged. What does not index is left out and named.',
  entry: 'script:python',
  files: dialsFiles('dials-merge'),
  timeLimitS: 24 * 3600,
  memoryLimitBytes: 8 * 1024 ** 3,
  parameters: [
    {
      ...{ name: 'datasets', label: 'Datasets', type: 'datasets' },
      description: 'Rotation series of the same crystal form.',
    },
    {
      ...{ name: 'reuse', label: 'Use finished results', type: 'boolean', default: true },
      description: 'Of datasets that DIALS full has integrated in this experiment, the newest is taken.',
    },
    RESOLUTION_PARAMETER,
    CORNERS_PARAMETER,
    ...SYMMETRY_PARAMETERS,
  ],
  metrics: [
    // Numbers of many are no numbers of one.
    ...MERGING_METRICS.map((metric) => ({ ...metric, ofDataset: false })),
    { name: 'datasetsMerged', label: 'Datasets merged', digits: 0, inRow: false, ofDataset: false },
    { name: 'datasetsIntegrated', label: 'Datasets integrated', digits: 0, inRow: false, ofDataset: false },
    { name: 'datasetsGiven', label: 'Datasets given', digits: 0, inRow: false, ofDataset: false },
  ],
  outputs: MERGING_OUTPUTS,
  requires: DIALS_REQUIRES,
};
