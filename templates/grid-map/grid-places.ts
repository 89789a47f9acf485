import type { ScanGrid } from '#src/shared/model/acquisition-fields.ts';

/** Values on the lattice of a scan, row by row; null = nothing was measured there. */
export type GridValues = (number | null)[][];

/** Where a frame was taken, counted from 0. Null: beyond the last place of the lattice. */
export function placeOf(grid: ScanGrid, frame: number): { row: number; column: number } | null {
  const row = Math.floor(frame / grid.columns);
  if (frame < 0 || row >= grid.rows) return null;
  const along = frame % grid.columns;
  return { row, column: grid.snake && row % 2 === 1 ? grid.columns - 1 - along : along };
}

export const emptyGrid = (grid: ScanGrid): GridValues =>
  Array.from({ length: grid.rows }, () => new Array<number | null>(grid.columns).fill(null));

export interface GridPeak {
  row: number;
  column: number;
  value: number;
}

export function strongestPlace(values: GridValues): GridPeak | null {
  let peak: GridPeak | null = null;
  for (const [row, line] of values.entries()) {
    for (const [column, value] of line.entries()) {
      if (value !== null && (peak === null || value > peak.value)) peak = { row, column, value };
    }
  }
  return peak;
}

/** The middle of what lies above half of the peak, weighted: where to centre. In rows and columns counted from 0. */
export function centreOf(values: GridValues): { row: number; column: number } | null {
  const peak = strongestPlace(values);
  if (peak === null || peak.value <= 0) return null;
  let weight = 0;
  let rows = 0;
  let columns = 0;
  for (const [row, line] of values.entries()) {
    for (const [column, value] of line.entries()) {
      if (value === null || value < peak.value / 2) continue;
      weight += value;
      rows += value * row;
      columns += value * column;
    }
  }
  return { row: rows / weight, column: columns / weight };
}
