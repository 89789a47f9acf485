import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readGreyPng } from '#hub/preview/testing/read-png.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { pixelHash, type Report } from '../../../shared/hdf5/testing/compare-report.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestStore, testStore } from '../../../testing/test-store.ts';
import { acquiredAt, type WatchedFile, watchedFiles } from '../../../testing/watched-files.ts';
import { frameTable } from '../../db/schema/index.ts';
import { createPreviewWork } from './make-previews.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let files: ReturnType<typeof watchedFiles>;

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
});

/** Files of h5py: three and two frames of 16 × 8 pixels. */
const FILES = join(import.meta.dirname, '../../../shared/hdf5/testing/files');
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(FILES, name)));
const CHANNEL = { name: 'default', dtype: 'u2', shape: [8, 16], filter: 'gzip' } as const;

const stored = async (name: string): Promise<WatchedFile & { clientId: string }> => {
  const file = {
    ...{ path: `lyso/${name}`, bytes: bytesOf(name), acquired: acquiredAt('2026-03-01T12:00:00Z') },
    ...{ kind: 'other' as const, clientId: crypto.randomUUID() },
  };
  await files.sendAndComplete(file);
  return file;
};

const openSeries = (changes: Parameters<typeof files.dataset>[0] = {}) =>
  w.ingest.openFileDataset(
    w.agentContext,
    files.dataset({
      ...{ kind: 'hdf5-master', stem: 'lyso/series', framesExpected: 5, framesPerFile: 3 },
      ...{ channels: [{ ...CHANNEL, shape: [8, 16] }], ...changes },
    }),
  );

async function attached(changes: Parameters<typeof files.dataset>[0] = {}): Promise<string> {
  await w.activate(LONG_AGO);
  const [first, second] = [await stored('series_data_000001.h5'), await stored('series_data_000002.h5')];
  const { datasetId } = await openSeries(changes);
  await w.ingest.attachFiles(w.agentContext, {
    datasetId,
    files: [
      { clientId: first.clientId, kind: 'data', frames: [0, 2] },
      { clientId: second.clientId, kind: 'data', frames: [3, 4] },
    ],
  });
  return datasetId;
}

/** Hashes of the pixels that a viewer gets by range, by frame. */
async function shown(datasetId: string, channel?: string): Promise<Record<number, string | null>> {
  const index = await w.datasets.frameIndex(w.as('pi'), { datasetId, channel });
  const found: Record<number, string | null> = {};
  for (const { url, entries, firstFrame, rows } of index.files) {
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    const table = { ...CHANNEL, shape: [8, 16] as [number, number], frames: rows };
    for (let row = 0; row < rows; row++) {
      const located = { ...table, entries: new Uint8Array(Buffer.from(entries, 'base64')) };
      found[firstFrame + row] = pixelHash(bytes, located, row);
    }
  }
  return found;
}

const reportedOf = (object: string) =>
  Object.fromEntries(
    [1, 2]
      .flatMap((n) => {
        const report = JSON.parse(readFileSync(join(FILES, `series_data_00000${n}.json`), 'utf8')) as Report;
        return Object.values(report[object]!.frames);
      })
      .entries(),
  );
const reported = reportedOf('/entry/data/data');

