import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_RGW } from '#scripts/lib/throwaway-rgw.ts';
import { sharedBucket } from '../../testing/shared-bucket.ts';
import { allowPages, type TestS3Store, testS3Store } from '../../testing/test-s3-store.ts';
import { objectStoreContract, partsOf, putPart } from './object-store.contract.ts';
import { chooseWays, probeS3, reportLines } from './s3-capabilities.ts';
import { S3Connection, type S3Settings } from './s3-connection.ts';
import { uploadIdOf } from './s3-uploads.ts';

const PART = 5 * 1024 * 1024;
const WEB = 'http://127.0.0.1:3000';
const DIRECT = ['reads', 'parts'] as const;

describe.skipIf(NO_RGW !== null)(`ways to an s3 store on Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let bucket: S3Settings;
  let open: S3Settings;
  beforeAll(async () => {
    bucket = await sharedBucket();
    open = await sharedBucket();
    await allowPages(open, WEB);
  });

  objectStoreContract('s3, parts and reads straight', async () => {
    const test = await testS3Store(open, { direct: DIRECT, webUrl: WEB });
    return { store: test.store, partBytes: PART, close: test.close };
  });

  describe('capabilities', () => {
    it('are found out and reported, and nothing is left in the bucket', async () => {
      const connection = new S3Connection(open);
      const can = await probeS3(connection, WEB);
      expect(can).toMatchObject({ provesParts: true, ranges: true, bindsMd5: true, cors: true });
      // Ceph 16.2 looks at If-None-Match of a put, not of a completion.
      expect(can).toMatchObject({ conditionalPut: true, conditionalComplete: false });
      expect(reportLines(can, DIRECT, WEB)).toEqual(
        expect.arrayContaining(['reads: straight from the store', 'parts: straight to the store']),
      );
      const left = await connection.run('its bucket', ({ lib, client, bucket }) =>
        client.send(new lib.ListObjectsV2Command({ Bucket: bucket, Prefix: '_system/' })),
      );
      expect(left.KeyCount).toBe(0);
    });

    it('without a CORS rule reads go through the data server, and the report says what to do', async () => {
      const can = await probeS3(new S3Connection(bucket), WEB);
      const { ways, told } = chooseWays(can, DIRECT, WEB);
      expect(ways).toEqual({ reads: false, parts: true });
      expect(told.join()).toContain('CORS');
    });

    it('a public address that the server cannot reach keeps pages away, not the server', async () => {
      const closed = { ...open, publicUrl: 'http://127.0.0.1:1' };
      expect(await probeS3(new S3Connection(closed), WEB)).toMatchObject({ provesParts: true, cors: false });
    });

    it('a bucket that is not there is said, and nothing of it passes for missing', async () => {
      const none = { ...bucket, bucket: 'no-such-bucket' };
      const { store, close } = await testS3Store(none);
      const asked = await Promise.allSettled([store.check(), store.stat('EXP26-AAAAA/raw/x')]);
      const reason = { code: 'UNAVAILABLE', message: expect.stringContaining('no-such-bucket') };
      for (const answer of asked) expect(answer).toMatchObject({ reason });
      await close();
    });

    it('a wrong secret is said', async () => {
      const { store, close } = await testS3Store({ ...bucket, secretKey: 'wrong' });
      await expect(store.put('EXP26-AAAAA/raw/x', new Uint8Array(1))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('BEAMDECK_S3_SECRET_KEY'),
      });
      await close();
    });
  });

  describe('addresses', () => {
    let straight: TestS3Store;
    let through: TestS3Store;
    const key = 'EXP26-AAAAA/raw/ein Bild.png';
    const bytes = new Uint8Array(randomBytes(1000));
    beforeAll(async () => {
      straight = await testS3Store(open, { direct: DIRECT, webUrl: WEB });
      through = await testS3Store(bucket, { direct: DIRECT, webUrl: WEB });
      for (const { store } of [straight, through]) await store.put(key, bytes);
    });
    afterAll(() => Promise.all([straight.close(), through.close()]));

    it('lead to the store where pages may read it, and to the data server where not', async () => {
      const [direct, relayed] = await Promise.all([straight.store.signGet(key), through.store.signGet(key)]);
      expect(new URL(direct.url).origin).toBe(open.endpoint);
      expect(new URL(relayed.url).origin).toBe(through.dataUrl);
      for (const { url } of [direct, relayed]) {
        const answer = await fetch(url, { headers: { Range: 'bytes=990-', Origin: WEB } });
        expect(answer.status).toBe(206);
        expect(answer.headers.get('content-range')).toBe('bytes 990-999/1000');
        expect(answer.headers.get('access-control-allow-origin')).toBe(WEB);
        expect(answer.headers.get('content-type')).toBe('image/png');
        expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from(bytes.subarray(990)));
      }
    });

    it('are the same when they are asked for again, so that browsers use what they have', async () => {
      const now = Date.now();
      const { store, close } = await testS3Store(open, { direct: DIRECT, webUrl: WEB, now: () => now });
      const [one, two] = [await store.signGet(key), await store.signGet(key)];
      expect(two).toEqual(one);
      expect(one.expiresAt.getTime() - now).toBeGreaterThanOrEqual(3600 * 1000);
      await close();
    });

    it('give a download its name, in any script', async () => {
      for (const { store } of [straight, through]) {
        const { url } = await store.signGet(key, { download: 'größe "1".png' });
        const answer = await fetch(url);
        expect(answer.headers.get('content-disposition')).toBe(
          "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.png",
        );
        await answer.arrayBuffer();
      }
    });

    it('a part whose address has expired is refused, and is stored under a new one', async () => {
      const part = new Uint8Array(randomBytes(100));
      const upload = { key: 'EXP26-AAAAA/raw/late', partBytes: PART };
      const { uploadRef } = await straight.store.openUpload(upload);
      const connection = new S3Connection(open);
      const expired = await connection.presignPut(
        { Key: upload.key, UploadId: uploadIdOf(uploadRef)!, PartNumber: 1 },
        { expiresInS: 60, isPublic: true, signedAtMs: Date.now() - 120_000 },
      );
      const answer = await fetch(expired, { method: 'PUT', body: Buffer.from(part) });
      expect(answer.status).toBe(403);
      expect((await putPart(straight.store, { ...upload, uploadRef }, 1, part)).status).toBe(200);
      const parts = partsOf(part, PART).map(({ receipt }) => receipt);
      const done = await straight.store.completeUpload({ ...upload, uploadRef, parts, sizeBytes: 100 });
      expect(done.sizeBytes).toBe(100);
    });
  });
});
