import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_RGW, startRgw, type ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import { withConnection } from '#src/server/db/connection.ts';
import { file } from '#src/server/db/schema/index.ts';
import { createFilesService } from '#src/server/domain/files/files.service.ts';
import { type MoveDeps, moveStore } from '#src/server/domain/store-move/store-move.ts';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';
import {
  dataFile,
  type IngestWorld,
  ingestWorld,
  LONG_AGO,
  putTestPart,
  TEST_PART_BYTES,
} from '#src/testing/ingest-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestS3Store, testS3Store } from '#src/testing/test-s3-store.ts';
import { TEST_SECRET, type TestStore, testStore } from '#src/testing/test-store.ts';
import { tinyPng } from '#src/testing/tiny-png.ts';
import { SqliteBook } from './sqlite-book.ts';

const ROOT = join(import.meta.dirname, '../..');
const never = new AbortController().signal;

/** An installation's data go from its folder into a bucket, while it runs and then for good. */
describe.skipIf(NO_RGW !== null)(`moving the store to Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let rgw: ThrowawayRgw;
  let database: TestDatabase;
  let storage: TestStore;
  let bucket: S3Settings;
  let s3: TestS3Store;
  let w: IngestWorld;
  let experiment: { id: string; code: string };
  let books: string;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.close());
  beforeEach(async () => {
    [database, storage] = await Promise.all([testDatabase(), testStore()]);
    bucket = await rgw.newBucket();
    s3 = await testS3Store(bucket);
    w = await ingestWorld(database.db, storage.store);
    experiment = await w.activate(LONG_AGO);
    books = mkdtempSync(join(tmpdir(), 'beamdeck-book-'));
    return async () => {
      await s3.close();
      await database.drop();
      await storage.close();
      rmSync(books, { recursive: true, force: true });
    };
  });

  const put = (path: string, text: string) =>
    w.files.storeResult(testContext(), {
      ...{ experimentId: experiment.id, datasetId: null, path: `processed/${path}` },
      body: new TextEncoder().encode(text),
    });
  const key = (path: string) => `${experiment.code}/processed/${path}`;
  async function textAt(path: string): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of s3.store.read(path)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }
  async function move(changes: Partial<MoveDeps> & { signal?: AbortSignal } = {}) {
    const { signal = never, ...deps } = changes;
    const book = new SqliteBook(join(books, 'book.db'));
    try {
      const parts = { db: database.db, from: storage.store, to: s3.store, book };
      return await moveStore({ ...parts, ...deps }, signal);
    } finally {
      book.close();
    }
  }
  /** Every file of the folder, by name, with its bytes. */
  const folder = () =>
    readdirSync(storage.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.move-'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((name) => [name, readFileSync(name, 'latin1')]);

  it('brings data files, results, former contents and previews, and what came meanwhile with the next run', async () => {
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const data = await w.sendAndComplete(opened, dataFile(1, 0, 10));
    await w.ingest.storePreview(w.agentContext, {
      ...{ datasetId: opened.datasetId, frame: 0, kept: true, png: tinyPng() },
    });
    await put('a b & 100%/ünï.txt', 'odd');
    await put('empty', '');
    await put('large', 'x'.repeat(20_000_000));
    const before = folder();
    expect(await move()).toMatchObject({ broughtFiles: 5, hereFiles: 0, faults: [] });
    expect(folder()).toEqual(before);
    const onBucket = createFilesService({ db: database.db, store: s3.store });
    for (const { id } of await database.db.select().from(file)) {
      expect(await onBucket.verifyFile(w.as('pi'), { fileId: id })).toMatchObject({ ok: true });
    }
    expect(data.path).toMatch(/^raw\//);

    await put('new', 'new');
    await put('empty', 'no more');
    const [row] = await database.db.select().from(file).where(eq(file.path, 'processed/large'));
    await storage.store.move(row!.storeKey, key('elsewhere'));
    await database.db
      .update(file)
      .set({ storeKey: key('elsewhere') })
      .where(eq(file.id, row!.id));
    expect(await move()).toMatchObject({ broughtFiles: 3, hereFiles: 3, removedFiles: 1, faults: [] });
    expect([await textAt(key('new')), await textAt(key('empty'))]).toEqual(['new', 'no more']);
    expect([await s3.store.stat(key('large')), (await s3.store.stat(key('elsewhere')))!.sizeBytes]).toEqual([
      null,
      20_000_000,
    ]);
    expect(await move()).toMatchObject({ broughtFiles: 0, hereFiles: 6, removedFiles: 0 });
  }, 120_000);

  it('knows every place where the database names objects of the store', async () => {
    const { rows } = await database.db.execute<{ name: string }>(
      sql`select table_name as name from information_schema.columns where table_schema = 'public' and column_name like '%store_key%' order by 1`,
    );
    // Those of `upload` are of files that are not there yet, those of `aborted_upload` of files that never will be; those of `former_place` are keys to be
    // removed: where a file's bytes are is said by `file` at every moment.
    const places = [
      ...['aborted_upload', 'file', 'file_version', 'former_place', 'preview', 'snapshot', 'upload'],
    ];
    expect(rows.map(({ name }) => name)).toEqual(places);
  });

  it('stopped, or left by a store that goes away, it goes on with what is not proved', async () => {
    for (let n = 0; n < 30; n++) await put(`many/${n}`, `the ${n}th`);
    const stopping = new AbortController();
    let puts = 0;
    const to: MoveDeps['to'] = {
      ...s3.store,
      put: (...order) => {
        if (++puts === 12) stopping.abort();
        return s3.store.put(...order);
      },
    };
    await expect(move({ to, signal: stopping.signal })).rejects.toThrow(/abort/);
    await rgw.kill();
    await expect(move()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await rgw.start();
    const rest = await move();
    expect(rest).toMatchObject({ faults: [] });
    expect(rest.hereFiles).toBeGreaterThanOrEqual(12 - 6);
    expect(rest.broughtFiles + rest.hereFiles).toBe(30);
    for (let n = 0; n < 30; n++) expect(await textAt(key(`many/${n}`))).toBe(`the ${n}th`);
  }, 120_000);

  it('leaves nothing in the bucket that is not proved: damaged, missing, spoilt on the way, gone from the record', async () => {
    for (const name of ['good', 'damaged', 'missing', 'given']) await put(name, name);
    const at = (name: string) => join(storage.folder, key(name));
    writeFileSync(at('damaged'), 'DAMAGED');
    rmSync(at('missing'));
    const first = await move();
    expect(first.broughtFiles).toBe(2);
    expect(first.faults.sort()).toEqual([
      expect.stringMatching(
        /processed\/damaged: its bytes have changed: their SHA-256 is \w{64}, at the source/,
      ),
      expect.stringMatching(/processed\/missing: it is missing$/),
    ]);
    for (const name of ['damaged', 'missing']) expect(await s3.store.stat(key(name))).toBeNull();
    writeFileSync(at('damaged'), 'damaged');
    mkdirSync(dirname(at('missing')), { recursive: true });
    writeFileSync(at('missing'), 'missing');
    const lying: MoveDeps['to'] = {
      ...s3.store,
      read: async function* (path) {
        for await (const piece of s3.store.read(path)) yield piece.map((byte) => byte ^ 1);
      },
    };
    await expect(move({ to: lying })).rejects.toThrow(/gives other bytes/);
    await database.db.delete(file).where(eq(file.path, 'processed/given'));
    expect(await move()).toMatchObject({ faults: [], removedFiles: 1 });
    expect(await s3.store.stat(key('given'))).toBeNull();
    expect(await textAt(key('damaged'))).toBe('damaged');
  }, 60_000);

  it('brings the recorded bytes of a file whose new version was cut short before its record', async () => {
    const { fileId } = await put('rewritten', 'recorded');
    await storage.store.preserve(key('rewritten'), `_versions/${fileId}/1`);
    await storage.store.put(key('rewritten'), new TextEncoder().encode('newer, not recorded'));
    expect(await move()).toMatchObject({ broughtFiles: 1, faults: [] });
    expect(await textAt(key('rewritten'))).toBe('recorded');
  });

  it('as a command: refuses the last run while others run, then says what to set, and agents begin anew', async () => {
    await put('a', 'a');
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const clientId = '00000000-0000-4000-8000-00000000000a';
    const data = dataFile(1, 0, 10);
    const sent = await w.send(opened, { ...data, clientId });
    const env = {
      ...{ PATH: process.env.PATH, NODE_ENV: 'production' as const, DATABASE_URL: database.url },
      ...{ BEAMDECK_DATA_URL: storage.dataUrl, BEAMDECK_STORE_DIR: storage.folder },
      ...{ BEAMDECK_RUNS_DIR: join(storage.folder, '.runs'), BEAMDECK_SECRET: TEST_SECRET },
      ...{ BEAMDECK_S3_ENDPOINT: bucket.endpoint, BEAMDECK_S3_BUCKET: bucket.bucket },
      ...{ BEAMDECK_S3_ACCESS_KEY: bucket.accessKey, BEAMDECK_S3_SECRET_KEY: bucket.secretKey },
      BEAMDECK_LOG_LEVEL: 'fatal',
    };
    const command = (...words: string[]) =>
      new Promise<{ code: number; out: string; err: string }>((resolve) => {
        const args = [join(ROOT, 'scripts/store.ts'), 'move', ...words];
        execFile(process.execPath, args, { env, cwd: tmpdir() }, (error, out, err) =>
          resolve({ code: error ? Number(error.code) : 0, out, err }),
        );
      });
    expect(await command()).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^1 objects brought and proved .*Nothing in .* was changed\.[\s\S]*move --final\n$/,
      ),
    });
    await withConnection(database.url, async (client) => {
      await client.query("set application_name = 'beamdeck-web'");
      expect(await command('--final')).toMatchObject({
        code: 1,
        err: expect.stringContaining('stop web app, data server and workers: beamdeck-web still'),
      });
    });
    const { code, out } = await command('--final');
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 uploads were on their way'),
    });
    expect(out.slice(out.indexOf('Set this'))).toBe(
      `Set this for web app, data server and workers, then start them:
  BEAMDECK_STORE=s3
  BEAMDECK_S3_ENDPOINT=${bucket.endpoint}
  BEAMDECK_S3_BUCKET=${bucket.bucket}
  # BEAMDECK_S3_ACCESS_KEY (or BEAMDECK_S3_ACCESS_KEY_FILE) as it is set now
  # BEAMDECK_S3_SECRET_KEY (or BEAMDECK_S3_SECRET_KEY_FILE) as it is set now
`,
    );
    // As after the switch: the agent hears that there is no such upload, and begins it anew.
    const after = w.ingestOn(s3.store);
    await expect(after.completeUpload(w.agentContext, sent.complete)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const again = await after.openUploads(w.agentContext, {
      uploads: [
        {
          ...{ clientId, datasetId: opened.datasetId, kind: 'data', path: `${opened.base}_data_000001.h5` },
          ...{ partBytes: TEST_PART_BYTES, signParts: [1] },
        },
      ],
    });
    const [upload] = again.uploads;
    await putTestPart(upload!.signed[0]!.url, data.bytes, 1);
    const stored = await after.completeUpload(w.agentContext, {
      ...sent.complete,
      uploadId: upload!.uploadId,
    });
    const onBucket = createFilesService({ db: database.db, store: s3.store });
    expect(await onBucket.verifyFile(w.as('pi'), { fileId: stored.fileId })).toMatchObject({ ok: true });
  }, 120_000);
});
