import { randomBytes, randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { dataFile, type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { acquisition, audit, file, outbox, sample } from '../../db/schema/index.ts';

const world = ingestWorlds();
let w: IngestWorld;

beforeEach(async () => {
  w = await world();
});

const end = (changes = {}) => ({
  endedAt: new Date().toISOString(),
  ending: 'end-message' as const,
  framesReceived: 20,
  missing: [],
  lost: [],
  ...changes,
});
const events = (kind: 'dataset.changed' | 'file.committed', topic: string) =>
  w.db
    .select()
    .from(outbox)
    .where(and(eq(outbox.kind, kind), eq(outbox.topic, topic)))
    .orderBy(outbox.seq);
const triggerJobs = async (datasetId: string) => {
  const { rows } = await w.db.execute(
    sql`select * from graphile_worker.jobs where task_identifier = 'start-triggered-jobs' and key = ${`start-triggered-jobs:${datasetId}`}`,
  );
  return rows;
};

describe('opening a series', () => {
  it('belongs to the experiment that was active at its start, on the corrected clock of the agent', async () => {
    const first = await w.activate(LONG_AGO);
    const second = await w.activate('2026-02-01T00:00:00Z');
    const open = (startedAt: string, clockOffsetMs: number) =>
      w.ingest.openSeries(w.agentContext, w.series({ startedAt, clockOffsetMs }));
    expect(await open('2026-01-31T23:00:00Z', 0)).toMatchObject({
      experimentCode: first.code,
      base: 'raw/lyso/run_1',
      unassignedReason: null,
    });
    // The agent's clock is two hours slow.
    expect(await open('2026-01-31T23:00:00Z', 7_200_000)).toMatchObject({ experimentCode: second.code });
  });

  it('keeps what belongs to nobody in the unassigned tray, with the reason', async () => {
    const nobody = await w.ingest.openSeries(w.agentContext, w.series({ startedAt: '2025-01-01T00:00:00Z' }));
    expect(nobody).toMatchObject({
      experimentCode: null,
      unassignedReason: 'no experiment was active when it began',
      base: 'raw/lyso/run_1',
    });
    await w.activate(LONG_AGO);
    await w.activate('2026-02-01T00:00:00Z');
    const atSwitch = await w.ingest.openSeries(
      w.agentContext,
      w.series({ startedAt: '2026-02-01T00:00:00.400Z' }),
    );
    expect(atSwitch.unassignedReason).toMatch(/within one second/);
    const stored = await w.sendAndComplete(nobody, dataFile(1, 0, 10));
    const [row] = await w.db.select().from(file).where(eq(file.id, stored.fileId));
    expect(row).toMatchObject({
      experimentId: null,
      path: 'raw/lyso/run_1_data_000001.h5',
      storeKey: `_unassigned/${w.instrument.id}/${nobody.datasetId}/raw/lyso/run_1_data_000001.h5`,
    });
    const state = await w.ingest.endSeries(w.agentContext, {
      ...end({ framesReceived: 10 }),
      datasetId: nobody.datasetId,
    });
    expect(state).toEqual({ state: 'stopped' });
    expect(await triggerJobs(nobody.datasetId)).toHaveLength(0);
  });

  it('answers the same when asked twice, also at the same moment', async () => {
    await w.activate(LONG_AGO);
    const request = w.series();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => w.ingest.openSeries(w.agentContext, request)),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await w.ingest.openSeries(w.agentContext, request)).toEqual(answers[0]);
    const { acquisitionId } = await w.row(answers[0]!.datasetId);
    const acquisitions = await w.db
      .select()
      .from(acquisition)
      .where(eq(acquisition.instrumentId, w.instrument.id));
    expect(acquisitions.map((row) => row.id)).toEqual([acquisitionId]);
  });

  it('gives each of many series with one prefix a base of its own, opened at the same moment', async () => {
    const { id } = await w.activate(LONG_AGO);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => w.ingest.openSeries(w.agentContext, w.series())),
    );
    const bases = answers.map((answer) => answer.base).sort();
    expect(bases).toEqual(['raw/lyso/run_1', ...[2, 3, 4, 5, 6, 7, 8].map((n) => `raw/lyso/run_1_${n}`)]);
    const samples = await w.db.select().from(sample).where(eq(sample.experimentId, id));
    expect(samples.map((row) => row.name)).toEqual(['lyso-1']);
    // A prefix that looks like a numbered one does not get in the way.
    const other = await w.ingest.openSeries(w.agentContext, w.series({ prefix: 'lyso/run' }));
    expect(other.base).toBe('raw/lyso/run');
    const taken = await w.ingest.openSeries(w.agentContext, w.series({ prefix: 'lyso/run_1_3' }));
    expect(taken.base).toBe('raw/lyso/run_1_3_2');
  });

  it('cleans the name again, and takes the series id where nothing is left', async () => {
    await w.activate(LONG_AGO);
    const base = async (prefix: string) =>
      (await w.ingest.openSeries(w.agentContext, w.series({ prefix }))).base;
    expect(await base('../../../etc/passwd')).toBe('raw/etc/passwd');
    expect(await base('..')).toBe('raw/series_17');
    expect(await base('')).toBe('raw/series_17_2');
  });

  it('is told live, to the instrument and the experiment, and audited', async () => {
    const { id } = await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    for (const topic of [`instrument:${w.instrument.id}`, `experiment:${id}`]) {
      const told = await events('dataset.changed', topic);
      expect(told.map((event) => event.data)).toEqual([
        { datasetId: opened.datasetId, state: 'receiving', framesStored: 0, framesExpected: 20 },
      ]);
    }
    const trail = await w.db.select().from(audit).where(eq(audit.entityId, opened.datasetId));
    expect(trail.map((entry) => [entry.action, entry.principalKind, entry.principalId])).toEqual([
      ['dataset.open', 'agent', w.agentId],
    ]);
  });
});

