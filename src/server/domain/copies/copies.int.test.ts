import { eq } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { connectionSettings } from '#src/server/db/connection.ts';
import { createFilesService } from '#src/server/domain/files/files.service.ts';
import type { ManifestFile } from '#src/shared/contracts/rest-api.ts';
import { type IngestWorld, ingestWorld } from '#src/testing/ingest-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { file } from '../../db/schema/index.ts';
import { type CopiesService, createCopiesService } from './copies.service.ts';
import { transactionMarks } from './copy.repository.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let copies: CopiesService;
let experiment: { id: string; code: string };

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  copies = createCopiesService({ db: database.db, files: w.files });
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  experiment = await w.prepare();
});

const files = () => createFilesService({ db: database.db, store: storage.store });
const put = (path: string, text: string) =>
  files().storeResult(testContext(), {
    ...{ experimentId: experiment.id, datasetId: null, path: `processed/${path}` },
    body: new TextEncoder().encode(text),
  });
const page = (cursor: string | null, limit = 3) =>
  copies.manifestPage(w.as('pi'), { code: experiment.code, cursor, limit });

/** No transaction of before runs any more, of other tests' databases neither: all of them stand in one row. */
const settled = () =>
  vi.waitFor(
    async () => {
      const marks = await transactionMarks(database.db);
      expect(marks.settled).toBe(marks.unborn);
    },
    { timeout: 30_000, interval: 5 },
  );

/** All pages from a cursor on, and the cursor for what comes later. */
async function rest(cursor: string | null, limit = 3) {
  await settled();
  return restNow(cursor, limit);
}

async function restNow(cursor: string | null, limit = 3) {
  const found: ManifestFile[] = [];
  for (let at = cursor; ; ) {
    const { files, cursor: next, complete } = await page(at, limit);
    expect(files.length).toBeLessThanOrEqual(limit);
    found.push(...files);
    at = next;
    if (complete)
      return { names: found.map(({ path }) => path.slice('processed/'.length)), found, cursor: at };
  }
}

it('lists every file once in pages, then nothing until something is new', async () => {
  const names = ['a', 'b', 'c', 'd/e', 'd/f', 'g', 'h'];
  for (const name of names) await put(name, name);
  const first = await rest(null);
  expect(first.names).toEqual(names);
  expect((await rest(null, 7)).names).toEqual(names);
  const { names: again, cursor } = await rest(first.cursor);
  expect(again).toEqual([]);
  await put('i', 'new');
  await put('b', 'rewritten');
  const later = await rest(cursor, 1);
  expect(later.names).toEqual(['i', 'b']);
  expect(later.found[1]).toMatchObject({ sizeBytes: 'rewritten'.length });
  expect((await rest(later.cursor)).names).toEqual([]);
});

it('tells what came while the list was read, wherever it lies', async () => {
  for (const name of ['b', 'd', 'f', 'h']) await put(name, name);
  const first = await page(null, 2);
  await put('a', 'before what was read');
  await put('e', 'after it');
  const list = await rest(first.cursor);
  expect(list.names).toEqual(['e', 'f', 'h']);
  expect((await rest(list.cursor)).names).toContain('a');
});

it('waits for a transaction that began earlier, and loses nothing of it', async () => {
  await put('a', 'a');
  const { cursor } = await rest((await rest(null)).cursor);
  const slow = new pg.Client(connectionSettings(database.url, 'slow'));
  await slow.connect();
  try {
    await slow.query('begin');
    await slow.query("update file set path = 'processed/moved' where experiment_id = $1", [experiment.id]);
    await put('b', 'of a later transaction that ended earlier');
    const meanwhile = await restNow(cursor);
    expect(meanwhile.names).toEqual([]);
    // Whoever begins now does not wait for it.
    expect((await restNow(null)).names).toEqual(['a', 'b']);
    await slow.query('commit');
    expect((await rest(meanwhile.cursor)).names.sort()).toEqual(['b', 'moved']);
  } finally {
    await slow.end();
  }
});

it('tells of other bytes, paths and experiments, and not of custody', async () => {
  const { fileId } = await put('a', 'a');
  const { cursor } = await rest((await rest(null)).cursor);
  const change = (changes: Partial<typeof file.$inferInsert>) =>
    database.db.update(file).set(changes).where(eq(file.id, fileId));
  await change({ storedAt: new Date(), storeKey: 'elsewhere/a' });
  expect((await rest(cursor)).names).toEqual([]);
  await change({ version: 2, sha256: 'f'.repeat(64) });
  expect((await rest(cursor)).found).toMatchObject([{ version: 2, sha256: 'f'.repeat(64) }]);
  const left = await rest(cursor);
  const other = await w.prepare();
  await change({ experimentId: other.id });
  expect((await rest(left.cursor)).names).toEqual([]);
  const there = await copies.manifestPage(w.as('pi'), { code: other.code, cursor: left.cursor, limit: 10 });
  expect(there.files).toHaveLength(1);
});

it('begins anew where the cursor is of another life of the database', async () => {
  await put('a', 'a');
  const future = `changes.${'9'.repeat(18)}.00000000-0000-0000-0000-000000000000`;
  expect((await rest(future)).names).toEqual(['a']);
});
