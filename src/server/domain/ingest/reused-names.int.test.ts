import { randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { frameTableOf, type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { acquiredAt, type WatchedFile, watchedFiles } from '../../../testing/watched-files.ts';
import { file } from '../../db/schema/index.ts';

const world = ingestWorlds();
let w: IngestWorld;
let files: ReturnType<typeof watchedFiles>;
/** The experiment that measures first. */
let a: { id: string; code: string };

beforeEach(async () => {
  w = await world();
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

it('what may go on with a dataset of before the switch or not goes to the tray, and its own master takes it from there', async () => {
  const perhapsOf = 'lyso/run_1';
  const b = await activateB();
  const unclear = await open({ acquired: IN_B, perhapsOf });
  expect(unclear).toMatchObject({
    experimentCode: null,
    unassignedReason: expect.stringContaining(perhapsOf),
  });
  const data = frame({ ...loose, path: 'lyso/run_2_data_000001.h5', acquired: IN_B, perhapsOf });
  const stored = await files.sendAndComplete(data);
  expect(await rowOf(stored.fileId)).toMatchObject({
    ...{ experimentId: null, unassignedReason: expect.stringContaining(perhapsOf) },
  });
  const { datasetId } = await open({ kind: 'hdf5-master', stem: 'lyso/run_2', acquired: IN_B });
  const attached = { clientId: data.clientId!, kind: 'data' as const, frames: [0, 0] as [number, number] };
  await w.ingest.attachFiles(w.agentContext, { datasetId, files: [attached] });
  expect(await rowOf(stored.fileId)).toMatchObject({
    ...{ experimentId: b.id, datasetId, unassignedReason: null, path: 'raw/lyso/run_2_data_000001.h5' },
  });
});

it('data files with the very bytes of an older dataset are its own when they were written again, and known when only copied', async () => {
  const { datasetId } = await open({ kind: 'hdf5-master' });
  const attach = (id: string, sent: WatchedFile) =>
    w.ingest.attachFiles(w.agentContext, {
      datasetId: id,
      files: [{ clientId: sent.clientId!, kind: 'data', frames: [0, 0] }],
    });
  const dark = frame({ ...loose, path: 'lyso/run_1_data_000001.h5' });
  const stored = await files.sendAndComplete(dark);
  await attach(datasetId, dark);
  await end(datasetId);
  const copied = { ...dark, clientId: randomUUID(), acquired: { ...IN_A, seenAt: '2026-03-01T13:00:00Z' } };
  expect((await files.openAll([copied]))[0]).toMatchObject({ state: 'known', path: stored.path });
  const settledMs = (await rowOf(stored.fileId)).sourceSettledAt!.getTime();
  const later = acquiredAt(new Date(settledMs + 5000).toISOString());
  const repeated = { ...dark, clientId: randomUUID(), acquired: later };
  const own = await files.sendAndComplete(repeated);
  expect(own.fileId).not.toBe(stored.fileId);
  const next = await open({ kind: 'hdf5-master', acquired: later });
  await attach(next.datasetId, repeated);
  expect(await rowOf(own.fileId)).toMatchObject({
    datasetId: next.datasetId,
    sha256: (await rowOf(stored.fileId)).sha256,
  });
});
