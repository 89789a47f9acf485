import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';

export const FROM_FILE = 'column of a file';

export const GRID_MAP: TemplateDefinition = {
  slug: 'grid-map',
  version: 1,
  name: 'Grid map',
  description:
    'A number of each frame on the lattice of the scan: spots, background, counts, resolution, or a column of a table with a line for each frame. Says where it is strongest and where to centre.',
  entry: 'built-in:grid-map',
  timeLimitS: 3600,
  memoryLimitBytes: 4 * 1024 ** 3,
  parameters: [
    { name: 'dataset', label: 'Dataset', type: 'dataset', description: 'A scan over a lattice.' },
    {
      ...{ name: 'number', label: 'Number', type: 'choice', default: 'spots' },
      choices: ['spots', 'strongest spot', 'background', 'total counts', 'resolution', FROM_FILE],
      description: 'What is drawn.',
    },
    {
      ...{ name: 'file', label: 'Table', type: 'file', optional: true },
      description: 'CSV with a head line and a column “frame”, counted from 1, as Fast feedback writes it.',
    },
    {
      ...{ name: 'column', label: 'Column of the table', type: 'text', optional: true },
      description: 'By its name in the head line.',
    },
    {
      ...{ name: 'rows', label: 'Rows', type: 'integer', optional: true, min: 1, max: 100_000 },
      description: 'Empty: as the acquisition was announced.',
    },
    {
      ...{ name: 'columns', label: 'Columns', type: 'integer', optional: true, min: 1, max: 100_000 },
      description: 'Empty: as the acquisition was announced.',
    },
    {
      ...{ name: 'order', label: 'Order', type: 'choice', default: 'as announced' },
      choices: ['as announced', 'every row forwards', 'every second row backwards'],
      description: 'How the frames run along the rows.',
    },
  ],
  metrics: [
    { name: 'peakValue', label: 'Strongest', digits: 1, inRow: true, ofDataset: false },
    { name: 'peakFrame', label: 'Frame of the strongest', digits: 0, inRow: true, ofDataset: false },
    { name: 'peakRow', label: 'Row of the strongest', digits: 0, inRow: false, ofDataset: false },
    { name: 'peakColumn', label: 'Column of the strongest', digits: 0, inRow: false, ofDataset: false },
    { name: 'centreRow', label: 'Row to centre on', digits: 2, inRow: false, ofDataset: false },
    { name: 'centreColumn', label: 'Column to centre on', digits: 2, inRow: false, ofDataset: false },
    { name: 'framesDrawn', label: 'Frames drawn', digits: 0, inRow: false, ofDataset: false },
    { name: 'framesUnreadable', label: 'Frames unreadable', digits: 0, inRow: false, ofDataset: false },
  ],
  outputs: [{ kind: 'file', path: 'grid-map.csv', label: 'The map, a line for each place' }],
};
