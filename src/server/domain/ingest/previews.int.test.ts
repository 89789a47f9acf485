import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dataFile, type IngestWorld, ingestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestStore, testStore } from '../../../testing/test-store.ts';
import { tinyPng } from '../../../testing/tiny-png.ts';
import { job, jobTemplate, outbox } from '../../db/schema/index.ts';

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

const put = (datasetId: string, frame: number, options: { kept?: boolean; png?: Uint8Array } = {}) =>
  w.ingest.storePreview(w.agentContext, {
    ...{ datasetId, frame, kept: options.kept ?? false },
    png: options.png ?? tinyPng(frame),
  });
const framesOf = async (datasetId: string) =>
  (await w.datasets.previews(w.as('staff'), { datasetId, limit: 10 })).map(({ frame, kept }) => [
    frame,
    kept,
  ]);
const objects = (datasetId: string) => readdir(join(storage.folder, '_system/previews', datasetId));

describe('previews', () => {
  it('are there before any data: the newest, and every one that is kept; their objects are no more than these', async () => {
    const { id } = await w.activate(LONG_AGO);
    const { datasetId } = await w.ingest.openSeries(w.agentContext, w.series());
    await put(datasetId, 0, { kept: true });
    for (const frame of [3, 9, 7]) await put(datasetId, frame);
    await put(datasetId, 10, { kept: true });
    // Sent again as a passing one: it stays kept.
    await put(datasetId, 10, { png: tinyPng(200) });
    expect(await framesOf(datasetId)).toEqual([
      [10, true],
      [9, false],
      [0, true],
    ]);
    expect(await objects(datasetId)).toHaveLength(3);
    const [newest] = await w.datasets.previews(w.as('pi'), { datasetId, limit: 1 });
    const shown = await fetch(newest!.url);
    expect(shown.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(Buffer.from(tinyPng(200)));
    const told = await w.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.kind, 'preview.stored'), eq(outbox.topic, `experiment:${id}`)));
    expect(told.at(-1)!.data).toEqual({ datasetId, frame: 10 });
  });

  it('that come at the same moment leave one that is passing', async () => {
    await w.activate(LONG_AGO);
    const { datasetId } = await w.ingest.openSeries(w.agentContext, w.series());
    await Promise.all([5, 1, 8, 3].map((frame) => put(datasetId, frame)));
    expect(await framesOf(datasetId)).toEqual([[8, false]]);
    expect(await objects(datasetId)).toHaveLength(1);
  });

  it('of nobody’s data are seen by staff alone', async () => {
    const { datasetId } = await w.ingest.openSeries(
      w.agentContext,
      w.series({ startedAt: '2025-01-01T00:00:00Z' }),
    );
    await put(datasetId, 0);
    expect(await framesOf(datasetId)).toEqual([[0, false]]);
    await expect(w.datasets.previews(w.as('pi'), { datasetId, limit: 1 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it.each([
    ['no PNG', Buffer.alloc(100), 'BAD_INPUT'],
    ['a cut PNG', tinyPng().subarray(0, 20), 'BAD_INPUT'],
    ['too much', Buffer.concat([tinyPng(), Buffer.alloc(150_000)]), 'TOO_LARGE'],
  ])('are refused when they are %s', async (_, png, code) => {
    await w.activate(LONG_AGO);
    const { datasetId } = await w.ingest.openSeries(w.agentContext, w.series());
    await expect(put(datasetId, 0, { png })).rejects.toMatchObject({ code });
    expect(await framesOf(datasetId)).toEqual([]);
  });
});

describe('numbers per frame', () => {
  const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer).toString('base64');

  it('come with the files, and are one row per name with gaps where nothing came', async () => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const [first, second] = [dataFile(1, 0, 2), dataFile(2, 10, 2)];
    const complete = async (
      file: typeof first,
      frameValues: { name: string; firstFrame: number; values: string }[],
    ) => {
      const sent = await w.send(opened, file);
      return w.ingest.completeUpload(w.agentContext, { ...sent.complete, frameValues });
    };
    await complete(second, [{ name: 'spots', firstFrame: 10, values: floats(7, Number.NaN) }]);
    await complete(first, [
      { name: 'spots', firstFrame: 0, values: floats(1, 2) },
      { name: 'background', firstFrame: 0, values: floats(0.5) },
    ]);
    const found = await w.datasets.frameValues(w.as('pi'), { datasetId: opened.datasetId });
    const rows = found.map(({ name, values }) => {
      const bytes = Uint8Array.from(Buffer.from(values, 'base64'));
      return [name, Array.from(new Float32Array(bytes.buffer))];
    });
    const none = Number.NaN;
    expect(rows).toEqual([
      ['background', [0.5]],
      ['spots', [1, 2, none, none, none, none, none, none, none, none, 7, none]],
    ]);
    await expect(
      w.datasets.frameValues(w.as('stranger'), { datasetId: opened.datasetId }),
    ).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('are the spots that fast feedback found where the stream told none', async () => {
    const experiment = await w.activate(LONG_AGO);
    const { datasetId } = await w.ingest.openSeries(w.agentContext, w.series());
    const toldOf = () => w.datasets.frameValues(w.as('pi'), { datasetId });
    expect(await toldOf()).toEqual([]);
    const [templateId, createdAt] = [randomUUID(), new Date()];
    await w.db.insert(jobTemplate).values({
      ...{ id: templateId, slug: `spots-${templateId}`, version: 1, name: 'Fast feedback', description: '' },
      ...{ entry: 'built-in:fast-feedback', parameters: [], metrics: [], createdAt },
    });
    await w.db.insert(job).values({
      ...{ id: randomUUID(), experimentId: experiment.id, datasetId, templateId },
      ...{ state: 'running', parameters: {}, driver: 'process', createdAt },
      plots: [{ id: 'spots', data: [{ x: [1, 2, 4], y: [25, 0, 7] }] }],
    });
    expect(await toldOf()).toEqual([{ name: 'spots', values: floats(25, 0, Number.NaN, 7) }]);
  });

  it.each([
    ['of half a number', 'AAA='],
    ['of more frames than a file has', floats(...Array.from({ length: 11 }, () => 0))],
    ['of no frame', ''],
  ])('%s are refused', async (_, values) => {
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const sent = await w.send(opened, dataFile(1, 0, 2));
    const frameValues = [{ name: 'spots', firstFrame: 0, values }];
    await expect(
      w.ingest.completeUpload(w.agentContext, { ...sent.complete, frameValues }),
    ).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
