import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NO_RGW, startRgw, type ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';
import { type TestS3Store, testS3Store } from '../../testing/test-s3-store.ts';
import { collect, hexCrc, partsOf, putPart } from './object-store.contract.ts';
import { S3Connection } from './s3-connection.ts';

const PART = 5 * 1024 * 1024;

describe.skipIf(NO_RGW !== null)(`faults of an s3 store on Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let rgw: ThrowawayRgw;
  let test: TestS3Store;
  beforeAll(async () => {
    rgw = await startRgw();
    test = await testS3Store(rgw.settings);
  });
  afterAll(async () => {
    await test.close();
    await rgw.close();
  });

  async function opened(key: string) {
    const { uploadRef } = await test.store.openUpload({ key, partBytes: PART });
    return { key, uploadRef, partBytes: PART };
  }
  const threeParts = () => {
    const bytes = new Uint8Array(randomBytes(2 * PART + 1000));
    const parts = partsOf(bytes, PART);
    return { bytes, parts, receipts: parts.map(({ receipt }) => receipt) };
  };
  async function codeOf(answer: Response) {
    return [answer.status, ((await answer.json()) as { code: string }).code];
  }

  it('killed in mid-part: that part is not there, the others are, and the upload goes on', async () => {
    const upload = await opened('EXP26-AAAAA/raw/killed');
    const { bytes, parts, receipts } = threeParts();
    expect((await putPart(test.store, upload, 1, parts[0]!.bytes)).status).toBe(200);
    const { url } = await test.store.signPart({ ...upload, partNumber: 2 });
    const answered = new Promise<number>((resolve, reject) => {
      const headers = { 'content-length': PART, [PART_CRC_HEADER]: receipts[1]!.crc32c };
      const sending = request(url, { method: 'PUT', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      });
      sending.on('error', reject);
      sending.write(parts[1]!.bytes.subarray(0, PART / 2), () => {
        rgw.kill().then(() => sending.end(parts[1]!.bytes.subarray(PART / 2)), reject);
      });
    });
    expect(await answered).toBe(503);
    expect(await codeOf(await putPart(test.store, upload, 3, parts[2]!.bytes))).toEqual([503, 'UNAVAILABLE']);
    const asked = await Promise.allSettled([
      test.store.check(),
      test.store.listParts(upload),
      test.store.stat(upload.key),
      test.store.completeUpload({ ...upload, parts: receipts, sizeBytes: bytes.length }),
    ]);
    for (const answer of asked) expect(answer).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
    await rgw.start();
    expect(await test.store.listParts(upload)).toEqual([receipts[0]]);
    for (const part of parts.slice(1)) {
      expect((await putPart(test.store, upload, part.receipt.partNumber, part.bytes)).status).toBe(200);
    }
    await test.store.completeUpload({ ...upload, parts: receipts, sizeBytes: bytes.length });
    expect(hexCrc(await collect(test.store.read(upload.key)))).toBe(hexCrc(bytes));
  });

  it('killed while a completion is answered: asked again, the object is there once and whole', async () => {
    const { bytes, parts, receipts } = threeParts();
    const upload = await opened('EXP26-AAAAA/raw/half-completed');
    for (const part of parts) await putPart(test.store, upload, part.receipt.partNumber, part.bytes);
    const completion = { ...upload, parts: receipts, sizeBytes: bytes.length };
    const first = test.store.completeUpload(completion).then(
      () => 'done',
      (error) => error.code,
    );
    await rgw.kill();
    expect(['done', 'UNAVAILABLE']).toContain(await first);
    await rgw.start();
    expect((await test.store.completeUpload(completion)).sizeBytes).toBe(bytes.length);
    expect(hexCrc(await collect(test.store.read(upload.key)))).toBe(hexCrc(bytes));
  });

  it('slow: a store that says nothing for a while gets the part all the same', async () => {
    const upload = await opened('EXP26-AAAAA/raw/slow');
    const { parts, receipts } = threeParts();
    rgw.freeze();
    const sent = putPart(test.store, upload, 1, parts[0]!.bytes);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    rgw.thaw();
    expect((await sent).status).toBe(200);
    expect(await test.store.listParts(upload)).toEqual([receipts[0]]);
  });

  it('full: STORE_FULL, nothing stored is touched, and it goes on when there is room', async () => {
    const kept = new Uint8Array(randomBytes(1000));
    await test.store.put('EXP26-AAAAA/raw/kept', kept);
    const upload = await opened('EXP26-AAAAA/raw/full');
    const { parts } = threeParts();
    const user = ['--uid', 'beamdeck', '--quota-scope', 'user'];
    await rgw.admin('quota', 'set', ...user, '--max-size', '4096');
    await rgw.admin('quota', 'enable', ...user);
    try {
      expect(await codeOf(await putPart(test.store, upload, 1, parts[0]!.bytes))).toEqual([
        507,
        'STORE_FULL',
      ]);
      await expect(test.store.put('EXP26-AAAAA/processed/big', parts[0]!.bytes)).rejects.toMatchObject({
        code: 'STORE_FULL',
      });
      expect(Buffer.from(await collect(test.store.read('EXP26-AAAAA/raw/kept')))).toEqual(Buffer.from(kept));
    } finally {
      await rgw.admin('quota', 'disable', ...user);
    }
    expect((await putPart(test.store, upload, 1, parts[0]!.bytes)).status).toBe(200);
  });

  it('a clock of ours that is an hour wrong: requests and signed addresses count all the same', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3600 * 1000 });
    try {
      const skewed = await testS3Store(rgw.settings, { direct: ['parts'] });
      const bytes = new Uint8Array(randomBytes(1000));
      await skewed.store.put('EXP26-AAAAA/raw/skewed', bytes);
      expect(Buffer.from(await collect(skewed.store.read('EXP26-AAAAA/raw/skewed')))).toEqual(
        Buffer.from(bytes),
      );
      const upload = { key: 'EXP26-AAAAA/raw/skewed part', partBytes: PART };
      const { uploadRef } = await skewed.store.openUpload(upload);
      expect(await skewed.store.partCheck()).toBe('md5');
      expect((await putPart(skewed.store, { ...upload, uploadRef }, 1, bytes)).status).toBe(200);
      expect(await skewed.store.listParts({ ...upload, uploadRef })).toHaveLength(1);
      await skewed.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('an object longer than one copy takes is copied in parts, whole', async () => {
    const small = await testS3Store(rgw.settings, { copyBytes: PART });
    const bytes = new Uint8Array(randomBytes(2 * PART + 77));
    await small.store.put('EXP26-AAAAA/raw/long', bytes);
    await small.store.move('EXP26-AAAAA/raw/long', 'EXP26-BBBBB/raw/long copy');
    expect(hexCrc(await collect(small.store.read('EXP26-BBBBB/raw/long copy')))).toBe(hexCrc(bytes));
    expect(await small.store.stat('EXP26-AAAAA/raw/long')).toBeNull();
    await small.close();
  });

  it('a long object of the server itself goes in parts, and no half of it is left when its source breaks', async () => {
    const whole = new Uint8Array(randomBytes(33 * 1024 * 1024));
    async function* broken() {
      yield whole;
      throw new Error('the source broke');
    }
    const key = 'EXP26-AAAAA/processed/long';
    await expect(test.store.put(key, broken())).rejects.toThrow('the source broke');
    expect(await test.store.stat(key)).toBeNull();
    await test.store.put(key, whole);
    expect(hexCrc(await collect(test.store.read(key)))).toBe(hexCrc(whole));
  });

  it('sweeps uploads that nobody knows and leaves all others', async () => {
    const forgotten = await opened('EXP26-AAAAA/raw/forgotten');
    const known = await opened('EXP26-AAAAA/raw/known');
    const part = new Uint8Array(randomBytes(1000));
    for (const upload of [forgotten, known]) {
      expect((await putPart(test.store, upload, 1, part)).status).toBe(200);
    }
    const everything = await openRefs();
    const sweep = { known: new Set(everything.filter((ref) => ref !== forgotten.uploadRef)) };
    expect(await test.store.sweepUploads({ ...sweep, before: new Date(Date.now() - 60_000) })).toBe(0);
    expect(await test.store.listParts(forgotten)).toHaveLength(1);
    expect(await test.store.sweepUploads({ ...sweep, before: new Date(Date.now() + 60_000) })).toBe(1);
    await expect(test.store.listParts(forgotten)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await test.store.listParts(known)).toHaveLength(1);
    expect(await openRefs()).not.toContain(forgotten.uploadRef);
  });

  /** References of which the bucket has notes. */
  async function openRefs(): Promise<string[]> {
    const listed = await new S3Connection(rgw.settings).run('its uploads', ({ lib, client, bucket }) =>
      client.send(new lib.ListObjectsV2Command({ Bucket: bucket, Prefix: '.uploads/' })),
    );
    return [...new Set((listed.Contents ?? []).map(({ Key }) => Key!.split('/')[1]!))];
  }
});
