import { randomBytes, randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { frameTableOf, type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { acquiredAt, type WatchedFile, watchedFiles } from '../../../testing/watched-files.ts';
import { audit, file } from '../../db/schema/index.ts';

const world = ingestWorlds();
let w: IngestWorld;
let files: ReturnType<typeof watchedFiles>;

beforeEach(async () => {
  w = await world();
  files = watchedFiles(w);
  await files.enrolledLongAgo();
});

const AT = acquiredAt('2026-03-01T12:00:00Z');
const FRAMES = 3;
const dataName = (n: number) => `run_1_data_00000${n}.h5`;
/** The n-th data file (from 1) and which frames it holds. */
const data = (n: number): WatchedFile => ({
  ...{ path: `lyso/${dataName(n)}`, bytes: new Uint8Array(randomBytes(2000)), acquired: AT },
  ...{ kind: 'other', clientId: randomUUID() },
});
const attach = (datasetId: string, sent: WatchedFile, n: number, frames = FRAMES) =>
  w.ingest.attachFiles(w.agentContext, {
    datasetId,
    files: [
      {
        ...{ clientId: sent.clientId!, kind: 'data' },
        frames: [(n - 1) * FRAMES, (n - 1) * FRAMES + frames - 1],
      },
    ],
  });
const open = (changes: Parameters<typeof files.dataset>[0] = {}) =>
  w.ingest.openFileDataset(
    w.agentContext,
    files.dataset({ kind: 'hdf5-master', framesPerFile: FRAMES, framesExpected: 9, ...changes }),
  );
/** The first and the last of three data files came before the end, the second did not. */
async function endedWithoutTheSecond(changes: Parameters<typeof files.dataset>[0] = {}): Promise<string> {
  const { datasetId } = await open(changes);
  for (const n of [1, 3]) {
    const sent = data(n);
    await files.sendAndComplete(sent);
    await attach(datasetId, sent, n);
  }
  const end = await w.ingest.endSeries(w.agentContext, {
    ...{ datasetId, endedAt: new Date().toISOString(), ending: 'timeout', framesReceived: 6 },
    ...{ missing: [[3, 5]], lost: [], absentFiles: [dataName(2)] },
  });
  expect(end).toEqual({ state: 'incomplete' });
  return datasetId;
}
const settlings = async (datasetId: string) => {
  const of = and(eq(audit.entityId, datasetId), eq(audit.action, 'dataset.settle'));
  return (await w.db.select().from(audit).where(of)).map(({ detail }) => detail);
};

describe('a data file that comes after its dataset has ended', () => {
  it('makes it complete: frames, what is missing, state, history', async () => {
    const { id } = await w.activate(LONG_AGO);
    const datasetId = await endedWithoutTheSecond();
    const late = data(2);
    const stored = await files.sendAndComplete(late);
    expect(await settlings(datasetId)).toEqual([]);
    await attach(datasetId, late, 2);
    expect(await w.row(datasetId)).toMatchObject({
      ...{ state: 'complete', framesStored: 9, framesReceived: 9, absentFiles: [], missing: [] },
    });
    const [row] = await w.db.select().from(file).where(eq(file.id, stored.fileId));
    expect(row).toMatchObject({ datasetId, experimentId: id, kind: 'data' });
    const told = { from: 'incomplete', to: 'complete', framesStored: 9, missing: 0, absentFiles: 0 };
    expect(await settlings(datasetId)).toEqual([told]);
    await attach(datasetId, late, 2);
    expect(await settlings(datasetId)).toEqual([told]);
  });

  it('leaves nothing missing where no number of frames was announced', async () => {
    await w.activate(LONG_AGO);
    const datasetId = await endedWithoutTheSecond({ framesExpected: null });
    const late = data(2);
    await files.sendAndComplete(late);
    await attach(datasetId, late, 2);
    expect(await w.row(datasetId)).toMatchObject({ state: 'open-ended', missing: [], absentFiles: [] });
  });

  it('and holds fewer frames than it should leaves the rest missing', async () => {
    await w.activate(LONG_AGO);
    const datasetId = await endedWithoutTheSecond();
    const late = data(2);
    await files.sendAndComplete(late);
    await attach(datasetId, late, 2, 2);
    expect(await w.row(datasetId)).toMatchObject({ state: 'incomplete', missing: [[5, 5]], framesStored: 8 });
    expect(await settlings(datasetId)).toEqual([]);
  });
});

it('data files fuller than the last one, which came first, are taken as far as frames were announced', async () => {
  await w.activate(LONG_AGO);
  const { datasetId } = await open({ framesPerFile: 1, framesExpected: 7 });
  const [last, first, second, strange] = [data(3), data(1), data(2), data(4)];
  for (const one of [last, first, second, strange]) await files.sendAndComplete(one);
  await attach(datasetId, last, 3, 1);
  await attach(datasetId, first, 1);
  await attach(datasetId, second, 2);
  expect(await w.row(datasetId)).toMatchObject({ framesStored: 7, framesPerFile: FRAMES });
  await expect(attach(datasetId, strange, 2, 2)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(attach(datasetId, strange, 3, 9)).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

it('a frame of a series that lacked it is counted after the end', async () => {
  await w.activate(LONG_AGO);
  const { datasetId } = await open({ kind: 'cbf-series', framesPerFile: 1, framesExpected: null });
  const frame = (n: number): WatchedFile => ({
    ...{ path: `lyso/run_1_000${n}.cbf`, bytes: new Uint8Array(randomBytes(2000)), acquired: AT },
    ...{ kind: 'data', datasetId, chunks: [frameTableOf(n - 1, 1, { channel: 'default' })] },
  });
  for (const n of [1, 2, 4]) await files.sendAndComplete(frame(n));
  await w.ingest.endSeries(w.agentContext, {
    ...{ datasetId, endedAt: new Date().toISOString(), ending: 'timeout', framesReceived: 3 },
    ...{ missing: [[2, 2]], lost: [] },
  });
  expect(await w.row(datasetId)).toMatchObject({ state: 'incomplete' });
  await files.sendAndComplete(frame(3));
  expect(await w.row(datasetId)).toMatchObject({ state: 'open-ended', missing: [], framesStored: 4 });
  expect(await settlings(datasetId)).toMatchObject([{ from: 'incomplete', to: 'open-ended' }]);
});
