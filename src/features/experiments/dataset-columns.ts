import { formatMetric } from '#src/components/format-metric.ts';
import type { DatasetSummary } from '#src/server/domain/datasets/datasets.service.ts';
import type { TemplateMetric } from '#src/shared/contracts/job-template.ts';

/** Columns of the dataset table beside the name, in their order; the last ones are numbers of jobs, `metric:<name>`. */
export const DATASET_COLUMNS = [
  { id: 'snapshot', word: 'Picture', means: 'of the sample camera', track: '3rem', px: 48 },
  { id: 'sample', word: 'Sample', means: 'with its place', track: 'minmax(6.5rem,1fr)', px: 104 },
  {
    id: 'measured',
    word: 'Measured',
    means: 'kind, rotation, exposure, wavelength',
    track: 'minmax(9.5rem,1.3fr)',
    px: 152,
  },
  { id: 'frames', word: 'Frames', means: '', track: 'minmax(8.5rem,1.4fr)', px: 136 },
  { id: 'spots', word: 'Spots', means: 'per frame, as a line', track: '6rem', px: 96 },
  {
    id: 'result',
    word: 'Best result',
    means: 'space group, cell, resolution, completeness, CC½',
    track: 'minmax(12rem,1.8fr)',
    px: 192,
  },
  { id: 'comment', word: 'Comment', means: '', track: 'minmax(6rem,1fr)', px: 96 },
  { id: 'started', word: 'Started', means: '', track: '5.5rem', px: 88 },
] as const;

export type FixedColumn = (typeof DATASET_COLUMNS)[number]['id'];
export type DatasetColumn = FixedColumn | `metric:${string}`;

const FIXED: readonly DatasetColumn[] = DATASET_COLUMNS.map(({ id }) => id);

/** What is shown until somebody chooses: when it began stands below the name too. All of it fits beside the navigation on a screen of 1440 pixels. */
export const USUAL_COLUMNS: readonly DatasetColumn[] = FIXED.filter((id) => id !== 'started');

const NAME = { track: 'minmax(13rem,1.8fr)', px: 208 };
const METRIC = { track: 'minmax(5.5rem,0.6fr)', px: 88 };
const GAP_PX = 16;

/** The tracks of a CSS grid for the name and these columns, and the least width at which all stand without being crowded. */
export function columnTracks(columns: readonly DatasetColumn[]): { tracks: string; leastPx: number } {
  const chosen = [NAME, ...columns.map((id) => DATASET_COLUMNS.find((each) => each.id === id) ?? METRIC)];
  return {
    tracks: chosen.map(({ track }) => track).join(' '),
    leastPx: chosen.reduce((sum, { px }) => sum + px + GAP_PX, GAP_PX),
  };
}

/** Columns as they were stored, without those that are no more; in the order of the table. Null: nothing was chosen, or nothing that can be read. */
export function readColumns(stored: string | null, metrics: readonly string[]): DatasetColumn[] | null {
  if (stored === null) return null;
  const asked = new Set(stored.split(' '));
  const known: DatasetColumn[] = [...FIXED, ...metrics.map((name) => `metric:${name}` as const)];
  return known.filter((id) => asked.has(id));
}

type Result = Pick<DatasetSummary, 'summary' | 'result'>;

const numberOf = (row: Result, name: string): number | null => {
  const value = row.result?.metrics[name] ?? row.summary[name];
  return typeof value === 'number' ? value : null;
};
const textOf = (row: Result, name: string): string | null => {
  const value = row.result?.metrics[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** What came out, in two lines: symmetry and cell; resolution, completeness, CC½. Null where no merging told them. */
export function resultWords(row: Result): { symmetry: string; quality: string } | null {
  const [resolution, completeness, ccHalf] = ['mergedResolutionA', 'completeness', 'ccHalf'].map((name) =>
    numberOf(row, name),
  );
  const symmetry = [textOf(row, 'spaceGroup'), textOf(row, 'cell')].filter(Boolean).join(' · ');
  const quality = [
    resolution != null && formatMetric({ digits: 2, unit: 'Å' }, resolution),
    completeness != null && formatMetric({ digits: 1, unit: '%' }, completeness),
    ccHalf != null && `CC½ ${ccHalf.toFixed(3)}`,
  ]
    .filter(Boolean)
    .join(' · ');
  return symmetry === '' && resolution == null ? null : { symmetry, quality };
}

export function metricText(row: Result, metric: Pick<TemplateMetric, 'name' | 'digits' | 'unit'>): string {
  return formatMetric(metric, row.summary[metric.name] ?? null);
}
