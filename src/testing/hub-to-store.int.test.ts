import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasCaptureV1, readCaptureV1 } from '#hub/testing/capture-v1.ts';
import { HubRig } from '#hub/testing/hub-rig.ts';
import { agent, dataset } from '../server/db/schema/index.ts';
import { decodeChunk } from '../shared/codecs/chunk.ts';
import { decodeStreamV2 } from '../shared/codecs/stream-v2.ts';
import { startAgentApiServer } from './agent-api-server.ts';
import { type IngestWorld, ingestWorld } from './ingest-world.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';
import { TEST_SECRET, type TestStore, testStore } from './test-store.ts';

const TESTDATA = process.env.BEAMDECK_TESTDATA ?? resolve(import.meta.dirname, '../../../shared/testdata');
const CAPTURE = resolve(TESTDATA, 'stream_v2/eiger1m_32bit_bslz4');

/** The straight way through the house: a recorded EIGER series, a real socket, the HUB, the agent interface, database, store, frame index. */
describe.skipIf(!existsSync(CAPTURE))('from a detector to the frame index', () => {
  let database: TestDatabase;
  let storage: TestStore;
  let server: Awaited<ReturnType<typeof startAgentApiServer>>;
  let w: IngestWorld;
  let rig: HubRig;

  beforeAll(async () => {
    [database, storage, rig] = await Promise.all([testDatabase(), testStore(), HubRig.create()]);
    w = await ingestWorld(database.db, storage.store);
    await w.activate('2026-01-01T00:00:00Z');
    vi.stubEnv('DATABASE_URL', database.url);
    vi.stubEnv('BEAMDECK_DATA_URL', storage.dataUrl);
    vi.stubEnv('BEAMDECK_STORE_DIR', storage.folder);
    vi.stubEnv('BEAMDECK_RUNS_DIR', `${storage.folder}/.runs`);
    vi.stubEnv('BEAMDECK_SECRET', TEST_SECRET);
    vi.stubEnv('BEAMDECK_LOG_LEVEL', 'error');
    server = await startAgentApiServer();
    rig.config = { ...rig.config, serverUrl: server.url, token: w.token };
  });
  afterAll(async () => {
    await rig?.dispose();
    await server?.close();
    const { webContainer } = await import('../server/web-container.ts');
    await webContainer().close();
    vi.unstubAllEnvs();
    await database?.drop();
    await storage?.close();
  });

  it('ten of ten frames, each read back by range with exactly the pixels that were sent', async () => {
    const messages = readdirSync(CAPTURE)
      .sort()
      .map((name) => readFileSync(resolve(CAPTURE, name)));
    rig.start();
    await rig.send(messages);
    const row = await vi.waitFor(
      async () => {
        const [found] = await w.db.select().from(dataset).where(eq(dataset.instrumentId, w.instrument.id));
        expect(found?.state).toBe('complete');
        return found!;
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(row).toMatchObject({
      framesExpected: 10,
      framesStored: 10,
      framesReceived: 10,
      missing: [],
      lost: [],
    });

    const index = await w.datasets.frameIndex(w.as('pi'), { datasetId: row.id });
    const frames = new Map<number, Buffer>();
    for (const file of index.files) {
      const entries = Buffer.from(file.entries, 'base64');
      for (let at = 0; at < file.rows; at++) {
        const offset = Number(entries.readBigUInt64LE(at * 12));
        const size = entries.readUInt32LE(at * 12 + 8);
        const answer = await fetch(file.url, { headers: { Range: `bytes=${offset}-${offset + size - 1}` } });
        expect(answer.status).toBe(206);
        frames.set(file.firstFrame + at, Buffer.from(await answer.arrayBuffer()));
      }
    }
    for (const raw of messages) {
      const message = decodeStreamV2(raw);
      if (message.type !== 'image') continue;
      const sent = message.channels.get(index.channel)!;
      const elements = sent.shape[0] * sent.shape[1];
      const pixels = decodeChunk({ dtype: sent.dtype, filter: sent.filter, bytes: sent.bytes, elements });
      const { dtype, filter } = index.channels[0]!;
      const back = decodeChunk({ dtype, filter, bytes: frames.get(message.imageId)!, elements });
      expect(Buffer.from(back.buffer).equals(Buffer.from(pixels.buffer))).toBe(true);
    }
    expect(frames.size).toBe(10);

    // The mask that came with the stream is where the index says.
    const [mask] = index.masks;
    const masked = await fetch(mask!.url, {
      headers: { Range: `bytes=${mask!.offset}-${mask!.offset + mask!.sizeBytes - 1}` },
    });
    const pixels = decodeChunk({
      dtype: mask!.dtype,
      filter: mask!.filter,
      bytes: Buffer.from(await masked.arrayBuffer()),
      elements: mask!.shape[0] * mask!.shape[1],
    });
    expect(pixels.length).toBe(row.geometry.imageSizeXPx * row.geometry.imageSizeYPx);

    // Every file proves whole against the hash its source computed.
    const { entries } = await w.files.listFolder(w.as('pi'), {
      experimentId: row.experimentId!,
      parent: row.base.slice(0, row.base.lastIndexOf('/')),
      limit: 10,
    });
    expect(entries.map((entry) => entry.kind)).toEqual(['dataset', 'file']);
    for (const file of index.files) {
      expect(await w.files.verifyFile(w.as('pi'), { fileId: file.fileId })).toMatchObject({ ok: true });
    }
    // The HUB tells its state every two seconds.
    const beat = await vi.waitFor(
      async () => {
        const [found] = await w.db.select().from(agent).where(eq(agent.id, w.agentId));
        expect(found?.status?.detectors[0]?.frames).toBe(10);
        return found!;
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(beat.lastSeenAt).not.toBeNull();
  }, 60_000);

  it.skipIf(!hasCaptureV1)(
    'a recorded Stream V1 series that ended early: stopped at 3 of 10',
    async () => {
      await rig.stop();
      rig.detector({ protocol: 'stream-v1' });
      rig.start();
      const { start, images, end } = readCaptureV1();
      await rig.send([start, ...images, end]);
      const row = await vi.waitFor(
        async () => {
          const found = await w.db.select().from(dataset).where(eq(dataset.instrumentId, w.instrument.id));
          const stopped = found.find(({ state }) => state === 'stopped');
          expect(stopped).toBeDefined();
          return stopped!;
        },
        { timeout: 20_000, interval: 100 },
      );
      expect(row).toMatchObject({
        framesExpected: 10,
        framesStored: 3,
        framesReceived: 3,
        missing: [],
        lost: [],
      });
    },
    60_000,
  );
});
