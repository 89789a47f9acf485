import { expect, it } from 'vitest';
import { pullCommand, selectionOf } from './picked.ts';

it('asks the server for what was ticked', () => {
  expect(selectionOf(['p:raw/ly:so', 'd:1', 'f:2', 'f:3', 'p:'])).toEqual({
    folders: ['raw/ly:so', ''],
    datasetIds: ['1'],
    fileIds: ['2', '3'],
  });
});

it('writes the command that brings it home', () => {
  const at = 'https://beamdeck.example.org';
  const begin = `beamdeck-sync pull DEM26-A ./DEM26-A --server ${at} --token-file ~/.beamdeck-token`;
  expect(pullCommand('DEM26-A', at, [])).toBe(begin);
  expect(
    pullCommand('DEM26-A', at, [
      { kind: 'folder', path: "raw/o'neill" },
      { kind: 'dataset', path: 'raw/run_1' },
      { kind: 'file', path: 'work/a b.txt' },
    ]),
  ).toBe(`${begin} --include 'raw/o'\\''neill/**' --include 'raw/run_1{_,.}*' --include 'work/a b.txt'`);
  expect(pullCommand('DEM26-A', at, [{ kind: 'file', path: 'work/a[1].txt' }])).toBe(begin);
});
