import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import { scriptFiles } from '../lib/script-files.ts';

const hidden = { inRow: false, ofDataset: false };

export const AZIMUTHAL_INTEGRATION: TemplateDefinition = {
  slug: 'azimuthal-integration',
  version: 1,
  name: 'Azimuthal integration',
  description:
    'Powder, solution and fibre patterns as curves, with pyFAI: each frame against scattering vector or angle, masked, corrected for solid angle and polarisation.',
  entry: 'script:python',
  files: scriptFiles('azimuthal-integration/main.py', 'lib/scripts/job_report.py'),
  timeLimitS: 6 * 3600,
  memoryLimitBytes: 4 * 1024 ** 3,
  parameters: [
    { name: 'dataset', label: 'Dataset', type: 'dataset', description: 'Its geometry is taken.' },
    {
      ...{ name: 'unit', label: 'Against', type: 'choice', default: 'q, 1/Å' },
      choices: ['q, 1/Å', 'q, 1/nm', '2θ, °'],
      description: 'The horizontal axis.',
    },
    {
      ...{ name: 'points', label: 'Points', type: 'integer', default: 1000, min: 10, max: 10_000 },
      description: 'Of each curve.',
    },
    {
      ...{ name: 'from', label: 'From', type: 'number', optional: true, min: 0, max: 1000 },
      description: 'In the unit chosen above. Empty: all there is.',
    },
    {
      ...{ name: 'to', label: 'To', type: 'number', optional: true, min: 0, max: 1000 },
      description: 'In the unit chosen above. Empty: all there is.',
    },
    {
      ...{ name: 'maxFrames', label: 'Frames at most', type: 'integer', default: 1000, min: 1, max: 100_000 },
      description: 'Of longer series so many are integrated, spread evenly.',
    },
    {
      ...{ name: 'polarisation', label: 'Polarisation', type: 'number', default: 0.99, min: -1, max: 1 },
      description: '0.99 at most synchrotrons, 0 at an X-ray tube.',
    },
    {
      ...{ name: 'beamX', label: 'Beam centre, across', type: 'number', optional: true, unit: 'px' },
      description: 'Empty: as the dataset says.',
    },
    {
      ...{ name: 'beamY', label: 'Beam centre, down', type: 'number', optional: true, unit: 'px' },
      description: 'Empty: as the dataset says.',
    },
  ],
  metrics: [
    { name: 'strongestAt', label: 'Strongest at', digits: 4, inRow: true, ofDataset: false },
    { name: 'strongest', label: 'Strongest', unit: 'counts/px', digits: 2, ...hidden },
    { name: 'framesIntegrated', label: 'Frames integrated', digits: 0, inRow: true, ofDataset: false },
    { name: 'framesUnreadable', label: 'Frames unreadable', digits: 0, ...hidden },
  ],
  outputs: [
    { kind: 'file', path: 'profile.xy', label: 'Mean curve, two columns' },
    { kind: 'file', path: 'profiles.h5', label: 'Curve of each frame, NeXus' },
    { kind: 'file', path: 'geometry.poni', label: 'Geometry, for pyFAI' },
  ],
  requires: [
    { kind: 'python-module', name: 'pyFAI', how: 'apt-get install python3-pyfai' },
    { kind: 'python-module', name: 'h5py', how: 'apt-get install python3-h5py' },
    { kind: 'python-module', name: 'bitshuffle', how: 'apt-get install bitshuffle hdf5-filter-plugin' },
  ],
};
