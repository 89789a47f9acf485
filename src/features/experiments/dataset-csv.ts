import type { DatasetSummary } from '#src/server/domain/datasets/datasets.service.ts';
import { asMeasured, HC_EV_ANGSTROM } from '#src/shared/model/as-measured.ts';

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** RFC 4180. A cell that a spreadsheet would take for a formula and that is no number gets an apostrophe before it. */
function cellOf(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && !Number.isFinite(Number(value)) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The dataset table with every column: numbers without units, as the head names them; instants in UTC. */
export function datasetsCsv(rows: readonly DatasetSummary[]): string {
  const metrics = [
    ...new Set(
      rows.flatMap((row) => [...Object.keys(row.summary), ...Object.keys(row.result?.metrics ?? {})]),
    ),
  ].sort();
  const columns: [string, (row: DatasetSummary) => unknown][] = [
    ['dataset', ({ base }) => base],
    ['started', ({ startedAt }) => startedAt.toISOString()],
    ['sample', ({ sampleName }) => sampleName],
    ['container', ({ sampleContainer }) => sampleContainer],
    ['position', ({ samplePosition }) => samplePosition],
    ['kind', ({ kind }) => kind],
    ['omega_start_deg', (row) => asMeasured(row, row.geometry).omegaStartDeg],
    ['omega_increment_deg', (row) => asMeasured(row, row.geometry).omegaIncrementDeg],
    ['exposure_s', (row) => asMeasured(row, row.geometry).exposureS],
    [
      'wavelength_A',
      (row) => {
        const { energyEv } = asMeasured(row, row.geometry);
        return energyEv ? (HC_EV_ANGSTROM / energyEv).toFixed(6) : null;
      },
    ],
    ['state', ({ state }) => state],
    ['frames_stored', ({ framesStored }) => framesStored],
    ['frames_expected', ({ framesExpected }) => framesExpected],
    ['mark', ({ mark }) => mark],
    ['comment', ({ comment }) => comment],
    ['result_of', ({ result }) => result?.templateName],
    ...metrics.map((name): [string, (row: DatasetSummary) => unknown] => [
      name,
      (row) => row.result?.metrics[name] ?? row.summary[name],
    ]),
  ];
  const lines = [
    columns.map(([name]) => name),
    ...rows.map((row) => columns.map(([, value]) => text(value(row)))),
  ];
  return lines.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}
