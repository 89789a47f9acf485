import type {
  TemplateDefinition,
  TemplateMetric,
  TemplateOutput,
  TemplateParameter,
} from '#src/shared/contracts/job-template.ts';
import { scriptFiles } from './script-files.ts';

/** What the templates of DIALS have in common. */
export const dialsFiles = (slug: string, ...more: readonly string[]) =>
  scriptFiles(
    `${slug}/main.py`,
    'lib/scripts/job_report.py',
    ...['dials_numbers', 'dials_steps', 'image_files', 'merging_report'].map(
      (name) => `lib/dials/${name}.py`,
    ),
    ...more,
  );

/** Of those that leave spots for the viewer. */
export const SPOTS_FILES = ['frame_spots', 'viewer_spots'].map((name) => `lib/dials/${name}.py`);
export const SPOTS_OUTPUT: TemplateOutput = {
  ...{ kind: 'spots', path: 'dials.spots', label: 'Spots, shown in the viewer' },
};

export const DIALS_REQUIRES: NonNullable<TemplateDefinition['requires']> = [
  { kind: 'command', name: 'dials.import', how: 'apt-get install dials' },
  { kind: 'python-module', name: 'dials', how: 'apt-get install python3-dials' },
  { kind: 'python-module', name: 'bitshuffle', how: 'apt-get install bitshuffle hdf5-filter-plugin' },
];

export const SYMMETRY_PARAMETERS: TemplateParameter[] = [
  {
    ...{ name: 'spaceGroup', label: 'Space group', type: 'text', optional: true },
    description: 'As P43212, or by its number. Empty: it is found.',
  },
  {
    ...{ name: 'unitCell', label: 'Unit cell', type: 'text', optional: true, unit: 'Å, °' },
    description: 'As 78.1 78.1 37.2 90 90 90, with its space group. Empty: it is found.',
  },
];

export const RESOLUTION_PARAMETER: TemplateParameter = {
  ...{ name: 'resolution', label: 'Resolution limit', type: 'number', optional: true },
  ...{ unit: 'Å', min: 0.5, max: 20 },
  description:
    'Reflections beyond it are left out. Empty: the data are cut where CC½ falls below 0.3, or where the corners of the detector begin.',
};

export const CORNERS_PARAMETER: TemplateParameter = {
  ...{ name: 'keepCorners', label: 'Keep the corners', type: 'boolean', default: false },
  description:
    'Without a limit, also shells of which the detector sees less than 70 % of what it sees of the inner ones.',
};

const hidden = { inRow: false, ofDataset: false };

export const MERGING_METRICS: TemplateMetric[] = [
  {
    ...{ name: 'mergedResolutionA', label: 'Resolution, merged', unit: 'Å', digits: 2 },
    ...{ inRow: true, ofDataset: true, betterIs: 'lower' },
  },
  { name: 'rMerge', label: 'R-merge', digits: 3, inRow: true, ofDataset: true, betterIs: 'lower' },
  { name: 'ccHalf', label: 'CC½', digits: 3, inRow: false, ofDataset: true, betterIs: 'higher' },
  {
    ...{ name: 'completeness', label: 'Completeness', unit: '%', digits: 1 },
    ...{ inRow: false, ofDataset: true, betterIs: 'higher' },
  },
  { name: 'cell', label: 'Unit cell', unit: 'Å, °', digits: 2, ...hidden },
  { name: 'spaceGroup', label: 'Space group', digits: 0, ...hidden },
  { name: 'multiplicity', label: 'Multiplicity', digits: 1, ...hidden, betterIs: 'higher' },
  { name: 'iOverSigma', label: 'I/σ(I)', digits: 1, ...hidden, betterIs: 'higher' },
  { name: 'rMeas', label: 'R-meas', digits: 3, ...hidden, betterIs: 'lower' },
  { name: 'rPim', label: 'R-pim', digits: 3, ...hidden, betterIs: 'lower' },
  { name: 'observations', label: 'Reflections measured', digits: 0, ...hidden, betterIs: 'higher' },
  { name: 'uniqueReflections', label: 'Reflections, unique', digits: 0, ...hidden },
  { name: 'wilsonB', label: 'Wilson B', unit: 'Å²', digits: 1, ...hidden },
  { name: 'lowResolutionA', label: 'Low resolution', unit: 'Å', digits: 2, ...hidden },
  { name: 'outerFromA', label: 'Outer shell from', unit: 'Å', digits: 2, ...hidden },
  { name: 'rMergeOuter', label: 'R-merge, outer shell', digits: 3, ...hidden, betterIs: 'lower' },
  { name: 'rMeasOuter', label: 'R-meas, outer shell', digits: 3, ...hidden, betterIs: 'lower' },
  { name: 'rPimOuter', label: 'R-pim, outer shell', digits: 3, ...hidden, betterIs: 'lower' },
  {
    ...{ name: 'multiplicityOuter', label: 'Multiplicity, outer shell', digits: 1 },
    ...{ ...hidden, betterIs: 'higher' },
  },
  { name: 'ccHalfOuter', label: 'CC½, outer shell', digits: 3, ...hidden, betterIs: 'higher' },
  {
    ...{ name: 'completenessOuter', label: 'Completeness, outer shell', unit: '%', digits: 1 },
    ...{ ...hidden, betterIs: 'higher' },
  },
  { name: 'iOverSigmaOuter', label: 'I/σ(I), outer shell', digits: 1, ...hidden, betterIs: 'higher' },
];

export const MERGING_OUTPUTS: TemplateOutput[] = [
  { kind: 'report', path: 'report.html', label: 'Merging statistics' },
  { kind: 'file', path: 'merged.mtz', label: 'Merged intensities and amplitudes' },
  { kind: 'file', path: 'scaled.expt', label: 'Scaled experiments, for DIALS' },
  { kind: 'file', path: 'scaled.refl', label: 'Scaled reflections, for DIALS' },
  { kind: 'file', path: 'results.json', label: 'All numbers, as JSON' },
];
