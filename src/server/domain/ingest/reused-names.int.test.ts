import { randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { frameTableOf, type IngestWorld, ingestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestStore, testStore } from '../../../testing/test-store.ts';
import { acquiredAt, type WatchedFile, watchedFiles } from '../../../testing/watched-files.ts';
import { file } from '../../db/schema/index.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let files: ReturnType<typeof watchedFiles>;
/** The experiment that measures first. */
let a: { id: string; code: string };

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await ingestWorld(database.db, storage.store);
  files = watchedFiles(w);
  await files.enrolledLongAgo();
  a = await w.activate(LONG_AGO);
});

const IN_A = acquiredAt('2026-03-01T12:00:00Z');
const IN_B = acquiredAt('2026-04-02T12:00:00Z');
const activateB = () => w.activate('2026-04-01T00:00:00Z');
const rowOf = async (fileId: string) => (await w.db.select().from(file).where(eq(file.id, fileId)))[0]!;
const open = (changes: Parameters<typeof files.dataset>[0] = {}) =>
  w.ingest.openFileDataset(w.agentContext, files.dataset(changes));
const end = (datasetId: string) =>
  w.ingest.endSeries(w.agentContext, {
    ...{ datasetId, endedAt: new Date().toISOString(), ending: 'timeout', framesReceived: 1 },
    ...{ missing: [], lost: [] },
  });
const frame = (changes: Partial<WatchedFile> = {}): WatchedFile => ({
  path: 'lyso/run_1_0001.cbf',
  bytes: new Uint8Array(randomBytes(2000)),
  acquired: IN_A,
  kind: 'data',
  clientId: randomUUID(),
  chunks: [frameTableOf(0, 1, { channel: 'default' })],
  ...changes,
});
const again = (before: WatchedFile, changes: Partial<WatchedFile> = {}): WatchedFile => ({
  ...before,
  bytes: new Uint8Array(randomBytes(2000)),
  acquired: IN_B,
  replaces: before.clientId!,
  clientId: randomUUID(),
  ...changes,
});
const loose: Partial<WatchedFile> = { datasetId: null, kind: 'other', chunks: [] };

describe('a name of a dataset that has ended, used again while another experiment is active', () => {
  it('is a file of the new dataset, and nothing of the old one changes', async () => {
    const { datasetId } = await open();
    const first = frame({ datasetId });
    const stored = await files.sendAndComplete(first);
    await end(datasetId);
    const b = await activateB();
    const next = await open({ acquired: IN_B });
    expect(next).toMatchObject({ base: 'raw/lyso/run_1', experimentCode: b.code });
    const measured = await files.sendAndComplete(again(first, { datasetId: next.datasetId }));
    expect(measured.fileId).not.toBe(stored.fileId);
    expect(await rowOf(measured.fileId)).toMatchObject({
      ...{ experimentId: b.id, datasetId: next.datasetId, version: 1 },
      storeKey: `${b.code}/raw/lyso/run_1_0001.cbf`,
    });
    expect(await rowOf(stored.fileId)).toMatchObject({ experimentId: a.id, datasetId, version: 1 });
    // Also with the very bytes of the old one, which are not there for the new one.
    const same = again(first, { datasetId: next.datasetId, bytes: first.bytes });
    expect((await files.openAll([same]))[0]!.state).toBe('open');
  });

  it.each([
    ['under the old dataset', {}],
    ['without a dataset', loose],
  ])('is a file of the other experiment when it comes %s', async (_, changes) => {
    const { datasetId } = await open();
    const first = frame({ datasetId });
    const stored = await files.sendAndComplete(first);
    await end(datasetId);
    const b = await activateB();
    const measured = await files.sendAndComplete(again(first, changes));
    expect(await rowOf(measured.fileId)).toMatchObject({
      ...{ experimentId: b.id, datasetId: null, version: 1 },
      storeKey: `${b.code}/raw/lyso/run_1_0001.cbf`,
    });
    expect(await rowOf(stored.fileId)).toMatchObject({ experimentId: a.id, datasetId, version: 1 });
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 1 });
  });

  it('is that of the other also where the old series had gone on over the switch', async () => {
    const { datasetId } = await open();
    const b = await activateB();
    const spanning = frame({ datasetId, acquired: acquiredAt('2026-04-01T12:00:00Z') });
    const stored = await files.sendAndComplete(spanning);
    expect(await rowOf(stored.fileId)).toMatchObject({ experimentId: a.id });
    await end(datasetId);
    const measured = await files.sendAndComplete(again(spanning));
    expect(await rowOf(measured.fileId)).toMatchObject({ experimentId: b.id, datasetId: null, version: 1 });
  });
});

describe('a rewritten file of a dataset stays a version', () => {
  it('while its series goes on, also over a switch', async () => {
    const { datasetId } = await open();
    const first = frame({ datasetId });
    const stored = await files.sendAndComplete(first);
    await activateB();
    const rewritten = await files.sendAndComplete(again(first));
    expect(rewritten.fileId).toBe(stored.fileId);
    expect(await rowOf(stored.fileId)).toMatchObject({ experimentId: a.id, datasetId, version: 2 });
  });

  it.each([{}, loose])('after its end while the experiment is the same (%j)', async (changes) => {
    const { datasetId } = await open();
    const first = frame({ datasetId });
    const stored = await files.sendAndComplete(first);
    await end(datasetId);
    const acquired = acquiredAt('2026-03-01T14:00:00Z');
    const rewritten = await files.sendAndComplete(again(first, { acquired, ...changes }));
    expect(rewritten.fileId).toBe(stored.fileId);
    expect(await rowOf(stored.fileId)).toMatchObject({ datasetId, version: 2 });
  });

  it('but is a file of its own in a new dataset of the same name', async () => {
    const { datasetId } = await open();
    const first = frame({ datasetId });
    const stored = await files.sendAndComplete(first);
    await end(datasetId);
    const acquired = acquiredAt('2026-03-01T14:00:00Z');
    const next = await open({ acquired });
    const measured = await files.sendAndComplete(again(first, { acquired, datasetId: next.datasetId }));
    expect(measured.path).toBe('raw/lyso/run_1_2_0001.cbf');
    expect(await rowOf(measured.fileId)).toMatchObject({ datasetId: next.datasetId, version: 1 });
    expect(await rowOf(stored.fileId)).toMatchObject({ datasetId, version: 1 });
  });
});
