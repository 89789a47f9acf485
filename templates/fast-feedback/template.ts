import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';

/** Below the output folder. */
export const SPOTS_OUTPUT = 'found.spots';

export const FAST_FEEDBACK: TemplateDefinition = {
  slug: 'fast-feedback',
  version: 1,
  name: 'Fast feedback',
  description:
    'For each frame: the number of spots, the background level, the strongest spot and an estimate of the resolution. While a dataset is received its frames are looked at as they are stored.',
  entry: 'built-in:fast-feedback',
  follows: true,
  timeLimitS: 7200,
  memoryLimitBytes: 4 * 1024 ** 3,
  parameters: [
    {
      name: 'maxFrames',
      label: 'Frames at most',
      type: 'integer',
      default: 2000,
      min: 1,
      max: 1_000_000,
      description: 'Of longer series, this many frames are looked at, spread evenly.',
    },
    {
      name: 'strongSigma',
      label: 'Strong pixel',
      type: 'number',
      default: 3,
      unit: 'σ',
      min: 1,
      max: 20,
      description: 'A pixel of a spot lies this many standard deviations above the mean around it.',
    },
    {
      name: 'dispersionSigma',
      label: 'Dispersion',
      type: 'number',
      default: 6,
      unit: 'σ',
      min: 1,
      max: 40,
      description:
        'Around a spot the variance exceeds that of pure counting noise by this many standard deviations.',
    },
    {
      name: 'minSpotPixels',
      label: 'Smallest spot',
      type: 'integer',
      default: 2,
      unit: 'px',
      min: 1,
      max: 100,
      description: 'Connected strong pixels that make a spot. 1 counts single hot pixels too.',
    },
    {
      ...{ name: 'hitSpots', label: 'Spots of a hit', type: 'integer', default: 10, min: 1, max: 10_000 },
      description: 'A frame with so many spots counts as a hit.',
    },
    {
      name: 'lowResolutionA',
      label: 'Low-resolution limit',
      type: 'number',
      default: 40,
      unit: 'Å',
      min: 5,
      max: 1000,
      description: 'Spots at lower resolution are left out: scatter around the beam stop looks like spots.',
    },
    {
      ...{ name: 'patienceS', label: 'Waits for frames', type: 'integer', default: 60, unit: 's' },
      ...{ min: 5, max: 3600 },
      description:
        'When nothing new of a dataset that is still being received is stored for so long, it ends.',
    },
  ],
  outputs: [{ kind: 'spots', path: SPOTS_OUTPUT, label: 'Spots, shown in the viewer' }],
  metrics: [
    { name: 'spotsMedian', label: 'Spots per frame', digits: 0, inRow: true, ofDataset: true },
    { name: 'resolutionA', label: 'Resolution', unit: 'Å', digits: 2, inRow: true, ofDataset: true },
    {
      name: 'resolutionLimit',
      label: 'Resolution limited by',
      digits: 0,
      inRow: false,
      ofDataset: false,
    },
    {
      ...{ name: 'hitRate', label: 'Hit rate', unit: '%', digits: 1, betterIs: 'higher' },
      ...{ inRow: false, ofDataset: true },
    },
    { name: 'spotsMax', label: 'Most spots', digits: 0, inRow: false, ofDataset: true },
    {
      name: 'backgroundMean',
      label: 'Background, mean',
      unit: 'counts/px',
      digits: 2,
      inRow: false,
      ofDataset: true,
    },
    {
      name: 'backgroundMedian',
      label: 'Background, median',
      unit: 'counts/px',
      digits: 0,
      inRow: false,
      ofDataset: true,
    },
    {
      name: 'strongestSpot',
      label: 'Strongest spot',
      unit: 'counts',
      digits: 0,
      inRow: false,
      ofDataset: false,
    },
    { name: 'iceFrames', label: 'Frames with ice', digits: 0, inRow: false, ofDataset: true },
    { name: 'saturatedFrames', label: 'Frames with overloads', digits: 0, inRow: false, ofDataset: false },
    { name: 'framesAnalysed', label: 'Frames analysed', digits: 0, inRow: false, ofDataset: false },
    { name: 'framesStored', label: 'Frames stored', digits: 0, inRow: false, ofDataset: false },
    { name: 'framesUnreadable', label: 'Frames unreadable', digits: 0, inRow: false, ofDataset: false },
  ],
};
