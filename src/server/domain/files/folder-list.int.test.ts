import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { file, folderChange } from '../../db/schema/index.ts';
import type { FolderEntry } from './files.service.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let experimentId: string;

/** Name, size, when; equal sizes and times too. */
const FILES: [string, number, number][] = [
  ['A10.log', 5, 3],
  ['A2.log', 7, 1],
  ['a3.csv', 5, 3],
  ['B1.h5', 7, 1],
  ['notes', 1, 2],
  ['100%_b.csv', 0, 4],
];

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  ({ id: experimentId } = await w.activate(LONG_AGO));
  for (const [name, size, second] of FILES) {
    const { fileId } = await store(`processed/mix/${name}`, size);
    const committedAt = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
    await w.db.update(file).set({ committedAt }).where(eq(file.id, fileId));
  }
  await store('processed/mix/z2/deep/x.mtz', 30);
  await store('processed/mix/z10/y.txt', 4);
  await w.ingest.openSeries(w.agentContext, w.series({ prefix: 'mix/run_10' }));
  await w.ingest.openSeries(w.agentContext, w.series({ prefix: 'mix/run_9' }));
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

const store = (path: string, size: number) =>
  w.files.storeResult(testContext(), { experimentId, datasetId: null, path, body: Buffer.alloc(size) });

type Asked = Omit<Parameters<typeof w.files.listFolder>[1], 'experimentId' | 'limit' | 'cursor'>;

async function pages(asked: Asked, limit: number): Promise<FolderEntry[]> {
  const found: FolderEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof w.files.listFolder>> = await w.files.listFolder(w.as('pi'), {
      ...{ ...asked, experimentId, limit, cursor },
    });
    found.push(...page.entries);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}
const names = (entries: readonly { name: string }[]) => entries.map(({ name }) => name);

it.each([1, 2, 3, 100])('gives a folder in any order, in pages of %i, each entry once', async (limit) => {
  const parent = 'processed/mix';
  const listed = async (order: NonNullable<Asked['order']>, falls: boolean) =>
    names(await pages({ parent, order, falls }, limit));
  expect(await listed('name', false)).toEqual([
    'z2',
    'z10',
    '100%_b.csv',
    'A2.log',
    'a3.csv',
    'A10.log',
    'B1.h5',
    'notes',
  ]);
  expect(await listed('name', true)).toEqual([
    'z10',
    'z2',
    'notes',
    'B1.h5',
    'A10.log',
    'a3.csv',
    'A2.log',
    '100%_b.csv',
  ]);
  expect(await listed('size', true)).toEqual([
    'z2',
    'z10',
    'B1.h5',
    'A2.log',
    'A10.log',
    'a3.csv',
    'notes',
    '100%_b.csv',
  ]);
  expect((await listed('time', false)).slice(2)).toEqual([
    'A2.log',
    'B1.h5',
    'notes',
    'a3.csv',
    'A10.log',
    '100%_b.csv',
  ]);
  expect((await listed('kind', false)).slice(2)).toEqual([
    'notes',
    '100%_b.csv',
    'a3.csv',
    'B1.h5',
    'A2.log',
    'A10.log',
  ]);
  for (const order of ['name', 'size', 'time', 'kind'] as const) {
    const [up, down] = [
      await pages({ parent: 'raw/mix', order }, limit),
      await pages({ parent: 'raw/mix', order, falls: true }, limit),
    ];
    expect(names(up)).toEqual(names(down).reverse());
    expect(names(up)).toHaveLength(2);
  }
});

it('narrows a folder by words, by a pattern taken literally otherwise, and by kind', async () => {
  const narrowed = async (asked: Partial<Asked>) =>
    names(await pages({ parent: 'processed/mix', ...asked }, 2));
  expect(await narrowed({ search: 'a' })).toEqual(['A2.log', 'a3.csv', 'A10.log']);
  expect(await narrowed({ search: '*.LOG' })).toEqual(['A2.log', 'A10.log']);
  expect(await narrowed({ search: 'a?.*' })).toEqual(['A2.log', 'a3.csv']);
  expect(await narrowed({ search: '%' })).toEqual(['100%_b.csv']);
  expect(await narrowed({ search: 'z' })).toEqual(['z2', 'z10']);
  expect(await narrowed({ choice: 'folder' })).toEqual(['z2', 'z10']);
  expect(await narrowed({ choice: 'table' })).toEqual(['100%_b.csv', 'a3.csv']);
  expect(await narrowed({ choice: 'other' })).toEqual(['notes']);
  expect(await narrowed({ choice: 'dataset' })).toEqual([]);
  expect(names(await pages({ parent: 'raw/mix', choice: 'dataset', search: '*9' }, 5))).toEqual(['run_9']);
});

