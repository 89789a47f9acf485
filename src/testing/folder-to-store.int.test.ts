import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FolderRig, sha256 } from '#hub/testing/folder-rig.ts';
import { writeDataFile, writeMaster } from '#hub/testing/hdf5-files.ts';
import { agentReport, dataset, file } from '../server/db/schema/index.ts';
import { decodeChunk } from '../shared/codecs/chunk.ts';
import { startAgentApiServer } from './agent-api-server.ts';
import { type IngestWorld, ingestWorld } from './ingest-world.ts';
import { encodeMiniCbf } from './mini-cbf.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';
import { type TestStore, testStore } from './test-store.ts';
import { watchedFiles } from './watched-files.ts';
import { enterWebEnvironment, leaveWebEnvironment } from './web-environment.ts';

/** From a landing folder through a HUB and the agent interface to database, store and frame index; all real. */
describe('from a landing folder to the store', () => {
  let database: TestDatabase;
  let storage: TestStore;
  let server: Awaited<ReturnType<typeof startAgentApiServer>>;
  let w: IngestWorld;
  let rig: FolderRig;

  beforeAll(async () => {
    [database, storage, rig] = await Promise.all([testDatabase(), testStore(), FolderRig.create()]);
    w = await ingestWorld(database.db, storage.store);
    await watchedFiles(w).enrolledLongAgo();
    await w.activate('2026-01-01T00:00:00Z');
    enterWebEnvironment(database, storage);
    server = await startAgentApiServer();
    rig.hub.config = { ...rig.hub.config, serverUrl: server.url, token: w.token };
    await rig.start();
    // Whose a file is depends on the clocks: a HUB that was never answered does not know its own.
    await vi.waitFor(() => expect(rig.hub.hub!.status().clock.offsetMs).not.toBeNull(), { timeout: 20_000 });
  });
  afterAll(async () => {
    await rig?.dispose();
    await server?.close();
    await leaveWebEnvironment();
    await database?.drop();
    await storage?.close();
  });

  const within = { timeout: 30_000, interval: 100 };
  const stored = (sourcePath: string, content: string | Uint8Array) =>
    vi.waitFor(async () => {
      const [row] = await w.db
        .select()
        .from(file)
        .where(and(eq(file.instrumentId, w.instrument.id), eq(file.sourcePath, sourcePath)));
      expect(row?.sha256).toBe(sha256(content));
      return row!;
    }, within);
  const ended = (base: string) =>
    vi.waitFor(async () => {
      const [row] = await w.db.select().from(dataset).where(eq(dataset.base, base));
      expect(row?.state).not.toBe('receiving');
      expect(row).toBeDefined();
      return row!;
    }, within);

  it('files of any kind are in the experiment, empty and oddly named ones too; a rewrite is a version', async () => {
    rig.write('notes/today.txt', 'first');
    rig.write('empty.flag', '');
    rig.write(Buffer.from([0x66, 0xff, 0x0a]), 'odd');
    const first = await stored('notes/today.txt', 'first');
    expect(first).toMatchObject({ path: 'raw/notes/today.txt', version: 1, unassignedReason: null });
    expect(first.experimentId).not.toBeNull();
    expect(await stored('empty.flag', '')).toMatchObject({ sizeBytes: 0, path: 'raw/empty.flag' });
    expect(await stored('f\\xFF\n', 'odd')).toMatchObject({ path: 'raw/f_xFF_' });
    writeFileSync(rig.at('notes/today.txt'), 'other');
    expect(await stored('notes/today.txt', 'other')).toMatchObject({ id: first.id, version: 2 });
    for (const name of ['notes/today.txt', 'empty.flag']) {
      const row = await stored(name, name === 'empty.flag' ? '' : 'other');
      expect(await w.files.verifyFile(w.as('pi'), { fileId: row.id })).toMatchObject({ ok: true });
    }
  }, 60_000);

  it('a series of CBF files is a dataset whose frames are read by range', async () => {
    const pixels = (number: number) => Int32Array.from({ length: 600 }, (_, at) => (at * number) % 70);
    for (const number of [1, 2, 3]) {
      rig.write(
        `lyso/run_0000${number}.cbf`,
        encodeMiniCbf({ rows: 20, columns: 30, pixels: pixels(number) }),
      );
    }
    const row = await ended('raw/lyso/run');
    expect(row).toMatchObject({ state: 'open-ended', framesStored: 3, framesReceived: 3, missing: [] });
    const index = await w.datasets.frameIndex(w.as('pi'), { datasetId: row.id });
    expect(index.files).toHaveLength(3);
    for (const each of index.files) {
      const entry = Buffer.from(each.entries, 'base64');
      const [offset, size] = [Number(entry.readBigUInt64LE(0)), entry.readUInt32LE(8)];
      const answer = await fetch(each.url, { headers: { Range: `bytes=${offset}-${offset + size - 1}` } });
      const { dtype, filter } = index.channels[0]!;
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(decodeChunk({ dtype, filter, bytes, elements: 600 })).toEqual(pixels(each.firstFrame + 1));
    }
  }, 60_000);

  it('an HDF5 master and its data files are one dataset; what never came is named', async () => {
    await writeDataFile(rig.at('scan_data_000001.h5'), 3, 1);
    await writeMaster(rig.at('scan_master.h5'), ['scan_data_000001.h5', 'scan_data_000002.h5'], 5);
    await writeDataFile(rig.at('scan_data_000002.h5'), 2, 4);
    const scan = await ended('raw/scan');
    expect(scan).toMatchObject({ state: 'complete', framesStored: 5, framesExpected: 5 });
    const { files, unlocated } = await w.datasets.frameIndex(w.as('pi'), { datasetId: scan.id });
    expect(unlocated).toEqual([]);
    expect(files.map(({ firstFrame, rows }) => [firstFrame, rows])).toEqual([
      [0, 3],
      [3, 2],
    ]);
    const second = Buffer.from(files[1]!.entries, 'base64');
    const [offset, size] = [Number(second.readBigUInt64LE(12)), second.readUInt32LE(20)];
    const answer = await fetch(files[1]!.url, { headers: { Range: `bytes=${offset}-${offset + size - 1}` } });
    const pixels = new Uint16Array(await answer.arrayBuffer());
    expect([...pixels]).toEqual(Array.from({ length: 24 }, (_, pixel) => pixel + 24 + 4));
    await writeDataFile(rig.at('part_data_000001.h5'), 3, 1);
    await writeMaster(rig.at('part_master.h5'), ['part_data_000001.h5', 'part_data_000002.h5'], 5);
    expect(await ended('raw/part')).toMatchObject({
      state: 'incomplete',
      framesStored: 3,
      absentFiles: ['part_data_000002.h5'],
    });
  }, 60_000);

  it('what is no CBF or HDF5 file though its name says so is stored as it is, and staff are told why', async () => {
    const contents = {
      'odd/small.cbf': randomBytes(100_000),
      'odd/run_00001.cbf': Buffer.alloc(0),
      'odd/large_master.h5': randomBytes(2_000_000),
    };
    for (const [name, bytes] of Object.entries(contents)) rig.write(name, bytes);
    for (const [name, bytes] of Object.entries(contents)) {
      expect(await stored(name, bytes)).toMatchObject({ path: `raw/${name}`, datasetId: null });
    }
    await vi.waitFor(async () => {
      const reports = await w.db.select().from(agentReport).where(eq(agentReport.code, 'content-unread'));
      expect(reports[0]?.message).toMatch(/^odd\/.* is stored as it is, and .*: .*\.$/);
    }, within);
  }, 60_000);
});
