import type { DatasetSummary } from '#src/server/domain/datasets/datasets.service.ts';
import { asMeasured, HC_EV_ANGSTROM } from '#src/shared/model/as-measured.ts';

/** What "Table 1" of a paper is made of. */
export type MeasuredDataset = Pick<
  DatasetSummary,
  | 'base'
  | 'sampleName'
  | 'result'
  | 'geometry'
  | 'energyEv'
  | 'exposureS'
  | 'omegaStartDeg'
  | 'omegaIncrementDeg'
  | 'framesStored'
>;

export interface TableOne {
  /** Names of the datasets, one column each. */
  columns: string[];
  /** A name, and a value for each column; what no result told is empty. */
  rows: { label: string; values: string[] }[];
}

const NUMBERS: readonly { label: string; name: string; outer?: string; digits: number }[] = [
  { label: 'Reflections measured', name: 'observations', digits: 0 },
  { label: 'Reflections, unique', name: 'uniqueReflections', digits: 0 },
  { label: 'R-merge', name: 'rMerge', outer: 'rMergeOuter', digits: 3 },
  { label: 'R-meas', name: 'rMeas', outer: 'rMeasOuter', digits: 3 },
  { label: 'R-pim', name: 'rPim', outer: 'rPimOuter', digits: 3 },
  { label: 'I/σ(I)', name: 'iOverSigma', outer: 'iOverSigmaOuter', digits: 1 },
  { label: 'CC½', name: 'ccHalf', outer: 'ccHalfOuter', digits: 3 },
  { label: 'Completeness (%)', name: 'completeness', outer: 'completenessOuter', digits: 1 },
  { label: 'Multiplicity', name: 'multiplicity', outer: 'multiplicityOuter', digits: 1 },
  { label: 'Wilson B (Å²)', name: 'wilsonB', digits: 1 },
];

/** Whether a merging told of it. */
export const hasMerging = ({ result }: Pick<MeasuredDataset, 'result'>): boolean =>
  typeof result?.metrics.mergedResolutionA === 'number';

/** The usual table of data collection: outer shells in parentheses, rows that no dataset has left out. */
export function tableOne(datasets: readonly MeasuredDataset[]): TableOne {
  const told = (row: MeasuredDataset, name: string) => row.result?.metrics[name] ?? null;
  const text = (name: string) => (row: MeasuredDataset) => String(told(row, name) ?? '');
  const number = (row: MeasuredDataset, name: string, digits: number) => {
    const value = told(row, name);
    return typeof value === 'number' ? value.toFixed(digits) : '';
  };
  /** "45.20–1.60 (1.66–1.60)"; of what told no more than the limit, that alone. */
  const resolution = (row: MeasuredDataset) => {
    const [from, outer, to] = ['lowResolutionA', 'outerFromA', 'mergedResolutionA'].map((name) =>
      number(row, name, 2),
    );
    return `${from ? `${from}–` : ''}${to}${outer ? ` (${outer}–${to})` : ''}`;
  };
  const wavelength = (row: MeasuredDataset) => {
    const { energyEv } = asMeasured(row, row.geometry);
    return energyEv ? (HC_EV_ANGSTROM / energyEv).toFixed(4) : '';
  };
  const rows: { label: string; value: (row: MeasuredDataset) => string }[] = [
    { label: 'Sample', value: ({ sampleName }) => sampleName ?? '' },
    { label: 'Wavelength (Å)', value: wavelength },
    { label: 'Frames', value: ({ framesStored }) => String(framesStored) },
    { label: 'Space group', value: text('spaceGroup') },
    { label: 'Unit cell (Å, °)', value: text('cell') },
    { label: 'Resolution (Å)', value: resolution },
    ...NUMBERS.map(({ label, name, outer, digits }) => ({
      label,
      value: (row: MeasuredDataset) => {
        const shell = outer === undefined ? '' : number(row, outer, digits);
        return number(row, name, digits) + (shell === '' ? '' : ` (${shell})`);
      },
    })),
    { label: 'Processed with', value: ({ result }) => result?.templateName ?? '' },
  ];
  return {
    columns: datasets.map(({ base }) => base.replace(/^raw\//, '')),
    rows: rows
      .map(({ label, value }) => ({ label, values: datasets.map(value) }))
      .filter(({ values }) => values.some((each) => each !== '')),
  };
}

/** With tabs, as spreadsheets and word processors take it from the clipboard. */
export const asTabs = ({ columns, rows }: TableOne): string =>
  [['', ...columns], ...rows.map(({ label, values }) => [label, ...values])]
    .map((cells) => cells.join('\t'))
    .join('\n');

const LATEX: Readonly<Record<string, string>> = {
  ...{ '\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}' },
  ...{
    '½': '$_{1/2}$',
    σ: '$\\sigma$',
    Å: '\\AA{}',
    '°': '$^\\circ$',
    '²': '$^2$',
    '–': '--',
    λ: '$\\lambda$',
  },
};
const latex = (text: string) =>
  text.replaceAll(/[\\~^½²–σÅ°λ]|[&%$#_{}]/g, (character) => LATEX[character] ?? `\\${character}`);

export function asLatex({ columns, rows }: TableOne): string {
  const line = (cells: readonly string[]) => `${cells.map(latex).join(' & ')} \\\\`;
  return [
    `\\begin{tabular}{l${'c'.repeat(columns.length)}}`,
    '\\hline',
    line(['', ...columns]),
    '\\hline',
    ...rows.map(({ label, values }) => line([label, ...values])),
    '\\hline',
    '\\end{tabular}',
  ].join('\n');
}