describe('files of a series', () => {
  it('are stored, recorded with their custody, counted and told', async () => {
    const { id, code } = await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const first = dataFile(1, 0, 10);
    const stored = await w.sendAndComplete(opened, first);
    expect(stored.path).toBe('raw/lyso/run_1_data_000001.h5');
    const [row] = await w.db.select().from(file).where(eq(file.id, stored.fileId));
    expect(row).toMatchObject({
      experimentId: id,
      storeKey: `${code}/raw/lyso/run_1_data_000001.h5`,
      parent: 'raw/lyso',
      name: 'run_1_data_000001.h5',
      sizeBytes: first.bytes.length,
      agentId: w.agentId,
    });
    const stamps = [
      row!.sourceCreatedAt!,
      row!.firstByteAt!,
      row!.sourceSettledAt!,
      row!.storedAt,
      row!.committedAt,
    ];
    expect(stamps.toSorted((a, b) => a.getTime() - b.getTime())).toEqual(stamps);
    expect(Buffer.from(await w.store.readRange(row!.storeKey, 0, 10_000))).toEqual(Buffer.from(first.bytes));
    expect((await w.row(opened.datasetId)).framesStored).toBe(10);
    expect((await events('file.committed', `experiment:${id}`)).map((event) => event.data)).toEqual([
      expect.objectContaining({ fileId: stored.fileId, path: stored.path, datasetId: opened.datasetId }),
    ]);
  });

  it('become a complete dataset: master, masks, frame index, ranges that hold the frames', async () => {
    const { id } = await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const second = dataFile(2, 10, 10);
    await w.sendAndComplete(opened, second);
    await w.sendAndComplete(opened, dataFile(1, 0, 10));
    const bytes = new Uint8Array(randomBytes(5000));
    const master = await w.send(opened, { name: 'master.h5', bytes, kind: 'master' });
    const mask = {
      channel: 'threshold_1',
      offset: 100,
      sizeBytes: 64,
      dtype: 'u4' as const,
      shape: [4, 4] as [number, number],
      filter: 'none' as const,
    };
    const committed = await w.ingest.completeUpload(w.agentContext, { ...master.complete, masks: [mask] });
    expect(await w.ingest.endSeries(w.agentContext, { ...end(), datasetId: opened.datasetId })).toEqual({
      state: 'complete',
    });
    const row = await w.row(opened.datasetId);
    expect(row).toMatchObject({
      state: 'complete',
      masterFileId: committed.fileId,
      framesStored: 20,
      masks: [mask],
    });
    expect(await triggerJobs(opened.datasetId)).toHaveLength(1);
    const index = await w.datasets.frameIndex(w.as('pi'), { datasetId: opened.datasetId });
    expect(index.files.map((part) => [part.firstFrame, part.rows])).toEqual([
      [0, 10],
      [10, 10],
    ]);
    const entries = Buffer.from(index.files[1]!.entries, 'base64');
    const [offset, size] = [Number(entries.readBigUInt64LE(36)), entries.readUInt32LE(44)];
    const answer = await fetch(index.files[1]!.url, {
      headers: { Range: `bytes=${offset}-${offset + size - 1}` },
    });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(
      Buffer.from(second.bytes.subarray(offset, offset + size)),
    );
    expect(index.masks).toEqual([{ ...mask, url: expect.stringContaining('_master.h5') }]);
    const narrow = await w.datasets.frameIndex(w.as('pi'), {
      datasetId: opened.datasetId,
      first: 12,
      last: 13,
    });
    expect(narrow.files.map((part) => part.firstFrame)).toEqual([10]);
    for (const call of [
      () => w.datasets.frameIndex(w.as('stranger'), { datasetId: opened.datasetId }),
      () => w.datasets.getDataset(w.as('stranger'), { datasetId: opened.datasetId }),
      () => w.datasets.listDatasets(w.as('stranger'), { experimentId: id, limit: 5 }),
      () => w.datasets.getDataset(w.as('pi'), { datasetId: 'nonsense' }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await w.datasets.getDataset(w.as('pi'), { datasetId: opened.datasetId })).toMatchObject({
      files: 3,
      sampleName: 'lyso-1',
      kind: 'rotation',
    });
  });

  it('are not taken outside the name of their dataset', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const item = {
      clientId: randomUUID(),
      datasetId: opened.datasetId,
      kind: 'data' as const,
      path: '',
      partBytes: 5 * 1024 * 1024,
      signParts: [],
    };
    const open = (changes: object) =>
      w.ingest.openUploads(w.agentContext, { uploads: [{ ...item, ...changes }] });
    for (const path of [
      'raw/other_data_000001.h5',
      'raw/lyso/run_1_data/../../x',
      'raw/lyso/run_1_data/x.h5',
      `${opened.base}_`,
      'work/x',
      '../x',
    ]) {
      await expect(open({ path }), path).rejects.toMatchObject({ code: 'BAD_INPUT' });
    }
    await expect(open({ kind: 'master', path: `${opened.base}_data_000001.h5` })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    await expect(open({ datasetId: randomUUID(), path: 'raw/x' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('get a suffix when their name is taken, and stay one upload when opened twice', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const file = dataFile(1, 0, 10);
    const clientId = randomUUID();
    const [a, b] = await Promise.all([
      w.send(opened, { ...file, clientId }),
      w.send(opened, { ...file, clientId }),
    ]);
    expect(a.uploadId).toBe(b.uploadId);
    const other = await w.send(opened, file);
    expect(other.path).toBe('raw/lyso/run_1_data_000001_2.h5');
  });

  it('whose frames are stored already are refused, and leave no bytes', async () => {
    const { code } = await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    await w.sendAndComplete(opened, dataFile(1, 0, 10));
    const again = await w.send(opened, dataFile(2, 9, 5));
    await expect(w.ingest.completeUpload(w.agentContext, again.complete)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(await w.store.stat(`${code}/${again.path}`)).toBeNull();
    expect((await w.row(opened.datasetId)).framesStored).toBe(10);
  });
});

describe('the end of a series', () => {
  it.each([
    ['stopped early', 10, { framesReceived: 10 }, 'stopped'],
    ['with a gap', 10, { framesReceived: 9, missing: [[4, 4]] }, 'incomplete'],
    ['with lost frames', 10, { framesReceived: 15, lost: [[10, 14]] }, 'incomplete'],
  ])('%s', async (_, rows, changes, state) => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    await w.sendAndComplete(opened, dataFile(1, 0, rows, 'missing' in changes ? [4] : []));
    const answer = await w.ingest.endSeries(w.agentContext, { ...end(changes), datasetId: opened.datasetId });
    expect(answer).toEqual({ state });
    expect(await w.row(opened.datasetId)).toMatchObject({
      state,
      ...('lost' in changes ? { lost: changes.lost } : {}),
    });
  });

  it('told twice counts once; files that come after it count still', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series({ framesExpected: null }));
    const { datasetId } = opened;
    await w.sendAndComplete(opened, dataFile(1, 0, 10));
    expect(await w.ingest.endSeries(w.agentContext, { ...end(), datasetId })).toEqual({
      state: 'incomplete',
    });
    expect(await w.ingest.endSeries(w.agentContext, { ...end({ framesReceived: 3 }), datasetId })).toEqual({
      state: 'incomplete',
    });
    expect((await w.row(datasetId)).framesReceived).toBe(20);
    await w.sendAndComplete(opened, dataFile(2, 10, 10));
    expect((await w.row(datasetId)).state).toBe('open-ended');
    const told = await events('dataset.changed', `instrument:${w.instrument.id}`);
    expect(told.at(-1)!.data).toMatchObject({ datasetId, state: 'open-ended', framesStored: 20 });
  });

  it("is nobody else's to tell", async () => {
    await w.activate(LONG_AGO);
    const { datasetId } = await w.ingest.openSeries(w.agentContext, w.series());
    const other = await world();
    await expect(w.ingest.endSeries(other.agentContext, { ...end(), datasetId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(w.ingest.endSeries(w.as('staff'), { ...end(), datasetId })).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
  });
});
