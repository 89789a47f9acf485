import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_RGW, startRgw, type ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import { type CountingProxy, countingProxy } from '../../testing/counting-proxy.ts';
import { type TestS3Store, testS3Store } from '../../testing/test-s3-store.ts';
import { collect, partsOf, putPart } from './object-store.contract.ts';
import { S3Connection } from './s3-connection.ts';
import { isWholeRef, wholePartKey } from './s3-whole-uploads.ts';

const PART = 5 * 1024 * 1024;

/** How many questions a file costs the store, and what becomes of files of one part when something comes between. */
describe.skipIf(NO_RGW !== null)(`requests to Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let rgw: ThrowawayRgw;
  let proxy: CountingProxy;
  let through: TestS3Store;
  let straight: TestS3Store;
  beforeAll(async () => {
    rgw = await startRgw();
    proxy = await countingProxy(rgw.settings.endpoint);
    const counted = { ...rgw.settings, endpoint: proxy.origin, publicUrl: proxy.origin };
    through = await testS3Store(counted);
    straight = await testS3Store(counted, { direct: ['parts'] });
  });
  afterAll(async () => {
    await Promise.all([through?.close(), straight?.close()]);
    await proxy?.close();
    await rgw?.close();
  });

  const bytes = new Uint8Array(randomBytes(10_000));
  const parts = partsOf(bytes, PART).map(({ receipt }) => receipt);
  const sizeBytes = bytes.length;

  async function opened({ store }: TestS3Store, key: string) {
    const { uploadRef } = await store.openUpload({ key, partBytes: PART, sizeBytes });
    return { key, uploadRef, partBytes: PART, parts, sizeBytes };
  }
  async function sent(test: TestS3Store, key: string) {
    const upload = await opened(test, key);
    expect((await putPart(test.store, upload, 1, bytes)).status).toBe(200);
    return upload;
  }
  /** What lies in the bucket under the uploads. */
  async function leftovers(): Promise<string[]> {
    const listed = await new S3Connection(rgw.settings).run('its uploads', ({ lib, client, bucket }) =>
      client.send(new lib.ListObjectsV2Command({ Bucket: bucket, Prefix: '.uploads/' })),
    );
    return (listed.Contents ?? []).map(({ Key }) => Key!);
  }

  it.each([
    // The part; whether the key is taken (and once, whether the bucket is there); its ETag; the copy.
    ['through the data server', () => through, ['PUT', 'HEAD', 'HEAD', 'PUT copy']],
    // Its ETag is known: the address was bound to it.
    ['straight to the store', () => straight, ['PUT', 'HEAD', 'PUT copy']],
  ])('a file of one part costs few, %s', async (way, of, asked) => {
    const { store } = of();
    // Finds out what the store can do, and that its bucket is there.
    await store.partCheck();
    expect(await store.stat('EXP26-AAAAA/raw/nothing')).toBeNull();
    proxy.taken();
    const files = Array.from({ length: 20 }, (_, nth) => `EXP26-AAAAA/raw/${way}/${nth}.cbf`);
    for (const key of files) {
      await store.completeUpload(await sent(of(), key));
      expect(proxy.taken().filter((one) => one !== 'POST delete')).toEqual(asked);
      expect(Buffer.from(await collect(store.read(key)))).toEqual(Buffer.from(bytes));
      proxy.taken();
    }
    await expect.poll(leftovers, { timeout: 20_000 }).toEqual([]);
  });

  it('what many files leave over is removed with one request', async () => {
    const uploads = await Promise.all(
      Array.from({ length: 12 }, (_, nth) => sent(straight, `EXP26-AAAAA/raw/many/${nth}.cbf`)),
    );
    proxy.taken();
    await Promise.all(uploads.map((upload) => straight.store.completeUpload(upload)));
    await expect.poll(leftovers, { timeout: 20_000 }).toEqual([]);
    const asked = proxy.taken();
    expect(asked.filter((one) => one === 'POST delete').length).toBeLessThan(12);
    expect(asked.filter((one) => one === 'PUT copy')).toHaveLength(12);
  });

  it('a file of several parts costs the same few for each part', async () => {
    const long = new Uint8Array(randomBytes(2 * PART + 100));
    const pieces = partsOf(long, PART);
    const receipts = pieces.map(({ receipt }) => receipt);
    await straight.store.partCheck();
    await straight.store.stat('EXP26-AAAAA/raw/nothing');
    proxy.taken();
    const key = 'EXP26-AAAAA/raw/long.h5';
    const { uploadRef } = await straight.store.openUpload({ key, partBytes: PART, sizeBytes: long.length });
    const upload = { key, uploadRef, partBytes: PART };
    for (const piece of pieces) await putPart(straight.store, upload, piece.receipt.partNumber, piece.bytes);
    await straight.store.completeUpload({ ...upload, parts: receipts, sizeBytes: long.length });
    const asked = proxy.taken().filter((one) => one !== 'POST delete');
    expect(asked.toSorted()).toEqual(
      [
        'POST uploads',
        // Of each part a note and its bytes.
        ...receipts.flatMap(() => ['PUT', 'PUT uploadId partNumber']),
        // What is stored, what is noted, whether the key is taken.
        ...['GET uploadId', 'GET list-type', 'HEAD'],
        // The object, whether it is whole.
        ...['POST uploadId', 'HEAD'],
      ].toSorted(),
    );
    await expect.poll(leftovers, { timeout: 20_000 }).toEqual([]);
  });

  it('asked again by another process, that knows nothing, a completion is answered as before', async () => {
    const upload = await sent(straight, 'EXP26-AAAAA/raw/other process');
    const first = await straight.store.completeUpload(upload);
    const other = await testS3Store(rgw.settings, { direct: ['parts'] });
    expect(await other.store.completeUpload(upload)).toEqual(first);
    const begun = await sent(straight, 'EXP26-AAAAA/raw/begun elsewhere');
    expect(await other.store.listParts(begun)).toEqual(parts);
    expect((await other.store.completeUpload(begun)).sizeBytes).toBe(sizeBytes);
    await other.close();
  });

  it('killed while a completion is answered: asked again, the object is there once and whole', async () => {
    const upload = await sent(through, 'EXP26-AAAAA/raw/killed');
    const first = through.store.completeUpload(upload).then(
      () => 'done',
      (error) => error.code,
    );
    await rgw.kill();
    expect(['done', 'UNAVAILABLE']).toContain(await first);
    await rgw.start();
    expect((await through.store.completeUpload(upload)).sizeBytes).toBe(sizeBytes);
    expect(Buffer.from(await collect(through.store.read(upload.key)))).toEqual(Buffer.from(bytes));
  });

  it('another announcement of the same part does not keep what came from being completed', async () => {
    const upload = await sent(straight, 'EXP26-AAAAA/raw/announced twice');
    await straight.store.signPart({
      ...{ ...upload, partNumber: 1 },
      announced: { ...parts[0]!, md5: '0'.repeat(32) },
    });
    const first = await straight.store.completeUpload(upload);
    expect(await straight.store.completeUpload(upload)).toEqual(first);
    expect(Buffer.from(await collect(straight.store.read(upload.key)))).toEqual(Buffer.from(bytes));
  });

  it('an address takes bytes of the announced length only, and no second part', async () => {
    const upload = await opened(straight, 'EXP26-AAAAA/raw/length');
    const longer = new Uint8Array(randomBytes(sizeBytes + 1));
    const md5 = createHash('md5').update(longer).digest();
    const announced = { sizeBytes, crc32c: parts[0]!.crc32c, md5: md5.toString('hex') };
    const { url } = await straight.store.signPart({ ...upload, partNumber: 1, announced });
    const headers = { 'Content-MD5': md5.toString('base64') };
    const answer = await fetch(url, { method: 'PUT', body: Buffer.from(longer), headers });
    expect(answer.status).toBe(403);
    expect(await straight.store.listParts(upload)).toEqual([]);
    await expect(straight.store.signPart({ ...upload, partNumber: 2 })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });

  it('what was never completed, and what came after an end, is swept; what is known stays', async () => {
    const [, known, aborted] = await Promise.all(
      ['forgotten', 'known', 'aborted'].map((name) => sent(straight, `EXP26-AAAAA/raw/${name}`)),
    );
    await straight.store.abortUpload(aborted!);
    expect((await putPart(straight.store, aborted!, 1, bytes)).status).toBe(200);
    const of = { known: new Set([known!.uploadRef]) };
    const past = new Date(Date.now() - 60_000);
    expect(await straight.store.sweepUploads({ ...of, before: past })).toBe(0);
    const future = new Date(Date.now() + 60_000);
    expect(await straight.store.sweepUploads({ ...of, before: future })).toBeGreaterThanOrEqual(2);
    expect(await leftovers()).toEqual([wholePartKey(known!.uploadRef, parts[0]!)]);
    expect(isWholeRef(known!.uploadRef)).toBe(true);
    expect((await straight.store.completeUpload(known!)).sizeBytes).toBe(sizeBytes);
  });
});
