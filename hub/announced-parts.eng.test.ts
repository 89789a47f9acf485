import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_RGW, startRgw, type ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { collect, hexCrc } from '#src/server/storage/object-store.contract.ts';
import type {
  AnnouncedPart,
  UploadCompleteRequest,
  UploadOpenRequest,
  UploadsCompleteRequest,
} from '#src/shared/contracts/agent-api.ts';
import { type IngestWorld, ingestWorld, LONG_AGO, TEST_PART_BYTES } from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestS3Store, testS3Store } from '#src/testing/test-s3-store.ts';
import { ClockOffset } from './agent/clock-offset.ts';
import { GrowingFile } from './agent/growing-file.ts';
import { Journal } from './agent/journal.ts';
import { ReportLog } from './agent/report-log.ts';
import { fixedToken, ServerClient } from './agent/server-client.ts';
import { SpoolThread } from './agent/spool-thread.ts';
import { OPEN_GATE } from './agent/upload-gate.ts';
import type { UploadOrder } from './agent/upload-order.ts';
import { Uploader } from './agent/uploader.ts';

/** Asks the services themselves; parts travel over HTTP to the addresses it is given. */
class ServiceClient extends ServerClient {
  readonly announced: AnnouncedPart[] = [];
  readonly sentTo = new Set<string>();
  private readonly w: IngestWorld;

  constructor(w: IngestWorld) {
    super('http://127.0.0.1:1', fixedToken('unused'));
    this.w = w;
  }

  override openUploads = async (request: UploadOpenRequest) =>
    this.w.ingest.openUploads(this.w.agentContext, request);
  override signParts = async (uploadId: string, partNumbers: number[], announced: AnnouncedPart[] = []) => {
    this.announced.push(...announced);
    const ask = { uploadId, partNumbers, announced };
    return (await this.w.ingest.signParts(this.w.agentContext, ask)).signed;
  };
  override completeUpload = (uploadId: string, complete: UploadCompleteRequest) =>
    this.w.ingest.completeUpload(this.w.agentContext, { ...complete, uploadId });
  override completeUploads = async ({ uploads }: UploadsCompleteRequest) =>
    Promise.all(
      uploads.map(async ({ uploadId, ...complete }) => ({
        uploadId,
        outcome: await this.completeUpload(uploadId, complete),
      })),
    );
  override putPart: ServerClient['putPart'] = (url, ...rest) => {
    this.sentTo.add(new URL(url).origin);
    return super.putPart(url, ...rest);
  };
}