it('keeps size and count of every folder, whether or not the changes were folded', async () => {
  const totals = (path: string) => w.files.folderTotals(w.as('pi'), { experimentId, path });
  const folder = async (name: string) =>
    (await pages({ parent: 'processed/mix', choice: 'folder' }, 9)).find((entry) => entry.name === name);
  const check = async (more: number) => {
    expect(await totals('')).toEqual({ files: 8, sizeBytes: 59 + more });
    expect(await totals('processed/mix')).toEqual({ files: 8, sizeBytes: 59 + more });
    expect(await totals('processed/mix/z2')).toEqual({ files: 1, sizeBytes: 30 + more });
    expect(await totals('processed/mi')).toEqual({ files: 0, sizeBytes: 0 });
    expect(await folder('z2')).toMatchObject({ files: 1, sizeBytes: 30 + more, changedAt: expect.any(Date) });
  };
  await check(0);
  expect((await w.files.foldFolders(testContext())).changes).toBeGreaterThan(0);
  expect(await w.db.select().from(folderChange)).toEqual([]);
  await check(0);
  // Replaced by more bytes; moved to another folder, and gone.
  await store('processed/mix/z2/deep/x.mtz', 33);
  await check(3);
  await w.files.foldFolders(testContext());
  await check(3);
  const { fileId } = await store('processed/mix/new/n.txt', 11);
  await w.db.update(file).set({ path: 'work/n.txt', parent: 'work' }).where(eq(file.id, fileId));
  expect(await totals('work')).toEqual({ files: 1, sizeBytes: 11 });
  expect(await totals('processed')).toEqual({ files: 8, sizeBytes: 62 });
  await w.db.delete(file).where(eq(file.id, fileId));
  await w.files.foldFolders(testContext());
  expect(await totals('work')).toEqual({ files: 0, sizeBytes: 0 });
  await check(3);
});

it('finds files by name in the whole experiment or below a folder, by path where a slash is asked', async () => {
  const found = async (search: string, more = {}) => {
    const paths: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof w.files.searchFiles>> = await w.files.searchFiles(w.as('pi'), {
        ...{ experimentId, within: '', search, cursor, limit: 2, ...more },
      });
      paths.push(...page.entries.map(({ path }) => path.replace('processed/mix/', '')));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return paths.sort();
  };
  expect(await found('*.log')).toEqual(['A10.log', 'A2.log']);
  expect(await found('Y.T')).toEqual(['z10/y.txt']);
  expect(await found('*/deep/*')).toEqual(['z2/deep/x.mtz']);
  expect(await found('', { within: 'processed/mix/z2' })).toEqual(['z2/deep/x.mtz']);
  expect(await found('', { type: 'table' })).toEqual(['100%_b.csv', 'a3.csv']);
  expect(await found('nowhere')).toEqual([]);
  await expect(
    w.files.searchFiles(w.as('stranger'), { experimentId, within: '', search: 'x', limit: 2 }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('refuses a cursor that is not of this list', async () => {
  for (const [order, cursor] of [
    ['name', '2 run_1'],
    ['name', '[2,"5","x"]'],
    ['size', '[2,"x","x"]'],
    ['size', '[3,"5","x"]'],
    ['time', '[2,"2026-13-45 00:00:00+00","x"]'],
    ['time', '[2,"now\'","x"]'],
    ['kind', '[1,"h5","x"]'],
    ['name', '[2,"","x\\u0000"]'],
  ] as const) {
    const asked = w.files.listFolder(w.as('pi'), { experimentId, parent: 'raw', order, cursor, limit: 2 });
    await expect(asked, cursor).rejects.toMatchObject({ code: 'BAD_INPUT' });
  }
});
