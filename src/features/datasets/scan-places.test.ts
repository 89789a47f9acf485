import { expect, it } from 'vitest';
import { cellsOf, frameAt, regionOf, scanCsv, statisticsOf } from './scan-places.ts';

const grid = { rows: 3, columns: 4, snake: true };

it('finds the frame of a place, backwards in every second row of a snake', () => {
  expect([0, 1, 2, 3].map((column) => frameAt(grid, { row: 0, column }))).toEqual([0, 1, 2, 3]);
  expect([0, 1, 2, 3].map((column) => frameAt(grid, { row: 1, column }))).toEqual([7, 6, 5, 4]);
  expect([0, 1, 2, 3].map((column) => frameAt(grid, { row: 2, column }))).toEqual([8, 9, 10, 11]);
  expect(frameAt({ columns: 4, snake: false }, { row: 1, column: 0 })).toBe(4);
});

it('takes a region whichever way it was drawn, and leaves open what was not measured', () => {
  const values = Float32Array.from([1, 2, 3, 4, 5, Number.NaN, 7, 8]);
  const cells = cellsOf(grid, regionOf({ row: 2, column: 2 }, { row: 1, column: 1 }), values);
  expect(cells.map(({ frame, value }) => [frame, value])).toEqual([
    [6, 7],
    [5, null],
    [9, null],
    [10, null],
  ]);
  expect(statisticsOf(cells)).toEqual({ cells: 1, low: 7, high: 7, mean: 7 });
  expect(statisticsOf(cells.slice(1))).toBeNull();
  expect(scanCsv(cells.slice(0, 2), 'spots, all')).toBe(
    'row,column,image,"spots, all"\r\n2,2,7,7\r\n2,3,6,\r\n',
  );
});