describe.skipIf(NO_RGW !== null)(`parts straight to Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let rgw: ThrowawayRgw;
  let database: TestDatabase;
  let storage: TestS3Store;
  let folder: string;
  beforeAll(async () => {
    [rgw, database] = await Promise.all([startRgw(), testDatabase()]);
    storage = await testS3Store(rgw.settings, { direct: ['parts'] });
    folder = await mkdtemp(join(tmpdir(), 'beamdeck-announced-'));
  });
  afterAll(async () => {
    await storage?.close();
    await database?.drop();
    await rgw?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function world() {
    const w = await ingestWorld(database.db, storage.store);
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    return { w, opened, client: new ServiceClient(w) };
  }

  async function uploaderOf(client: ServiceClient) {
    const journal = new Journal(await mkdtemp(join(folder, 'state-')));
    const reports = new ReportLog({ journal, log: createLogger('test', 'silent'), now: Date.now });
    const thread = new SpoolThread();
    const stop = new AbortController();
    const clocks = { wall: () => Date.now(), steady: () => performance.now(), boot: '' };
    const uploader = new Uploader({
      ...{ client, gate: OPEN_GATE, thread, reports, concurrency: 2, signal: stop.signal, now: Date.now },
      clock: new ClockOffset(clocks, null),
    });
    const close = async () => {
      stop.abort();
      await thread.close();
      journal.close();
    };
    return { uploader, close };
  }

  /** A file in the folder, and what an uploader is told of it. */
  async function orderOf(bytes: Uint8Array, datasetId: string, path: string): Promise<UploadOrder> {
    const localPath = join(folder, randomUUID());
    await writeFile(localPath, bytes);
    const nothing = () => undefined;
    const at = new Date().toISOString();
    return {
      file: new GrowingFile({
        ...{ clientId: randomUUID(), localPath, partBytes: TEST_PART_BYTES },
        ...{ sizeBytes: bytes.length, settled: true },
      }),
      kind: 'other',
      datasetId,
      path,
      origin: null,
      acquired: null,
      urgency: () => 'backlog',
      journal: {
        ...{ setUploadOpened: nothing, forgetUpload: nothing, putPart: nothing, dropPart: nothing },
        ...{ setFirstPartAt: nothing, setSha256: nothing },
      },
      ...{ uploadId: null, sha256: null, firstPartAt: null },
      facts: () => ({ createdAt: at, settledAt: at, chunks: [], masks: [] }),
    };
  }

  it('an agent announces its parts, sends them past the data server, and what is stored is proved', async () => {
    const { opened, client } = await world();
    const { uploader, close } = await uploaderOf(client);
    const bytes = new Uint8Array(randomBytes(2 * TEST_PART_BYTES + 1000));
    const order = await orderOf(bytes, opened.datasetId, `${opened.base}_notes.bin`);
    const result = await uploader.upload(order);
    expect(result.known).toBe(false);
    expect([...client.sentTo]).toEqual([rgw.settings.endpoint]);
    expect(client.announced.map(({ partNumber }) => partNumber).sort()).toEqual([1, 2, 3]);
    const key = `${opened.experimentCode}/${result.path}`;
    expect(hexCrc(await collect(storage.store.read(key)))).toBe(hexCrc(bytes));
    await close();
  });

  it('a small file is announced when it is opened, once the agent knows that the store wants it', async () => {
    const { opened, client } = await world();
    const { uploader, close } = await uploaderOf(client);
    const announcedApart: number[] = [];
    for (const nth of [1, 2, 3]) {
      const bytes = new Uint8Array(randomBytes(1000));
      const result = await uploader.upload(
        await orderOf(bytes, opened.datasetId, `${opened.base}_${nth}.bin`),
      );
      const key = `${opened.experimentCode}/${result.path}`;
      expect(hexCrc(await collect(storage.store.read(key)))).toBe(hexCrc(bytes));
      announcedApart.push(client.announced.length);
    }
    expect(announcedApart).toEqual([1, 1, 1]);
    expect([...client.sentTo]).toEqual([rgw.settings.endpoint]);
    await close();
  });

  it('a file that changes after it was announced is announced again: what is stored is what was sent', async () => {
    const { opened, client } = await world();
    const { uploader, close } = await uploaderOf(client);
    const first = await orderOf(new Uint8Array(10), opened.datasetId, `${opened.base}_first.bin`);
    await uploader.upload(first);
    const order = await orderOf(new Uint8Array(1000), opened.datasetId, `${opened.base}_changing.bin`);
    const bytes = new Uint8Array(randomBytes(1000));
    order.journal.setUploadOpened = () => writeFileSync(order.file.localPath, bytes);
    const result = await uploader.upload(order);
    expect(client.announced).toHaveLength(2);
    const key = `${opened.experimentCode}/${result.path}`;
    expect(hexCrc(await collect(storage.store.read(key)))).toBe(hexCrc(bytes));
    await close();
  });

  it('a part that is damaged on its way is refused by the store, as the data server would', async () => {
    const { w, opened, client } = await world();
    const bytes = randomBytes(1000);
    const { uploads } = await client.openUploads({
      uploads: [
        {
          ...{ clientId: randomUUID(), datasetId: opened.datasetId, kind: 'other' },
          ...{ path: `${opened.base}_damaged.bin`, partBytes: TEST_PART_BYTES, signParts: [1] },
        },
      ],
    });
    expect(uploads[0]).toMatchObject({ partCheck: 'md5', signed: [] });
    const md5 = createHash('md5').update(bytes).digest();
    const crc32c = hexCrc(bytes);
    const announced = [{ partNumber: 1, sizeBytes: 1000, crc32c, md5: md5.toString('hex') }];
    const uploadId = uploads[0]!.uploadId;
    const [part] = await client.signParts(uploadId, [1], announced);
    const options = { md5, askFirst: false, signal: new AbortController().signal };
    const damaged = Buffer.from(bytes);
    damaged[500]! ^= 1;
    await expect(client.putPart(part!.url, damaged, crc32c, options)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
    await client.putPart(part!.url, bytes, crc32c, options);
    expect((await w.ingest.getUpload(w.agentContext, { uploadId })).parts).toEqual([
      { partNumber: 1, sizeBytes: 1000, crc32c },
    ]);
  });
});
