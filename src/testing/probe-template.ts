import type { TemplateDefinition } from '../shared/contracts/job-template.ts';

/** A template over the program of the compute contract suite: jobs that take as long, and end as badly, as a test wants. */
export const PROBE_TEMPLATE: TemplateDefinition = {
  slug: 'contract-probe',
  version: 1,
  name: 'Probe',
  description: 'Behaves as it is told.',
  entry: 'built-in:contract-probe',
  timeLimitS: 60,
  memoryLimitBytes: 2 * 1024 ** 3,
  parameters: [
    { name: 'behaviour', label: 'Behaviour', type: 'text', default: 'work', description: '' },
    {
      name: 'source',
      label: 'File to copy',
      type: 'text',
      default: 'raw/lyso/run_1_data_000001.h5',
      description: '',
    },
    { name: 'sleepMs', label: 'Pause', type: 'integer', default: 0, min: 0, unit: 'ms', description: '' },
  ],
  metrics: [{ name: 'answer', label: 'Answer', digits: 0, inRow: true, ofDataset: true }],
};
