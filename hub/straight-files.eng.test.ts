import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_RGW } from '#scripts/lib/throwaway-rgw.ts';
import { abortedUpload, file, upload } from '#src/server/db/schema/index.ts';
import { collect } from '#src/server/storage/object-store.contract.ts';
import type { ObjectStore } from '#src/server/storage/object-store.port.ts';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { sharedBucket } from '#src/testing/shared-bucket.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestS3Store, testS3Store } from '#src/testing/test-s3-store.ts';
import { acquiredAt, originOf, type WatchedFile, watchedFiles } from '#src/testing/watched-files.ts';
import { type ServerClient, ServerUnreachable } from './agent/server-client.ts';
import { orderOf, ServiceClient, uploaderOf } from './testing/service-client.ts';

type Put = Parameters<ServerClient['putPart']>;
const HOUR_MS = 3600 * 1000;

/** Small files of watched folders go straight onto their keys (docs/decisions/0020): what can come between. */
describe.skipIf(NO_RGW !== null)(`small files straight to Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let bucket: S3Settings;
  let database: TestDatabase;
  let storage: TestS3Store;
  let folder: string;
  let w: IngestWorld;
  let client: ServiceClient;
  let code: string;
  let agent: Awaited<ReturnType<typeof uploaderOf>>;
  /** Instead of a put; by default the put. */
  let onPut: (put: () => Promise<void>, args: Put) => Promise<void>;
  beforeAll(async () => {
    [bucket, database] = await Promise.all([sharedBucket(), testDatabase()]);
    storage = await testS3Store(bucket, { direct: ['parts'] });
    folder = await mkdtemp(join(tmpdir(), 'beamdeck-straight-'));
  });
  afterAll(async () => {
    await storage?.close();
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    w = await ingestWorld(database.db, storage.store);
    await watchedFiles(w).enrolledLongAgo();
    ({ code } = await w.activate(LONG_AGO));
    client = new ServiceClient(w);
    onPut = (put) => put();
    const putPart = client.putPart;
    client.putPart = (...args) => onPut(() => putPart(...args), args);
    agent = await uploaderOf(client, folder);
  });
  afterEach(() => agent.close());

  const watched = (changes: Partial<WatchedFile> = {}): WatchedFile => ({
    path: `lyso/${randomUUID()}.txt`,
    bytes: new Uint8Array(randomBytes(2000)),
    acquired: acquiredAt('2026-03-01T12:00:00Z'),
    ...changes,
  });
  const again = (before: WatchedFile, clientId: string) =>
    watched({ ...before, bytes: new Uint8Array(randomBytes(500)), replaces: clientId });
  async function order(one: WatchedFile) {
    const made = await orderOf(folder, one.bytes, '', one.path);
    return { ...made, datasetId: null, origin: originOf(one) };
  }
  const rowOf = async (clientId: string) =>
    (await w.db.select().from(upload).where(eq(upload.clientId, clientId)))[0]!;
  const stored = async (path: string) => Buffer.from(await collect(storage.store.read(`${code}/${path}`)));
  const files = (path: string) =>
    w.db
      .select()
      .from(file)
      .where(eq(file.storeKey, `${code}/${path}`));
  const aborted = () => w.db.select().from(abortedUpload);
  /** The sweep, so long from now. */
  const sweep = (inMs: number, before = new Date(0)) => {
    const now = () => new Date(Date.now() + inMs);
    const ctx = { ...w.agentContext, principal: { kind: 'system', name: 'test' } as const, now };
    return w.ingest.abortStaleUploads(ctx, { before, limit: 100 });
  };
  const giveUp = () => sweep(0, new Date(Date.now() + 1000));

  /** An upload that was given up while its only part was on its way: what the agent was about to put. */
  async function cutShort(one: WatchedFile): Promise<{ clientId: string; late: () => Promise<void> }> {
    const sent = await order(one);
    let late: () => Promise<void> = () => Promise.reject(new Error('nothing was put'));
    const stop = new AbortController();
    onPut = async (_put, [url, bytes, crc, how]) => {
      const kept = Buffer.from(bytes);
      const { signal } = new AbortController();
      late = () => new ServiceClient(w).putPart(url, kept, crc, { ...how, signal });
      stop.abort(new Error('cut short'));
      throw new ServerUnreachable('cut short');
    };
    await expect(agent.uploader.upload({ ...sent, signal: stop.signal })).rejects.toThrow('cut short');
    onPut = (put) => put();
    return { clientId: sent.file.clientId, late };
  }

  it('the answer to a put is lost: sent again, the file is there once', async () => {
    const one = watched();
    let puts = 0;
    onPut = async (put) => {
      puts++;
      await put();
      if (puts === 1) throw new ServerUnreachable('the answer was lost');
    };
    const { path } = await agent.uploader.upload(await order(one));
    expect(puts).toBe(2);
    expect(await stored(path)).toEqual(Buffer.from(one.bytes));
    expect(await files(path)).toHaveLength(1);
  });

  it('cut off between put and completion: the file is finished after a restart, without another put', async () => {
    const one = await order(watched());
    const stop = new AbortController();
    const complete = client.completeUploads;
    client.completeUploads = async () => {
      stop.abort(new Error('killed'));
      throw new ServerUnreachable('killed');
    };
    await expect(agent.uploader.upload({ ...one, signal: stop.signal })).rejects.toThrow(/killed|aborted/);
    client.completeUploads = complete;
    onPut = () => Promise.reject(new Error('put again'));
    const { id } = await rowOf(one.file.clientId);
    const { path } = await agent.uploader.upload({ ...one, uploadId: id });
    expect(await files(path)).toHaveLength(1);
  });

  it('rewritten while it is sent: what comes late of the former content makes way for the newer', async () => {
    const former = watched();
    const { clientId, late } = await cutShort(former);
    const { storeKey } = await rowOf(clientId);
    const newer = again(former, clientId);
    let puts = 0;
    onPut = async (put) => {
      if (++puts === 1) await late();
      await put();
    };
    const { path } = await agent.uploader.upload(await order(newer));
    expect(puts).toBe(2);
    expect(`${code}/${path}`).toBe(storeKey);
    expect(await stored(path)).toEqual(Buffer.from(newer.bytes));
    await expect(late()).rejects.toMatchObject({ status: 412 });
    await sweep(2 * HOUR_MS);
    expect(await stored(path)).toEqual(Buffer.from(newer.bytes));
  });

  it('given up and never sent again: what came before goes at once, what comes late with the sweep', async () => {
    const one = watched();
    const { clientId, late } = await cutShort(one);
    await late();
    const row = await rowOf(clientId);
    expect(await storage.store.stat(row.storeKey)).not.toBeNull();
    await giveUp();
    expect(await storage.store.stat(row.storeKey)).toBeNull();
    await late();
    await sweep(0);
    expect(await storage.store.madeOf(row.storeKey)).toEqual({ uploadRef: row.storeUploadRef });
    await sweep(2 * HOUR_MS);
    expect(await storage.store.stat(row.storeKey)).toBeNull();
    expect(await aborted()).toEqual([]);
  });

  it('something that nobody recorded has the name: it stays, and the file gets another one', async () => {
    const one = watched();
    let own = '';
    onPut = async (put, [url]) => {
      if (own === '') {
        own = decodeURIComponent(new URL(url).pathname).split('/').slice(2).join('/');
        await storage.store.put(own, Buffer.from('of a job'));
      }
      await put();
    };
    const { path } = await agent.uploader.upload(await order(one));
    expect(`${code}/${path}`).not.toBe(own);
    expect((await collect(storage.store.read(own))).toString()).toBe('of a job');
    expect(await stored(path)).toEqual(Buffer.from(one.bytes));
  });

  it('read otherwise at the second try, when the first had arrived: what was read last is stored', async () => {
    const one = await order(watched());
    const other = new Uint8Array(randomBytes(2000));
    let puts = 0;
    onPut = async (put) => {
      await put();
      if (++puts > 1) return;
      writeFileSync(one.file.localPath, other);
      throw new ServerUnreachable('the answer was lost');
    };
    const { path } = await agent.uploader.upload(one);
    expect(await stored(path)).toEqual(Buffer.from(other));
    expect(await files(path)).toHaveLength(1);
  });

  it('given up between the store and the record: nothing stays behind, and the file is sent anew', async () => {
    const one = await order(watched());
    let givenUp = 0;
    const store: ObjectStore = {
      ...storage.store,
      completeUpload: async (input) => {
        const placed = await storage.store.completeUpload(input);
        if (++givenUp === 1) {
          await giveUp();
          expect(await storage.store.stat(input.key)).toBeNull();
        }
        return placed;
      },
    };
    w.ingest = w.ingestOn(store);
    const { path } = await agent.uploader.upload(one);
    expect(givenUp).toBe(2);
    expect(await stored(path)).toHaveLength(2000);
    expect(await files(path)).toHaveLength(1);
  });

  it('completed by two at a time it is recorded once', async () => {
    const one = await order(watched());
    const complete = client.completeUploads;
    client.completeUploads = async (asked) => {
      const [first] = await Promise.all([complete(asked), complete(asked), complete(asked)]);
      return first!;
    };
    const { path } = await agent.uploader.upload(one);
    expect(await files(path)).toHaveLength(1);
    expect(await stored(path)).toHaveLength(2000);
  });

  it('a file that is known keeps its bytes whatever becomes of a version of it that was given up', async () => {
    const first = watched();
    const sent = await order(first);
    const { path } = await agent.uploader.upload(sent);
    const version = await cutShort(again(first, sent.file.clientId));
    await giveUp();
    await version.late();
    expect(await stored(path)).toEqual(Buffer.from(first.bytes));
    await sweep(2 * HOUR_MS);
    expect(await stored(path)).toEqual(Buffer.from(first.bytes));
    expect(await files(path)).toHaveLength(1);
  });
});
