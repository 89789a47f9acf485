import { expect, it } from 'vitest';
import { parseTable } from './separated-values.ts';

const all = { isCut: false, most: 100 };

it('reads quoted cells, any line end, and the separator from the first line', () => {
  const table = parseTable('frame,"a ""b"", c",spots\r\n1,"x\ny",10\n2,,\n', all);
  expect(table.head).toEqual(['frame', 'a "b", c', 'spots']);
  expect(table.rows).toEqual([
    ['1', 'x\ny', '10'],
    ['2', '', ''],
  ]);
  expect(table.numeric).toEqual([0, 2]);
  expect(parseTable('a\tb,c\td\n1\t2\t', all)).toMatchObject({
    head: ['a', 'b,c', 'd'],
    rows: [['1', '2', '']],
    numeric: [0, 1],
  });
  expect(parseTable('x;y\n1e-3;-2', all).numeric).toEqual([0, 1]);
});

it('leaves out a last line that was cut, and what is beyond the most', () => {
  expect(parseTable('a,b\n1,2\n3,', { isCut: true, most: 9 }).rows).toEqual([['1', '2']]);
  expect(parseTable('a\n1\n2\n3\n', { isCut: false, most: 2 }).rows).toEqual([['1'], ['2']]);
  expect(parseTable('', all)).toEqual({ head: [], rows: [], numeric: [] });
});
