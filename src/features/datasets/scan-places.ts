import type { ScanGrid } from '#src/shared/model/acquisition-fields.ts';

/** Counted from 0, from the corner where the scan began. */
export interface ScanPlace {
  row: number;
  column: number;
}

/** 0-based image id that was taken at a place; every second row of a snake is measured backwards. */
export function frameAt(grid: Pick<ScanGrid, 'columns' | 'snake'>, { row, column }: ScanPlace): number {
  const along = grid.snake && row % 2 === 1 ? grid.columns - 1 - column : column;
  return row * grid.columns + along;
}

/** Two corners, whichever way they were drawn. */
export interface ScanRegion {
  from: ScanPlace;
  to: ScanPlace;
}

export function regionOf(a: ScanPlace, b: ScanPlace): ScanRegion {
  return {
    from: { row: Math.min(a.row, b.row), column: Math.min(a.column, b.column) },
    to: { row: Math.max(a.row, b.row), column: Math.max(a.column, b.column) },
  };
}

export interface ScanCell extends ScanPlace {
  /** 0-based. */
  frame: number;
  /** Null: none was told, or nothing measured. */
  value: number | null;
}

/** The cells of a region, row by row. */
export function cellsOf(grid: ScanGrid, { from, to }: ScanRegion, values: Float32Array): ScanCell[] {
  const cells: ScanCell[] = [];
  for (let row = from.row; row <= to.row; row++) {
    for (let column = from.column; column <= to.column; column++) {
      const frame = frameAt(grid, { row, column });
      const value = values[frame];
      cells.push({ row, column, frame, value: value === undefined || Number.isNaN(value) ? null : value });
    }
  }
  return cells;
}

/** Least, most and mean of what has a number; null where nothing has. */
export function statisticsOf(cells: readonly ScanCell[]) {
  const told = cells.flatMap(({ value }) => (value === null ? [] : [value]));
  if (told.length === 0) return null;
  let [low, high, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of told) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  return { cells: told.length, low, high, mean: sum / told.length };
}

/** For other programs: images counted from 1 as everywhere on the screen, rows and columns too. */
export function scanCsv(cells: readonly ScanCell[], name: string): string {
  const head = /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
  const lines = cells.map(({ row, column, frame, value }) =>
    [row + 1, column + 1, frame + 1, value ?? ''].join(','),
  );
  return `${['row,column,image', head].join(',')}\r\n${lines.map((line) => `${line}\r\n`).join('')}`;
}
