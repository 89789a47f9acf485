import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { CHANNEL, ToldSeries } from '#hub/testing/told-series.ts';
import { withConnection } from '#src/server/db/connection.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import { ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { objectsOfFolder } from '../parts/stored-objects.ts';
import { type Tally, tallyOf } from './findings.ts';
import { judge } from './judge.ts';
import { Ledger, type SeriesEntry } from './ledger.ts';
import { readStore } from './store-view.ts';

/** The judge before stores that somebody has doctored: what it does not find here it would not find in earnest. */

const FRAMES = 6;
const HEAD_BYTES = 1000;

let database: TestDatabase;
let storage: TestStore;
let folder: string;
let ledger: Ledger;
let entry: SeriesEntry;
let datasetId: string;
let instrumentId: string;
let codes: { own: string; other: string };
let dataFile: string;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-judge-'));
  ledger = new Ledger(path.join(folder, 'ledger.jsonl'));
  const w = await ingestWorld(database.db, storage.store);
  const other = await w.activate(LONG_AGO);
  const own = await w.activate('2026-02-01T00:00:00Z');
  codes = { own: own.code, other: other.code };
  instrumentId = w.instrument.id;
  const series = new ToldSeries({ prefix: 'judged/run', frames: FRAMES, rateHz: 10, size: 16 });
  entry = ledger.beginSeries(series, [own.code]);
  const blobs = series.images.map((message, frame) => {
    ledger.frame(entry, CHANNEL, frame, series.fingerprints[frame]!);
    const image = decodeStreamV2(message);
    if (image.type !== 'image') throw new Error('no image');
    return Buffer.from(image.channels.get(CHANNEL)!.bytes);
  });
  const opened = await w.ingest.openSeries(
    w.agentContext,
    w.series({
      seriesUniqueId: series.seriesUniqueId,
      prefix: series.prefix,
      framesExpected: FRAMES,
      framesPerFile: FRAMES,
      channels: [{ name: CHANNEL, dtype: 'u2', shape: [16, 16], filter: 'bslz4' }],
    }),
  );
  datasetId = opened.datasetId;
  const entries = Buffer.alloc(FRAMES * 12);
  let offset = HEAD_BYTES;
  blobs.forEach((blob, row) => {
    entries.writeBigUInt64LE(BigInt(offset), row * 12);
    entries.writeUInt32LE(blob.length, row * 12 + 8);
    offset += blob.length;
  });
  const stored = await w.sendAndComplete(opened, {
    name: 'data_000001.h5',
    bytes: Buffer.concat([Buffer.alloc(HEAD_BYTES), ...blobs]),
    chunks: [{ channel: CHANNEL, firstFrame: 0, rows: FRAMES, entries: entries.toString('base64') }],
  });
  dataFile = path.join(storage.folder, codes.own, stored.path);
  await w.sendAndComplete(opened, {
    name: 'master.h5',
    bytes: Buffer.from('a master'),
    kind: 'master',
    path: `${opened.base}_master.h5`,
  });
  await w.ingest.endSeries(w.agentContext, {
    datasetId,
    endedAt: new Date().toISOString(),
    ending: 'end-message',
    framesReceived: FRAMES,
    missing: [],
    lost: [],
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sql = (text: string, ...values: unknown[]) =>
  withConnection(database.url, (client) => client.query(text, values));

const objects = () => objectsOfFolder(storage.folder);

async function verdict(): Promise<Tally> {
  const view = await withConnection(database.url, (client) => readStore(client, objects(), instrumentId));
  return tallyOf(await judge(ledger, view, objects()));
}

const INNOCENT = { lost: 0, unreported: 0, misplaced: 0, untrue: 0 };

/** Takes frame 2 out of the table, as if it had never come. */
async function forgetFrame(): Promise<void> {
  await sql(
    `update frame_table set entries = overlay(entries placing '\\x000000000000000000000000'::bytea from 25 for 12) where dataset_id = $1`,
    datasetId,
  );
  await sql('update dataset set frames_stored = $2 where id = $1', datasetId, FRAMES - 1);
}

it('finds nothing where nothing is wrong', async () => {
  expect(await verdict()).toEqual(INNOCENT);
});

it('one bit of a frame in the store', async () => {
  const bytes = readFileSync(dataFile);
  bytes[HEAD_BYTES + 100]! ^= 1;
  writeFileSync(dataFile, bytes);
  // The frame, and the file whose hash is another.
  expect(await verdict()).toEqual({ ...INNOCENT, lost: 2 });
});

it('one bit between the frames', async () => {
  const bytes = readFileSync(dataFile);
  bytes[10]! ^= 1;
  writeFileSync(dataFile, bytes);
  expect(await verdict()).toEqual({ ...INNOCENT, lost: 1 });
});

it('a file that is gone from the store', async () => {
  unlinkSync(dataFile);
  expect(await verdict()).toEqual({ ...INNOCENT, lost: FRAMES + 1, unreported: FRAMES });
});

it('a dataset in another experiment, and in the tray', async () => {
  await sql(
    'update dataset set experiment_id = (select id from experiment where code = $2) where id = $1',
    datasetId,
    codes.other,
  );
  expect(await verdict()).toEqual({ ...INNOCENT, misplaced: FRAMES });
  await sql('update dataset set experiment_id = null where id = $1', datasetId);
  expect(await verdict()).toEqual({ ...INNOCENT, misplaced: FRAMES });
});

it('a frame that is in no file', async () => {
  await forgetFrame();
  expect(await verdict()).toEqual({ ...INNOCENT, lost: 1, unreported: 1, untrue: 1 });
});

it('a frame that may lack must be named, and then is forgiven', async () => {
  ledger.mayLack(entry, [1, 3]);
  await forgetFrame();
  await sql(`update dataset set state = 'incomplete' where id = $1`, datasetId);
  expect(await verdict()).toEqual({ ...INNOCENT, unreported: 1 });
  await sql(`update dataset set missing = '[[2, 2]]' where id = $1`, datasetId);
  expect(await verdict()).toEqual(INNOCENT);
});

it('frames that lack a channel, and which of them lacks what', async () => {
  await sql(
    `update dataset set channels = channels || '[{"name": "other", "dtype": "u2", "shape": [16, 16], "filter": "bslz4"}]'::jsonb where id = $1`,
    datasetId,
  );
  const partial = { ...entry, frames: new Map([...entry.frames, ['other', new Map()]]) };
  ledger.series.splice(0, 1, partial);
  ledger.frame(partial, 'other', FRAMES - 1, 'never stored');
  ledger.mayLack(partial, [FRAMES - 1, FRAMES - 1]);
  // It is called complete; no frame has both channels, and nobody says that `other` lacks them all.
  expect(await verdict()).toEqual({ ...INNOCENT, unreported: FRAMES, untrue: 1 });
  await sql(
    `update dataset set state = 'incomplete', frames_stored = 0, channel_gaps = $2 where id = $1`,
    datasetId,
    JSON.stringify([{ channel: 'other', frames: [[0, FRAMES - 1]] }]),
  );
  expect(await verdict()).toEqual(INNOCENT);
});

it('a frame that is called missing and is there', async () => {
  await sql(`update dataset set missing = '[[4, 4]]' where id = $1`, datasetId);
  expect(await verdict()).toEqual({ ...INNOCENT, untrue: 1 });
});

it('an object that nobody knows', async () => {
  writeFileSync(path.join(storage.folder, codes.own, 'raw', 'stranger.h5'), 'who put me here?');
  expect(await verdict()).toEqual({ ...INNOCENT, misplaced: 1 });
});

it('a series that never came, and one that came though it is held', async () => {
  const absent = new ToldSeries({ prefix: 'judged/absent', frames: 2, rateHz: 10, size: 16 });
  const told = ledger.beginSeries(absent, [codes.own]);
  for (const frame of [0, 1]) ledger.frame(told, CHANNEL, frame, absent.fingerprints[frame]!);
  expect(await verdict()).toEqual({ ...INNOCENT, lost: 2, unreported: 2 });
  told.fate = 'held';
  expect(await verdict()).toEqual({ ...INNOCENT, unreported: 1 });
  ledger.series.pop();
  entry.fate = 'held';
  expect(await verdict()).toMatchObject({ untrue: 1 });
});

it('a dataset without its master', async () => {
  await sql('update dataset set master_file_id = null where id = $1', datasetId);
  expect(await verdict()).toEqual({ ...INNOCENT, unreported: 1 });
});
