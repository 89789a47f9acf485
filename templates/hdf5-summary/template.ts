import { readFileSync } from 'node:fs';
import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';

export const HDF5_SUMMARY: TemplateDefinition = {
  slug: 'hdf5-summary',
  version: 1,
  name: 'HDF5 summary',
  description:
    'What is in an HDF5 file of the experiment: groups, arrays with shape, type and compression, links to other files and whether these are there, and the values of small arrays. As text and as CSV.',
  entry: 'script:python',
  files: [{ path: 'main.py', content: readFileSync(new URL('./main.py', import.meta.url), 'utf8') }],
  timeLimitS: 600,
  memoryLimitBytes: 2 * 1024 ** 3,
  parameters: [
    {
      ...{ name: 'file', label: 'File', type: 'file', optional: true },
      description: 'Instead of the master file of the dataset.',
    },
    {
      ...{ name: 'dataset', label: 'Dataset', type: 'dataset', optional: true },
      description: 'Its master file is looked at.',
    },
    {
      ...{ name: 'valuesAtMost', label: 'Values up to', type: 'integer', default: 8, min: 0, max: 100 },
      description: 'Arrays of so many elements are shown with their values.',
    },
  ],
  metrics: [
    { name: 'arrays', label: 'Arrays', digits: 0, inRow: true, ofDataset: false },
    { name: 'groups', label: 'Groups', digits: 0, inRow: false, ofDataset: false },
    { name: 'linksBroken', label: 'Links that lead nowhere', digits: 0, inRow: true, ofDataset: false },
    { name: 'megabytes', label: 'Stored', unit: 'MB', digits: 1, inRow: false, ofDataset: false },
  ],
  requires: [
    { kind: 'command', name: 'python3', how: 'apt-get install python3' },
    { kind: 'python-module', name: 'h5py', how: 'apt-get install python3-h5py' },
  ],
};
