import { expect, it } from 'vitest';
import { tallyOf } from './findings.ts';
import { judgeFiles, readableName } from './judge-files.ts';
import { type FileEntry, TRAY } from './ledger.ts';
import type { StoredFile, StoreView } from './store-view.ts';

const CODE = 'DEM26-00001';
const INNOCENT = { lost: 0, unreported: 0, misplaced: 0, untrue: 0 };

const entry = (name: string | Buffer, changes: Partial<FileEntry> = {}): FileEntry => ({
  source: 'landing',
  path: Buffer.from(name),
  otherPaths: [],
  contents: [
    { sha256: 'old', sizeBytes: 1 },
    { sha256: 'new', sizeBytes: 1 },
  ],
  places: [CODE],
  fate: 'stored',
  isNameReused: false,
  ...changes,
});

const stored = (sourcePath: string, changes: Partial<StoredFile> = {}): StoredFile => ({
  id: sourcePath,
  datasetId: null,
  experimentCode: CODE,
  unassignedReason: null,
  kind: 'other',
  path: `raw/${sourcePath}`,
  storeKey: `${CODE}/raw/${sourcePath}`,
  sizeBytes: 1,
  sha256: 'new',
  version: 1,
  source: 'landing',
  sourcePath,
  ...changes,
});

function verdict(entries: FileEntry[], files: StoredFile[], poisonedPaths: string[] = []) {
  const poisoned = poisonedPaths.map((path) => ({ source: 'landing', path }));
  const status = { poisoned, held: [] } as unknown as StoreView['agents'][number]['status'];
  const view = { files, agents: [{ id: 'a', name: 'HUB', status }] } as unknown as StoreView;
  return tallyOf(judgeFiles(entries, view));
}

it('names bytes that are no UTF-8 as \\xNN', () => {
  expect(readableName(Buffer.from('ü/a b'))).toBe('ü/a b');
  expect(readableName(Buffer.from([0x61, 0xff, 0xc3, 0xbc, 0xfe]))).toBe('a\\xFFü\\xFE');
});

it('finds nothing where the newest version is in the store once', () => {
  expect(verdict([entry('a')], [stored('a')])).toEqual(INNOCENT);
});

it('a file that is not there, and one in its older version', () => {
  expect(verdict([entry('a')], [])).toEqual({ ...INNOCENT, lost: 1 });
  expect(verdict([entry('a')], [stored('a', { sha256: 'old' })])).toEqual({ ...INNOCENT, lost: 1 });
});

it('files of one name, one after the other, each in its place', () => {
  const content = (sha256: string) => [{ sha256, sizeBytes: 1 }];
  const entries = [
    entry('a', { isNameReused: true, contents: content('first') }),
    entry('a', { isNameReused: true, contents: content('second'), places: ['DEM26-00002'] }),
  ];
  const inB = { experimentCode: 'DEM26-00002' };
  const first = stored('a', { sha256: 'first' });
  const second = stored('a', { sha256: 'second' });
  expect(verdict(entries, [first, { ...second, ...inB }])).toEqual(INNOCENT);
  expect(verdict(entries, [second])).toEqual({ ...INNOCENT, lost: 1, misplaced: 1 });
  expect(verdict(entries, [first, second])).toEqual({ ...INNOCENT, misplaced: 1 });
});

it('a file that is there twice, also under a name it had before', () => {
  expect(verdict([entry('a')], [stored('a'), stored('a')])).toEqual({ ...INNOCENT, misplaced: 1 });
  const renamed = entry('a', { otherPaths: [Buffer.from('b')] });
  expect(verdict([renamed], [stored('b')])).toEqual(INNOCENT);
  expect(verdict([renamed], [stored('a'), stored('b')])).toEqual({ ...INNOCENT, misplaced: 1 });
});

it('a file in another experiment or in the tray', () => {
  expect(verdict([entry('a')], [stored('a', { experimentCode: null })])).toEqual({
    ...INNOCENT,
    misplaced: 1,
  });
  expect(verdict([entry('a', { places: [TRAY] })], [stored('a')])).toEqual({ ...INNOCENT, misplaced: 1 });
});

it('what cannot be stored is named in one line; what can is not', () => {
  const named = entry('a\nb', { fate: 'named' });
  expect(verdict([named], [])).toEqual({ ...INNOCENT, unreported: 1 });
  expect(verdict([named], [], ['a\\x0Ab'])).toEqual(INNOCENT);
  expect(verdict([entry('a')], [stored('a')], ['a'])).toEqual({ ...INNOCENT, untrue: 1 });
});

it('held files are told', () => {
  expect(verdict([entry('a', { fate: 'held' })], [])).toEqual({ ...INNOCENT, unreported: 1 });
});

it('a file that nobody handed over: a temporary name', () => {
  expect(verdict([entry('a')], [stored('a'), stored('a.part')])).toEqual({ ...INNOCENT, misplaced: 1 });
});
