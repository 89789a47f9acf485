import { expect, it } from 'vitest';
import { machine } from '#src/testing/alarm-facts.ts';
import { diskContents, diskLevel, neededDisks } from './needed-disks.ts';

it('an agent of an older version told of buffer and state folder alone', () => {
  expect(neededDisks(machine(1e9, 2e9), true).map(diskContents)).toEqual([['buffer'], ['state folder']]);
  expect(neededDisks(machine(1e9, 2e9), false).map(diskContents)).toEqual([['state folder']]);
});

it('what lies on a disk is named, and once', () => {
  const disks = [
    { parts: ['state' as const, 'spill' as const], folders: ['raw/a'], freeBytes: 1, totalBytes: 2 },
  ];
  expect(neededDisks({ ...machine(1, 1), disks }, true).map(diskContents)).toEqual([
    ['state folder', 'spilled buffer', 'folder raw/a'],
  ]);
});

it.each<[string, 'spill' | null, number, number, string | null]>([
  ['half full', 'spill', 50e9, 100e9, null],
  ['9 % free of the own disk', 'spill', 9e12, 100e12, 'warn'],
  ['2 % free of the own disk', 'spill', 2e12, 100e12, 'error'],
  ['9 % free of a large disk with watched folders alone', null, 9e12, 100e12, null],
  ['9 % free of a small one', null, 9e9, 100e9, 'warn'],
  ['2 % free of a small one', null, 2e9, 100e9, 'error'],
  ['2 % of a large one, which is 500 GB', null, 500e9, 25e12, 'warn'],
])('%s', (_, part, freeBytes, totalBytes, level) => {
  expect(diskLevel({ parts: part === null ? [] : [part], folders: ['raw'], freeBytes, totalBytes })).toBe(
    level,
  );
});
