import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, file, outbox } from '#src/server/db/schema/index.ts';
import { dataFile, type IngestWorld, ingestWorld, LONG_AGO, randomFile } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  await w.activate(LONG_AGO);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

const open = (prefix: string) => w.ingest.openSeries(w.agentContext, w.series({ prefix }));
type Sent = Awaited<ReturnType<IngestWorld['send']>>;

/** "file" or the code of what was refused, for each. */
async function completeTogether(uploads: readonly Sent['complete'][]): Promise<string[]> {
  const outcomes = await w.ingest.completeUploads(w.agentContext, { uploads: [...uploads] });
  return outcomes.map((outcome) =>
    'file' in outcome ? 'file' : ((outcome.error as { code?: string }).code ?? String(outcome.error)),
  );
}

const filesOf = (datasetId: string) => w.db.select().from(file).where(eq(file.datasetId, datasetId));

describe('completing many uploads with one request', () => {
  it('records all, counts their frames and tells of each', async () => {
    const [one, other] = [await open('many/one'), await open('many/other')];
    const sent = [
      await w.send(one, dataFile(1, 0, 10)),
      await w.send(one, dataFile(2, 10, 10, [3])),
      await w.send(other, dataFile(1, 0, 5)),
      await w.send(other, { name: 'master.h5', bytes: randomFile(1), kind: 'master' }),
    ];
    expect(await completeTogether(sent.map(({ complete }) => complete))).toEqual(Array(4).fill('file'));
    expect((await w.row(one.datasetId)).framesStored).toBe(19);
    const otherRow = await w.row(other.datasetId);
    expect(otherRow.framesStored).toBe(5);
    const stored = [...(await filesOf(one.datasetId)), ...(await filesOf(other.datasetId))];
    expect(stored).toHaveLength(4);
    expect(stored.find(({ id }) => id === otherRow.masterFileId)?.kind).toBe('master');
    const told = await w.db.select().from(outbox).where(eq(outbox.kind, 'file.committed'));
    for (const { id, sizeBytes, storeKey } of stored) {
      expect(told.filter(({ data }) => data.fileId === id)).toHaveLength(1);
      const audited = await w.db.select().from(audit).where(eq(audit.entityId, id));
      expect(audited.map(({ action }) => action)).toEqual(['file.commit']);
      expect((await w.store.stat(storeKey))?.sizeBytes).toBe(sizeBytes);
    }
  });

  it('refuses one without holding up the others, and each for its own reason', async () => {
    const series = await open('many/refused');
    const good = await w.send(series, dataFile(1, 0, 10));
    const damaged = await w.send(series, dataFile(2, 10, 10));
    const [part] = damaged.complete.parts;
    const uploads = [
      good.complete,
      { ...damaged.complete, parts: [{ ...part!, crc32c: '00000000' }] },
      { ...good.complete, uploadId: randomUUID() },
    ];
    expect(await completeTogether(uploads)).toEqual(['file', 'CHECKSUM_MISMATCH', 'NOT_FOUND']);
    expect((await w.row(series.datasetId)).framesStored).toBe(10);
    // Asked again: what is done is answered as before, what was refused can be mended.
    expect(await completeTogether([good.complete, damaged.complete])).toEqual(['file', 'file']);
    expect((await w.row(series.datasetId)).framesStored).toBe(20);
    expect(await filesOf(series.datasetId)).toHaveLength(2);
  });

  it('stores a frame once when two files of one request claim it', async () => {
    const series = await open('many/twice');
    const first = await w.send(series, dataFile(1, 0, 10));
    const second = await w.send(series, dataFile(2, 9, 10));
    const apart = await w.send(series, dataFile(3, 30, 10));
    const outcomes = await completeTogether([first.complete, second.complete, apart.complete]);
    expect(outcomes).toEqual(['file', 'CONFLICT', 'file']);
    expect((await w.row(series.datasetId)).framesStored).toBe(20);
  });

  it('answers the same to two requests that come at once, and records once', async () => {
    const series = await open('many/at-once');
    const sent = [await w.send(series, dataFile(1, 0, 10)), await w.send(series, dataFile(2, 10, 10))];
    const uploads = sent.map(({ complete }) => complete);
    const answers = await Promise.all([
      completeTogether(uploads),
      completeTogether(uploads.toReversed()),
      completeTogether(uploads.slice(1)),
    ]);
    expect(answers.flat()).toEqual(Array(5).fill('file'));
    expect((await w.row(series.datasetId)).framesStored).toBe(20);
    expect(await filesOf(series.datasetId)).toHaveLength(2);
  });

  it('refuses a request that names an upload twice', async () => {
    const series = await open('many/named-twice');
    const { complete } = await w.send(series, dataFile(1, 0, 10));
    const asked = w.ingest.completeUploads(w.agentContext, { uploads: [complete, complete] });
    await expect(asked).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