describe('frames in HDF5 files of another program', () => {
  it('are found when the files become part of their dataset, and are the pixels that h5py reads', async () => {
    const datasetId = await attached();
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 5 });
    expect(await shown(datasetId)).toEqual(reported);
    expect(await w.datasets.frameIndex(w.as('pi'), { datasetId })).toMatchObject({ unlocated: [] });
  });

  it('have previews made of what is stored, once each', async () => {
    const datasetId = await attached();
    const work = createPreviewWork({ db: w.db, store: storage.store });
    const asked = async () => {
      const key = `make-previews:${datasetId}`;
      const { rows } = await w.db.execute(sql`select key from graphile_worker.jobs where key = ${key}`);
      await w.db.execute(sql`select graphile_worker.remove_job(${key})`);
      return rows.length;
    };
    expect(await asked()).toBe(1);
    expect(await work.sweep(testContext())).toBeGreaterThan(0);
    expect(await asked()).toBe(1);
    expect(await work.makePreviews(testContext(), { datasetId })).toBe(5);
    expect(await work.makePreviews(testContext(), { datasetId })).toBe(0);
    await work.sweep(testContext());
    expect(await asked()).toBe(0);
    const found = await w.datasets.previews(w.as('pi'), { datasetId, limit: 10 });
    expect(found.map(({ frame, kept }) => [frame, kept])).toEqual([4, 3, 2, 1, 0].map((n) => [n, true]));
    const png = readGreyPng(new Uint8Array(await (await fetch(found[0]!.url)).arrayBuffer()));
    expect(png).toMatchObject({ width: 16, height: 8 });
    expect(new Set(png.grey).size).toBeGreaterThan(1);
    await expect(work.makePreviews(w.as('pi'), { datasetId })).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('are found for every channel, where the agent says that each lies', async () => {
    const channel = (name: string, object: string, index = 0) => ({
      ...{ ...CHANNEL, name, shape: [8, 16] as [number, number] },
      place: { object, index },
    });
    const datasetId = await attached({
      channels: [
        channel('threshold_1', '/entry/data/data'),
        channel('difference', '/entry/data/difference'),
        channel('beyond', '/entry/data/data', 1),
      ],
    });
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 5 });
    expect(await shown(datasetId)).toEqual(reported);
    expect(await shown(datasetId, 'difference')).toEqual(reportedOf('/entry/data/difference'));
    const beyond = await w.datasets.frameIndex(w.as('pi'), { datasetId, channel: 'beyond' });
    expect(beyond.unlocated).toHaveLength(2);
  });

  it.each([
    ['are packed otherwise than the dataset says', { filter: 'bslz4', shape: [8, 16] }],
    ['have another size', { filter: 'gzip', shape: [8, 32] }],
  ] as const)('are counted and not shown where they %s', async (_, { filter, shape }) => {
    const channel = { ...CHANNEL, filter, shape: [shape[0], shape[1]] as [number, number] };
    const datasetId = await attached({ channels: [channel] });
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 5 });
    expect((await w.datasets.frameIndex(w.as('pi'), { datasetId })).unlocated).toEqual([
      [0, 2],
      [3, 4],
    ]);
  });

  it('of which it was not known where they lie are looked for once, and shown then', async () => {
    const datasetId = await attached();
    // As a version before left them.
    await w.db
      .update(frameTable)
      .set({ entries: new Uint8Array(0) })
      .where(eq(frameTable.datasetId, datasetId));
    expect((await w.datasets.frameIndex(w.as('pi'), { datasetId })).unlocated).toHaveLength(2);
    expect(await w.ingest.locateStored(testContext(), { limit: 100 })).toBe(2);
    expect(await shown(datasetId)).toEqual(reported);
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 5 });
    expect(await w.ingest.locateStored(testContext(), { limit: 100 })).toBe(0);
  });

  it('are looked for when somebody opens the dataset, by several at once, and counted once', async () => {
    const datasetId = await attached();
    await w.db
      .update(frameTable)
      .set({ entries: new Uint8Array(0) })
      .where(eq(frameTable.datasetId, datasetId));
    const look = () => w.ingest.locateFrames(w.as('pi'), { datasetId });
    const index = () => w.datasets.frameIndex(w.as('pi'), { datasetId });
    expect(await index()).toMatchObject({ isToBeLocated: true, unlocatedWhy: [] });
    const both = await Promise.all([look(), look()]);
    expect(both.reduce((sum, { located }) => sum + located, 0)).toBe(2);
    expect(await look()).toEqual({ located: 0, left: 0 });
    expect(await shown(datasetId)).toEqual(reported);
    expect(await index()).toMatchObject({ isToBeLocated: false, unlocated: [] });
    expect(await w.row(datasetId)).toMatchObject({ framesStored: 5 });
    await expect(w.ingest.locateFrames(w.as('stranger'), { datasetId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('are looked for again when the store could not be asked; why they cannot be found is said', async () => {
    const datasetId = await attached({ channels: [{ ...CHANNEL, filter: 'bslz4', shape: [8, 16] }] });
    const look = () => w.ingest.locateFrames(w.as('pi'), { datasetId });
    const index = () => w.datasets.frameIndex(w.as('pi'), { datasetId });
    const { readRange } = storage.store;
    storage.store.readRange = () => Promise.reject(new AppError('UNAVAILABLE', 'The store does not answer.'));
    try {
      await expect(look()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(w.ingest.locateStored(testContext(), { limit: 100 })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
      });
    } finally {
      storage.store.readRange = readRange;
    }
    expect(await index()).toMatchObject({ isToBeLocated: true });
    expect(await look()).toEqual({ located: 0, left: 0 });
    expect(await index()).toMatchObject({
      isToBeLocated: false,
      unlocatedWhy: ['Its pixels are packed by gzip, those of its dataset by bslz4.'],
    });
  });

  it('that cannot be found are not looked for again; only the system looks', async () => {
    const datasetId = await attached({ channels: [{ ...CHANNEL, filter: 'bslz4', shape: [8, 16] }] });
    const looked = async () => {
      const rows = await w.db.select().from(frameTable).where(eq(frameTable.datasetId, datasetId));
      return rows.map(({ lookedIntoAt }) => lookedIntoAt?.getTime() ?? null);
    };
    expect(await looked()).toEqual([null, null]);
    expect(await w.ingest.locateStored(testContext(), { limit: 100 })).toBe(0);
    const once = await looked();
    expect(once).not.toContain(null);
    await w.ingest.locateStored(testContext(), { limit: 100 });
    expect(await looked()).toEqual(once);
    await expect(w.ingest.locateStored(w.as('pi'), { limit: 1 })).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
  });
});
