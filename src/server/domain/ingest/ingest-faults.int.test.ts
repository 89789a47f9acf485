import { randomBytes, randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  dataFile,
  frameTableOf,
  type IngestWorld,
  ingestWorld,
  LONG_AGO,
} from '../../../testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestStore, testStore } from '../../../testing/test-store.ts';
import { type Database, openDatabase } from '../../db/client.ts';
import { file, upload } from '../../db/schema/index.ts';
import { createLogger } from '../../observability/logger.ts';
import { createIngestService } from './ingest.service.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await ingestWorld(database.db, storage.store);
});

describe('faults', () => {
  it('a completion asked for twice, also at the same moment, records the file once', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const sent = await w.send(opened, dataFile(1, 0, 10));
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => w.ingest.completeUpload(w.agentContext, sent.complete)),
    );
    expect(new Set(answers.map((answer) => answer.fileId)).size).toBe(1);
    expect(await w.ingest.completeUpload(w.agentContext, sent.complete)).toEqual(answers[0]);
    expect((await w.row(opened.datasetId)).framesStored).toBe(10);
    const changed = { ...sent.complete, sha256: 'f'.repeat(64) };
    await expect(w.ingest.completeUpload(w.agentContext, changed)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(await w.ingest.getUpload(w.agentContext, sent)).toMatchObject({
      state: 'completed',
      parts: sent.complete.parts,
    });
    await expect(w.ingest.signParts(w.agentContext, { ...sent, partNumbers: [1] })).rejects.toMatchObject({
      code: 'ALREADY_DONE',
    });
  });

  it('a completion during which another request completes the same file answers as that did', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const sent = await w.send(opened, dataFile(1, 0, 10));
    const [late, first] = await database.db.transaction(async (tx) => {
      await tx.execute(sql`lock table frame_table in access exclusive mode`);
      // It has seen the upload open, and waits to look whose frames are stored.
      const waiting = w.ingest.completeUpload(w.agentContext, sent.complete);
      await vi.waitFor(async () => {
        const { rows } = await database.pool.query(
          `select 1 from pg_locks where relation = 'frame_table'::regclass and not granted`,
        );
        expect(rows).toHaveLength(1);
      });
      const beside = createIngestService({ db: tx as unknown as Database, store: storage.store });
      return [{ waiting }, await beside.completeUpload(w.agentContext, sent.complete)];
    });
    expect(await late.waiting).toEqual(first);
    expect((await w.row(opened.datasetId)).framesStored).toBe(10);
  });

  it('a wrong checksum or a missing part is named, and the right completion succeeds afterwards', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const bytes = new Uint8Array(randomBytes(6 * 1024 * 1024));
    const sent = await w.send(opened, { name: 'data_000001.h5', bytes, chunks: [frameTableOf(0, 10)] });
    const [first, second] = sent.complete.parts;
    const wrong = { ...sent.complete, parts: [first!, { ...second!, crc32c: '00000000' }] };
    await expect(w.ingest.completeUpload(w.agentContext, wrong)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      details: { different: [2] },
    });
    const more = {
      ...sent.complete,
      sizeBytes: 2 * first!.sizeBytes + 1,
      parts: [
        first!,
        { ...second!, sizeBytes: first!.sizeBytes },
        { partNumber: 3, sizeBytes: 1, crc32c: '00000000' },
      ],
    };
    await expect(w.ingest.completeUpload(w.agentContext, more)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      details: { missing: [3] },
    });
    expect(await w.db.select().from(file).where(eq(file.datasetId, opened.datasetId))).toEqual([]);
    await w.ingest.completeUpload(w.agentContext, sent.complete);
  });

  it('a crash after the bytes got their name and before the record: asking again makes the record', async () => {
    const { code } = await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const sent = await w.send(opened, dataFile(1, 0, 10));
    const [row] = await w.db.select().from(upload).where(eq(upload.id, sent.uploadId));
    await w.store.completeUpload({
      key: row!.storeKey,
      uploadRef: row!.storeUploadRef,
      parts: sent.complete.parts,
      sizeBytes: sent.complete.sizeBytes,
    });
    expect(await w.store.stat(`${code}/${sent.path}`)).not.toBeNull();
    // What the agent finds when it asks: everything is there, only not completed.
    expect(await w.ingest.getUpload(w.agentContext, sent)).toMatchObject({
      state: 'open',
      parts: sent.complete.parts,
    });
    const answer = await w.ingest.completeUpload(w.agentContext, sent.complete);
    expect(answer.path).toBe(sent.path);
    expect((await w.row(opened.datasetId)).framesStored).toBe(10);
  });

  it('the data server killed between two parts: the first is known, the second is sent, nothing is lost', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const bytes = new Uint8Array(randomBytes(6 * 1024 * 1024));
    const file = { name: 'data_000001.h5', bytes, chunks: [frameTableOf(0, 10)], clientId: randomUUID() };
    await storage.stop();
    await expect(w.send(opened, file)).rejects.toThrow(/fetch failed/);
    await storage.restart();
    const sent = await w.send(opened, file);
    await storage.restart();
    expect((await w.ingest.getUpload(w.agentContext, sent)).parts).toEqual(sent.complete.parts);
    await w.ingest.completeUpload(w.agentContext, sent.complete);
  });

  it('the database away in mid-way: the call fails, and succeeds when it is back', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const sent = await w.send(opened, dataFile(1, 0, 10));
    const web = openDatabase(database.url, { max: 4, name: 'cut', log: createLogger('test', 'silent') });
    const ingest = createIngestService({ db: web.db, store: w.store });
    const complete = () => ingest.completeUpload(w.agentContext, sent.complete);
    await ingest.getUpload(w.agentContext, sent);
    // Every connection of this web process is cut, as by a restart of the database, while it completes.
    await Promise.allSettled([
      complete(),
      database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'beamdeck-cut'`,
      ),
      complete(),
    ]);
    // As an agent does: again until it succeeds.
    const answer = await vi.waitFor(complete, { timeout: 10_000 });
    await web.close();
    expect(await w.db.select().from(file).where(eq(file.datasetId, opened.datasetId))).toHaveLength(1);
    expect((await w.row(opened.datasetId)).framesStored).toBe(10);
    expect(answer.fileId).toBeTruthy();
  });

  it('an upload that the store lost with its power is opened anew by the same agent', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const file = { ...dataFile(1, 0, 10), clientId: randomUUID() };
    const lost = await w.send(opened, file);
    const [row] = await w.db.select().from(upload).where(eq(upload.id, lost.uploadId));
    await storage.store.abortUpload({ key: row!.storeKey, uploadRef: row!.storeUploadRef });
    await expect(w.ingest.completeUpload(w.agentContext, lost.complete)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const anew = await w.sendAndComplete(opened, file);
    expect(anew.path).toBe(lost.path);
    expect((await w.row(opened.datasetId)).framesStored).toBe(10);
  });

  it('uploads that nobody completed are removed with their bytes, and can be opened anew', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const file = { ...dataFile(1, 0, 10), clientId: randomUUID() };
    const old = await w.send(opened, file);
    const system = { ...w.agentContext, principal: { kind: 'system', name: 'test' } as const };
    const before = new Date(Date.now() + 1000);
    expect(await w.ingest.abortStaleUploads(system, { before, limit: 100 })).toBeGreaterThanOrEqual(1);
    await expect(w.ingest.completeUpload(w.agentContext, old.complete)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const anew = await w.sendAndComplete(opened, file);
    expect(anew.path).toBe(old.path);
    await expect(w.ingest.abortStaleUploads(w.agentContext, { before, limit: 1 })).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
  });
});
