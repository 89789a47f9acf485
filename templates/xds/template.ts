import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import { MERGING_METRICS, RESOLUTION_PARAMETER } from '../lib/dials-template.ts';
import { scriptFiles } from '../lib/script-files.ts';

const TOLD = [
  ...['mergedResolutionA', 'rMerge', 'rMeas', 'ccHalf', 'completeness', 'cell', 'spaceGroup', 'multiplicity'],
  ...['observations', 'uniqueReflections', 'wilsonB'],
];

export const XDS: TemplateDefinition = {
  slug: 'xds',
  version: 1,
  name: 'XDS',
  description:
    'A rotation series integrated and scaled with XDS. XDS is licensed by its authors and not part of Beamdeck: the facility installs it with its licence, and for HDF5 a plug-in (dectris-neggia.so or durin-plugin.so) in /usr/local/lib.',
  entry: 'script:python',
  files: scriptFiles('xds/main.py', 'lib/scripts/job_report.py'),
  timeLimitS: 12 * 3600,
  memoryLimitBytes: 8 * 1024 ** 3,
  parameters: [
    { name: 'dataset', label: 'Dataset', type: 'dataset', description: 'A rotation series.' },
    { ...RESOLUTION_PARAMETER, description: 'Reflections beyond it are left out. Empty: all are kept.' },
    {
      ...{
        name: 'spaceGroupNumber',
        label: 'Space group',
        type: 'integer',
        optional: true,
        min: 1,
        max: 230,
      },
      description: 'Its number: 96 for P 43 21 2. Empty: it is found.',
    },
    {
      ...{ name: 'unitCell', label: 'Unit cell', type: 'text', optional: true, unit: 'Å, °' },
      description: 'As 78.1 78.1 37.2 90 90 90, with its space group. Empty: it is found.',
    },
    {
      ...{ name: 'rotationAxis', label: 'Rotation axis', type: 'choice', default: '1 0 0' },
      choices: ['1 0 0', '-1 0 0', '0 1 0', '0 -1 0'],
      description: 'In the frame of XDS; ask the beamline.',
    },
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
    ...MERGING_METRICS.filter(({ name }) => TOLD.includes(name)),
    ...MERGING_METRICS.filter(({ name }) => name === 'iOverSigma'),
  ],
  outputs: [
    { kind: 'file', path: 'XDS_ASCII.HKL', label: 'Scaled intensities' },
    { kind: 'file', path: 'CORRECT.LP', label: 'Statistics, as XDS tells them' },
    { kind: 'file', path: 'XDS.INP', label: 'Input of XDS' },
  ],
  requires: [
    {
      ...{ kind: 'command', name: 'xds_par' },
      how: 'from its authors at xds.mr.mpg.de: free for academic use, licensed to companies; put into /usr/local/bin',
    },
  ],
};
