import { randomBytes, randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { dataFile, type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { mailsTo, proveAddress } from '../../../testing/mails.ts';
import { testContext } from '../../../testing/test-context.ts';
import { acquiredAt, watchedFiles } from '../../../testing/watched-files.ts';
import { audit, file, outbox, reassignment, sample, upload } from '../../db/schema/index.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import { type CustodyService, createCustodyService } from './custody.service.ts';

const NOBODY = '2025-06-01T00:00:00Z';
const system = testContext();
const world = ingestWorlds();
let w: IngestWorld;
let custody: CustodyService;
let files: ReturnType<typeof watchedFiles>;

beforeEach(async () => {
  w = await world();
  files = watchedFiles(w);
  custody = createCustodyService({ db: w.db, store: w.store });
});

const filesOf = (datasetId: string) =>
  w.db.select().from(file).where(eq(file.datasetId, datasetId)).orderBy(file.path);
const moveRow = async (id: string) =>
  (await w.db.select().from(reassignment).where(eq(reassignment.id, id)))[0]!;
const endOf = (datasetId: string) =>
  w.ingest.endSeries(w.agentContext, {
    ...{ datasetId, endedAt: new Date().toISOString(), ending: 'end-message' as const },
    ...{ framesReceived: 20, missing: [], lost: [] },
  });
/** A whole series with a master and a file beside it. */
async function measured(startedAt: string) {
  const opened = await w.ingest.openSeries(w.agentContext, w.series({ startedAt }));
  const bytes = new Uint8Array(randomBytes(500));
  await w.sendAndComplete(opened, dataFile(1, 0, 10));
  await w.sendAndComplete(opened, dataFile(2, 10, 10));
  await w.sendAndComplete(opened, { name: 'master.h5', bytes, kind: 'master' });
  await w.sendAndComplete(opened, { name: '', bytes, kind: 'other', path: 'metadata/lyso.txt' });
  await endOf(opened.datasetId);
  return opened;
}
const give = (datasetId: string, experimentId: string, who: 'staff' | 'pi' | 'stranger' = 'staff') =>
  custody.reassign(w.as(who), { datasetId, experimentId, reason: 'by the logbook' });
const toldTo = (experimentId: string, who: 'staff' | 'pi' | 'stranger' = 'pi') =>
  custody.told(w.as(who), { experimentId, limit: 50 });
const bytesOf = (files: readonly { sizeBytes: number }[]) =>
  files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
const looseFile = (path: string, iso: string) =>
  files.sendAndComplete({ path, bytes: new Uint8Array(randomBytes(300)), acquired: acquiredAt(iso) });
const queued = async (task: string, key: string) => {
  const { rows } = await w.db.execute(
    sql`select * from graphile_worker.jobs where task_identifier = ${task} and key = ${`${task}:${key}`}`,
  );
  return rows.length;
};
/** A store that dies at the n-th call of a method: before it, or after it has done its work. */
function dyingStore(method: 'preserve' | 'delete', n: number, after: boolean): ObjectStore {
  let calls = 0;
  return {
    ...w.store,
    [method]: async (...input: [string, string]) => {
      const dies = ++calls === n;
      if (dies && !after) throw new Error('killed');
      const answer = await w.store[method](...input);
      if (dies) throw new Error('killed');
      return answer;
    },
  };
}

describe('data of the unassigned tray', () => {
  it('are listed with their reasons for staff alone', async () => {
    const opened = await measured(NOBODY);
    const loose = await looseFile('notes.txt', NOBODY);
    await looseFile('more.txt', NOBODY);
    const input = { instrumentId: w.instrument.id, limit: 1 };
    const tray = await custody.tray(w.as('staff'), input);
    expect(tray.datasets).toEqual([
      expect.objectContaining({ id: opened.datasetId, reason: 'no experiment was active when it began' }),
    ]);
    expect(tray.files).toEqual([expect.objectContaining({ id: loose.fileId, path: 'raw/notes.txt' })]);
    expect(tray.totals).toMatchObject({ datasets: 1, files: 2, bytes: 600 });
    const next = await custody.tray(w.as('staff'), { ...input, filesAfter: tray.nextFilesAfter });
    expect(next.files.map(({ path }) => path)).toEqual(['raw/more.txt']);
    for (const who of ['pi', 'stranger'] as const) {
      await expect(custody.tray(w.as(who), input)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('go to the experiment staff say, with bytes, sample, custody and triggers', async () => {
    const opened = await measured(NOBODY);
    const { id, code } = await w.activate(LONG_AGO);
    const before = await filesOf(opened.datasetId);
    const { moves } = await give(opened.datasetId, id);
    expect(moves).toEqual([{ reassignmentId: expect.any(String), path: 'raw/lyso/run_1' }]);
    const [move] = moves;
    // At once it is theirs, though the bytes lie where they lay.
    const index = await w.datasets.frameIndex(w.as('pi'), { datasetId: opened.datasetId });
    expect((await fetch(index.files[0]!.url)).status).toBe(200);
    expect(await queued('move-data', move!.reassignmentId)).toBe(1);
    await custody.moveData(system, move!);
    expect(await moveRow(move!.reassignmentId)).toMatchObject({ state: 'done', failure: null });
    const after = await filesOf(opened.datasetId);
    for (const [n, row] of after.entries()) {
      expect(row).toMatchObject({
        ...{ experimentId: id, path: before[n]!.path, sha256: before[n]!.sha256 },
        ...{ storeKey: `${code}/${before[n]!.path}`, unassignedReason: null },
      });
      expect(await w.store.stat(before[n]!.storeKey)).toBeNull();
      expect((await w.store.stat(row.storeKey))?.sizeBytes).toBe(row.sizeBytes);
      const trail = await w.db
        .select()
        .from(audit)
        .where(and(eq(audit.entityId, row.id), eq(audit.action, 'file.move')));
      expect(trail.map(({ detail }) => detail)).toEqual([
        expect.objectContaining({ from: before[n]!.storeKey, to: row.storeKey, sha256: row.sha256 }),
      ]);
    }
    expect(await w.datasets.getDataset(w.as('pi'), { datasetId: opened.datasetId })).toMatchObject({
      ...{ experimentId: id, sampleName: 'lyso-1', unassignedReason: null, state: 'complete' },
    });
    expect(
      (await w.db.select().from(sample).where(eq(sample.experimentId, id))).map(({ name }) => name),
    ).toEqual(['lyso-1']);
    expect(await queued('start-triggered-jobs', opened.datasetId)).toBe(1);
    const told = await w.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.topic, `experiment:${id}`), eq(outbox.kind, 'experiment.changed')));
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect((await toldTo(id)).map(({ told }) => told)).toEqual([
      {
        ...{
          direction: 'here',
          name: 'raw/lyso/run_1',
          what: 'dataset',
          by: 'staff',
          reason: 'by the logbook',
        },
        ...{ frames: 20, files: before.length, sizeBytes: bytesOf(before) },
        elsewhere: { kind: 'unassigned', instrument: 'MX' },
      },
    ]);
  });

  it('of one name, given at the same moment, get a place each', async () => {
    const datasets = [await measured(NOBODY), await measured(NOBODY), await measured(NOBODY)];
    const { id } = await w.activate(LONG_AGO);
    const given = await Promise.all(datasets.map(({ datasetId }) => give(datasetId, id)));
    const paths = given.flatMap(({ moves }) => moves.map(({ path }) => path));
    expect(paths.toSorted()).toEqual(['raw/lyso/run_1', 'raw/lyso/run_1_2/run_1', 'raw/lyso/run_1_3/run_1']);
  });

  it('of one file go too, under a free name', async () => {
    const { id, code } = await w.activate(LONG_AGO);
    await files.enrolledLongAgo();
    await looseFile('notes.txt', '2026-03-01T00:00:00Z');
    const loose = await looseFile('notes.txt', NOBODY);
    const { moves } = await custody.reassign(w.as('staff'), {
      ...{ fileIds: [loose.fileId], experimentId: id, reason: 'x' },
    });
    await custody.moveData(system, moves[0]!);
    const [row] = await w.db.select().from(file).where(eq(file.id, loose.fileId));
    expect(row).toMatchObject({ experimentId: id, storeKey: `${code}/raw/notes_2.txt`, parent: 'raw' });
  });
});

describe('what the experiments are told of a move', () => {
  it('is told once to each, by whom and why, and names neither the other experiment nor what is there', async () => {
    const first = await w.activate(LONG_AGO, 'Secret protein');
    const opened = await measured('2026-01-15T00:00:00Z');
    const second = await w.activate('2026-02-01T00:00:00Z', 'Other secret');
    await measured('2026-02-02T00:00:00Z');
    const given = await custody.reassign(w.as('staff'), {
      ...{ datasetId: opened.datasetId, experimentId: second.id, reason: 'the crystal of the second puck' },
    });
    await expect(give(opened.datasetId, second.id)).rejects.toMatchObject({ code: 'ALREADY_DONE' });
    await custody.moveData(system, given.moves[0]!);
    await custody.moveData(system, given.moves[0]!);
    const [[away, ...noMore], [here, ...nothing]] = [await toldTo(first.id), await toldTo(second.id)];
    expect([noMore, nothing]).toEqual([[], []]);
    const common = {
      ...{ what: 'dataset', frames: 20, files: 4, by: 'staff', reason: 'the crystal of the second puck' },
      elsewhere: { kind: 'experiment' },
    };
    expect(away!.told).toMatchObject({ ...common, direction: 'away', name: 'raw/lyso/run_1' });
    expect(here!.told).toMatchObject({ ...common, direction: 'here', name: 'raw/lyso/run_1_2/run_1' });
    expect(JSON.stringify(away)).not.toMatch(new RegExp(`${second.code}|${second.id}|Other secret|run_1_2`));
    expect(JSON.stringify(here)).not.toMatch(new RegExp(`${first.code}|${first.id}|Secret protein`));
  });

  it('keeps a reason to itself that names the other experiment, by code or by title', async () => {
    const first = await w.activate(LONG_AGO, 'Secret protein');
    const opened = await measured('2026-01-15T00:00:00Z');
    const second = await w.activate('2026-02-01T00:00:00Z', 'Other secret');
    for (const [target, reason] of [
      [second, `belongs to ${second.code.toLowerCase()}`],
      [first, 'not of the OTHER SECRET after all'],
    ] as const) {
      const input = { datasetId: opened.datasetId, experimentId: target.id, reason };
      const { moves } = await custody.reassign(w.as('staff'), input);
      await custody.moveData(system, moves[0]!);
    }
    const reasonsOf = async (id: string) => (await toldTo(id)).map(({ told }) => told.reason);
    expect(await reasonsOf(first.id)).toEqual([null, null]);
    // Their own names are theirs to read.
    expect(await reasonsOf(second.id)).toEqual([
      'not of the OTHER SECRET after all',
      `belongs to ${second.code.toLowerCase()}`,
    ]);
  });

  it('is mailed to the Owner, once an hour however much is moved, without a name of either', async () => {
    const { id, code } = await w.activate(LONG_AGO, 'Secret protein');
    await proveAddress(w.db, w.people.pi);
    const staff = w.as('staff');
    for (const [at, path] of [
      ['2026-03-01T10:05:00Z', 'a.txt'],
      ['2026-03-01T10:55:00Z', 'b.txt'],
      ['2026-03-01T11:05:00Z', 'c.txt'],
    ] as const) {
      const { fileId } = await looseFile(path, NOBODY);
      staff.at(at);
      await custody.reassign(staff, { fileIds: [fileId], experimentId: id, reason: 'x' });
    }
    const mails = await mailsTo(w.db, w.people.pi);
    expect(mails.map(({ kind, subject, link }) => [kind, subject, link])).toEqual(
      Array(2).fill(['data-moved', `Data of ${code} were moved`, `/experiments/${code}`]),
    );
    expect(mails[0]!.text).not.toContain('Secret protein');
  });

  it('is for those who may see the experiment', async () => {
    const { id } = await w.activate(LONG_AGO);
    const loose = await looseFile('notes.txt', NOBODY);
    await custody.reassign(w.as('staff'), { fileIds: [loose.fileId], experimentId: id, reason: 'x' });
    expect((await toldTo(id, 'staff'))[0]!.told).toMatchObject({
      ...{ name: 'raw/notes.txt', what: 'file', frames: null, files: 1, sizeBytes: 300 },
    });
    await expect(toldTo(id, 'stranger')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a dataset of a wrong experiment', () => {
  it('moves, keeps the names of its files in a folder of its own, and both sides are told', async () => {
    const first = await w.activate(LONG_AGO);
    const opened = await measured('2026-01-15T00:00:00Z');
    const written = {
      datasetId: opened.datasetId,
      version: 1,
      comment: 'of the first',
      mark: 'bad' as const,
    };
    await w.datasets.editAcquisition(w.as('pi'), { ...written, kind: 'grid' });
    const second = await w.activate('2026-02-01T00:00:00Z');
    await measured('2026-02-02T00:00:00Z');
    const { moves } = await give(opened.datasetId, second.id);
    // What the people of the first one wrote of it does not go with it.
    const moved = await w.datasets.getDataset(w.as('pi'), written);
    expect(moved).toMatchObject({ comment: '', mark: null, acquisition: { corrections: [], version: 3 } });
    expect(moves[0]!.path).toBe('raw/lyso/run_1_2/run_1');
    await custody.moveData(system, moves[0]!);
    expect((await filesOf(opened.datasetId)).map(({ storeKey }) => storeKey)).toEqual([
      `${second.code}/metadata/lyso_2.txt`,
      `${second.code}/raw/lyso/run_1_2/run_1_data_000001.h5`,
      `${second.code}/raw/lyso/run_1_2/run_1_data_000002.h5`,
      `${second.code}/raw/lyso/run_1_2/run_1_master.h5`,
    ]);
    for (const experimentId of [first.id, second.id]) expect(await toldTo(experimentId)).toHaveLength(1);
    // A file that comes late, under the name its agent was told at the start, counts where its dataset is.
    const late = await w.sendAndComplete(opened, { ...dataFile(3, 20, 5) });
    expect(late.path).toBe('raw/lyso/run_1_2/run_1_data_000003.h5');
    expect((await w.row(opened.datasetId)).framesStored).toBe(25);
    // And back: nothing of the first way gets in the way.
    const back = await give(opened.datasetId, first.id);
    expect(back.moves[0]!.path).toBe('raw/lyso/run_1_2/run_1');
    await custody.moveData(system, back.moves[0]!);
    expect((await filesOf(opened.datasetId))[0]!.storeKey).toBe(`${first.code}/metadata/lyso_2.txt`);
  });

  it.each(
    (['preserve', 'delete'] as const).flatMap((method) =>
      [1, 3, 4].flatMap((n) => [false, true].map((after) => [method, n, after] as const)),
    ),
  )('is whole wherever the worker dies: at %s number %i, done: %s', async (method, n, after) => {
    const opened = await measured(NOBODY);
    const { id, code } = await w.activate(LONG_AGO);
    const before = await filesOf(opened.datasetId);
    const { moves } = await give(opened.datasetId, id);
    const dying = createCustodyService({ db: w.db, store: dyingStore(method, n, after) });
    await expect(dying.moveData(system, moves[0]!)).rejects.toThrow('killed');
    for (const row of await filesOf(opened.datasetId)) {
      expect(await w.store.stat(row.storeKey), row.storeKey).not.toBeNull();
    }
    await custody.moveData(system, moves[0]!);
    expect((await filesOf(opened.datasetId)).map(({ storeKey }) => storeKey)).toEqual(
      before.map(({ path }) => `${code}/${path}`),
    );
    for (const { storeKey } of before) expect(await w.store.stat(storeKey), storeKey).toBeNull();
    expect(await moveRow(moves[0]!.reassignmentId)).toMatchObject({ state: 'done' });
  });

  it('names what cannot be moved, moves the rest, and tries again when asked', async () => {
    const opened = await measured(NOBODY);
    const { id, code } = await w.activate(LONG_AGO);
    const path = 'raw/lyso/run_1_data_000001.h5';
    await w.store.put(`${code}/${path}`, Buffer.from('left by a job'));
    const { moves } = await give(opened.datasetId, id);
    await custody.moveData(system, moves[0]!);
    expect(await moveRow(moves[0]!.reassignmentId)).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining(path),
    });
    const lying = (await filesOf(opened.datasetId)).map((row) => row.storeKey.startsWith(code));
    expect(lying).toEqual([true, false, true, true]);
    // Given elsewhere meanwhile, it is the other move's, and this one has nothing left to do.
    const other = await w.activate('2026-02-01T00:00:00Z');
    const [away] = (await give(opened.datasetId, other.id)).moves;
    await custody.moveData(system, away!);
    expect(await moveRow(away!.reassignmentId)).toMatchObject({ state: 'done' });
    await custody.retryMove(w.as('staff'), moves[0]!);
    await custody.moveData(system, moves[0]!);
    for (const row of await filesOf(opened.datasetId)) expect(row.storeKey.startsWith(other.code)).toBe(true);
    const [back] = (await give(opened.datasetId, id)).moves;
    await custody.moveData(system, back!);
    expect(await moveRow(back!.reassignmentId)).toMatchObject({ state: 'failed' });
    await w.store.delete(`${code}/${path}`);
    await custody.retryMove(w.as('staff'), back!);
    await custody.moveData(system, back!);
    expect(await moveRow(back!.reassignmentId)).toMatchObject({ state: 'done', failure: null });
  });

  it('is not moved while it changes, nor where it may not go', async () => {
    const { id } = await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series({ startedAt: NOBODY }));
    await expect(give(opened.datasetId, id)).rejects.toThrow(/still being received/);
    const sent = await w.send(opened, dataFile(1, 0, 10));
    await endOf(opened.datasetId);
    await expect(give(opened.datasetId, id)).rejects.toThrow(/still being uploaded/);
    await w.ingest.completeUpload(w.agentContext, sent.complete);
    const elsewhere = await world();
    const other = await elsewhere.activate(LONG_AGO);
    await expect(give(opened.datasetId, other.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const who of ['pi', 'stranger'] as const) {
      await expect(give(opened.datasetId, id, who)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    await expect(give(randomUUID(), id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await give(opened.datasetId, id);
    await expect(give(opened.datasetId, id)).rejects.toMatchObject({ code: 'ALREADY_DONE' });
    await expect(w.send(opened, dataFile(2, 10, 10))).resolves.toBeTruthy();
  });
});

it('an upload that was opened beside the move leaves nothing in the experiment it was opened for', async () => {
  const first = await w.activate(LONG_AGO);
  const opened = await measured('2026-01-15T00:00:00Z');
  const late = await w.send(opened, {
    ...dataFile(3, 20, 10),
    kind: 'other',
    path: 'metadata/late.txt',
    chunks: [],
  });
  // As if it had been inserted in the very moment of the move.
  await w.db.update(upload).set({ state: 'aborted' }).where(eq(upload.id, late.uploadId));
  const second = await w.activate('2026-02-01T00:00:00Z');
  await give(opened.datasetId, second.id);
  await w.db.update(upload).set({ state: 'open' }).where(eq(upload.id, late.uploadId));
  await expect(w.ingest.completeUpload(w.agentContext, late.complete)).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await w.store.stat(`${first.code}/metadata/late.txt`)).toBeNull();
  const again = await w.sendAndComplete(opened, {
    ...dataFile(3, 20, 10),
    kind: 'other',
    path: 'metadata/late.txt',
    chunks: [],
  });
  const [row] = await w.db.select().from(file).where(eq(file.id, again.fileId));
  expect(row).toMatchObject({ experimentId: second.id });
});
