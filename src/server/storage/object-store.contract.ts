import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore, PartReceipt } from './object-store.port.ts';
import { collect, hexCrc, partsOf, putPart, REFUSED_BYTES, type StoreUnderTest } from './store-under-test.ts';
import { wholeFileContract } from './whole-file.contract.ts';

export { collect, hexCrc, partsOf, putPart, type StoreUnderTest };

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What every driver of the store promises. Parts travel over HTTP to the signed addresses, as agents send them. */
export function objectStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`object store contract: ${name}`, () => {
    let under: StoreUnderTest;
    let store: ObjectStore;
    beforeAll(async () => {
      under = await open();
      store = under.store;
    });
    afterAll(() => under.close());

    async function opened(key: string) {
      const { uploadRef } = await store.openUpload({ key, partBytes: under.partBytes });
      return { key, uploadRef, partBytes: under.partBytes };
    }
    async function uploaded(key: string, bytes: Uint8Array) {
      const upload = await opened(key);
      const parts = partsOf(bytes, under.partBytes);
      for (const part of parts) {
        expect((await putPart(store, upload, part.receipt.partNumber, part.bytes)).status).toBe(200);
      }
      return { ...upload, parts: parts.map((part) => part.receipt), sizeBytes: bytes.length };
    }
    const threeParts = () => new Uint8Array(randomBytes(2 * under.partBytes + 12_345));

    it('stores parts that come in any order, and gives the same bytes back whole and by range', async () => {
      const bytes = threeParts();
      const upload = await opened('EXP26-AAAAA/raw/lyso/übung 1_data_000001.h5');
      const parts = partsOf(bytes, under.partBytes);
      for (const part of parts.toReversed()) {
        expect((await putPart(store, upload, part.receipt.partNumber, part.bytes)).status).toBe(200);
      }
      expect(await store.stat(upload.key)).toBeNull();
      const receipts = parts.map((part) => part.receipt);
      expect(await store.listParts(upload)).toEqual(receipts);
      const stored = await store.completeUpload({ ...upload, parts: receipts, sizeBytes: bytes.length });
      expect(stored.sizeBytes).toBe(bytes.length);
      expect(sha256(await collect(store.read(upload.key)))).toBe(sha256(bytes));
      const at = under.partBytes - 10;
      expect(Buffer.from(await store.readRange(upload.key, at, 20))).toEqual(
        Buffer.from(bytes.subarray(at, at + 20)),
      );
      const { url } = await store.signGet(upload.key);
      const ranged = await fetch(url, { headers: { Range: `bytes=${at}-${at + 19}` } });
      expect(ranged.status).toBe(206);
      expect(Buffer.from(await ranged.arrayBuffer())).toEqual(Buffer.from(bytes.subarray(at, at + 20)));
    });

    it('stores an empty object', async () => {
      const upload = await uploaded('EXP26-AAAAA/raw/empty', new Uint8Array(0));
      expect((await store.completeUpload(upload)).sizeBytes).toBe(0);
      expect(await collect(store.read(upload.key))).toHaveLength(0);
    });

    it('refuses a part whose bytes are not the announced ones, and does not record it', async () => {
      const upload = await opened('EXP26-AAAAA/raw/bad-part');
      const bytes = new Uint8Array(randomBytes(1000));
      const answer = await putPart(store, upload, 1, bytes, new Uint8Array(randomBytes(1000)));
      expect(REFUSED_BYTES).toContain(answer.status);
      expect(await store.listParts(upload)).toEqual([]);
      const parts = partsOf(bytes, under.partBytes).map((part) => part.receipt);
      await expect(store.completeUpload({ ...upload, parts, sizeBytes: 1000 })).rejects.toMatchObject({
        code: 'CHECKSUM_MISMATCH',
      });
      expect(await store.stat(upload.key)).toBeNull();
    });

    it('never takes a failed second try of a part for its bytes', async () => {
      const upload = await uploaded('EXP26-AAAAA/raw/again', new Uint8Array(randomBytes(5000)));
      const other = new Uint8Array(randomBytes(5000));
      const failed = await putPart(store, upload, 1, other, new Uint8Array(randomBytes(5000)));
      expect(REFUSED_BYTES).toContain(failed.status);
      // The first try, untouched, or nothing.
      expect([[], upload.parts]).toContainEqual(await store.listParts(upload));
      expect((await putPart(store, upload, 1, other)).status).toBe(200);
      const parts = partsOf(other, under.partBytes).map((part) => part.receipt);
      await store.completeUpload({ ...upload, parts });
      expect(sha256(await collect(store.read(upload.key)))).toBe(sha256(other));
    });

    it('cuts what a longer first try of the last part left behind', async () => {
      const upload = await uploaded('EXP26-AAAAA/raw/shorter', new Uint8Array(randomBytes(9000)));
      const shorter = new Uint8Array(randomBytes(10));
      expect((await putPart(store, upload, 1, shorter)).status).toBe(200);
      const parts = partsOf(shorter, under.partBytes).map((part) => part.receipt);
      expect(await store.completeUpload({ ...upload, parts, sizeBytes: 10 })).toMatchObject({
        sizeBytes: 10,
      });
    });

    it.each([
      [
        'a wrong checksum',
        (parts: PartReceipt[]) => [{ ...parts[0]!, crc32c: 'deadbeef' }, ...parts.slice(1)],
      ],
      ['a part less', (parts: PartReceipt[]) => parts.slice(0, -1)],
      [
        'a part more',
        (parts: PartReceipt[]) => {
          const full = parts.map((part) => ({ ...part, sizeBytes: under.partBytes }));
          return [...full, { partNumber: 4, sizeBytes: 7, crc32c: '00000000' }];
        },
      ],
    ])('refuses a completion that declares %s; the right one still succeeds', async (what, change) => {
      const upload = await uploaded(`EXP26-AAAAA/raw/declared ${what}`, threeParts());
      const parts = change(upload.parts);
      const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
      await expect(store.completeUpload({ ...upload, parts, sizeBytes })).rejects.toMatchObject({
        code: 'CHECKSUM_MISMATCH',
      });
      expect(await store.stat(upload.key)).toBeNull();
      expect((await putPart(store, upload, 1, new Uint8Array(0))).status).toBe(200);
      await expect(store.completeUpload(upload)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    });

    it('refuses declarations that do not add up', async () => {
      const upload = await uploaded('EXP26-AAAAA/raw/sum', threeParts());
      await expect(
        store.completeUpload({ ...upload, sizeBytes: upload.sizeBytes + 1 }),
      ).rejects.toMatchObject({ code: 'BAD_INPUT' });
      await expect(
        store.completeUpload({ ...upload, parts: upload.parts.toReversed() }),
      ).rejects.toMatchObject({ code: 'BAD_INPUT' });
      expect((await store.completeUpload(upload)).sizeBytes).toBe(upload.sizeBytes);
    });

    it('completes once, however often and however many at a time ask', async () => {
      const upload = await uploaded('EXP26-AAAAA/raw/twice', threeParts());
      const answers = await Promise.all(Array.from({ length: 6 }, () => store.completeUpload(upload)));
      expect(new Set(answers.map((answer) => answer.sizeBytes))).toEqual(new Set([upload.sizeBytes]));
      expect(await store.completeUpload(upload)).toEqual(answers[0]);
      expect(await store.listParts(upload)).toEqual(upload.parts);
      await expect(
        store.completeUpload({
          ...upload,
          parts: upload.parts.map((part) => ({ ...part, crc32c: '00000000' })),
        }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await putPart(store, upload, 1, new Uint8Array(5))).status).toBe(404);
    });

    it('never overwrites an object by another upload', async () => {
      const first = await uploaded('EXP26-AAAAA/raw/taken', new Uint8Array(randomBytes(100)));
      const second = await uploaded('EXP26-AAAAA/raw/taken', new Uint8Array(randomBytes(100)));
      await store.completeUpload(first);
      await expect(store.completeUpload(second)).rejects.toMatchObject({ code: 'CONFLICT' });
      await store.completeUpload(first);
    });

    it('keeps former bytes under a second key while an upload replaces the object', async () => {
      const key = 'EXP26-AAAAA/raw/versioned';
      const [former, newer] = [new Uint8Array(randomBytes(100)), threeParts()];
      await store.completeUpload(await uploaded(key, former));
      const kept = `_versions/${randomBytes(4).toString('hex')}/1`;
      expect(await store.preserve(key, kept)).toBe(true);
      const replacing = await uploaded(key, newer);
      const placed = await store.completeUpload({ ...replacing, replace: true });
      expect(placed.sizeBytes).toBe(newer.length);
      expect(await store.preserve(key, kept)).toBe(false);
      expect(sha256(await collect(store.read(kept)))).toBe(sha256(former));
      expect(sha256(await collect(store.read(key)))).toBe(sha256(newer));
      expect(await store.completeUpload({ ...replacing, replace: true })).toEqual(placed);
      const [before, after] = await Promise.all([1, 2].map((version) => store.signGet(key, { version })));
      expect(after!.url).not.toBe(before!.url);
      expect(sha256(Buffer.from(await (await fetch(after!.url)).arrayBuffer()))).toBe(sha256(newer));
      await store.delete(key);
      expect(await store.stat(kept)).toMatchObject({ sizeBytes: 100 });
      await expect(store.preserve(key, `${kept}0`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('leaves the object as it was when a completion that would replace it is refused', async () => {
      const key = 'EXP26-AAAAA/raw/refused-replacement';
      const former = new Uint8Array(randomBytes(100));
      await store.completeUpload(await uploaded(key, former));
      const upload = await uploaded(key, new Uint8Array(randomBytes(100)));
      const parts = upload.parts.map((part) => ({ ...part, crc32c: '00000000' }));
      await expect(store.completeUpload({ ...upload, parts, replace: true })).rejects.toMatchObject({
        code: 'CHECKSUM_MISMATCH',
      });
      expect(sha256(await collect(store.read(key)))).toBe(sha256(former));
    });

    it('forgets an aborted upload', async () => {
      const upload = await uploaded('EXP26-AAAAA/raw/aborted', new Uint8Array(10));
      await store.abortUpload(upload);
      await store.abortUpload(upload);
      expect((await putPart(store, upload, 1, new Uint8Array(10))).status).toBe(404);
      await expect(store.completeUpload(upload)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(store.listParts(upload)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('takes the name from bytes whose completion nobody recorded, where nobody else can have put them there', async () => {
      const size = 2 * under.partBytes;
      const [named, open] = await Promise.all([
        uploaded('EXP26-AAAAA/raw/named', new Uint8Array(randomBytes(size))),
        uploaded('EXP26-AAAAA/raw/open', new Uint8Array(randomBytes(size))),
      ]);
      await store.completeUpload(named);
      await store.put(open.key, Buffer.from("somebody else's"));
      await store.abortUpload({ ...named, holdsKey: true, isRecorded: true });
      expect(await store.stat(named.key)).not.toBeNull();
      for (const upload of [named, open]) await store.abortUpload({ ...upload, holdsKey: true });
      expect(await store.stat(named.key)).toBeNull();
      expect(await store.stat(open.key)).not.toBeNull();
    });

    it('puts, replaces, moves and deletes objects of its own', async () => {
      const key = 'EXP26-AAAAA/processed/run/result.json';
      async function* pieces() {
        yield Buffer.from('{"a":');
        yield Buffer.from('1}');
      }
      const stored = await store.put(key, pieces());
      expect(stored).toMatchObject({ key, sizeBytes: 7, sha256: sha256(Buffer.from('{"a":1}')) });
      await expect(store.put(key, Buffer.from('x'), { ifAbsent: true })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      await store.put(key, Buffer.from('second'));
      expect((await collect(store.read(key))).toString()).toBe('second');
      const moved = 'EXP26-BBBBB/processed/new/result.json';
      await store.move(key, moved);
      expect(await store.stat(key)).toBeNull();
      expect((await store.stat(moved))?.sizeBytes).toBe(6);
      await store.put(key, Buffer.from('third'));
      await expect(store.move(key, moved)).rejects.toMatchObject({ code: 'CONFLICT' });
      await store.delete(moved);
      await store.delete(moved);
      await expect(store.move(moved, key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('says what is not there', async () => {
      await expect(store.readRange('EXP26-AAAAA/raw/none', 0, 1)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      await expect(collect(store.read('EXP26-AAAAA/raw/none'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await store.put('EXP26-AAAAA/work/four', Buffer.from('four'));
      await expect(store.readRange('EXP26-AAAAA/work/four', 4, 1)).rejects.toMatchObject({
        code: 'RANGE_NOT_SATISFIABLE',
      });
      expect(Buffer.from(await store.readRange('EXP26-AAAAA/work/four', 2, 10)).toString()).toBe('ur');
    });

    it.each(['../x/y', '/etc/passwd', 'a/../../x', 'a//b', 'a', '.uploads/x/data', 'a\\b/c', 'a/b\u0000'])(
      'refuses the key %j',
      async (key) => {
        await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'BAD_INPUT' });
        await expect(store.openUpload({ key, partBytes: 1 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
        await expect(store.signGet(key)).rejects.toMatchObject({ code: 'BAD_INPUT' });
      },
    );

    it('gives keys for a prefix that end by themselves, or says that it gives none', async () => {
      const hours = await store.prefixKeyHours();
      const asked = store.lendKey('EXP26-AAAAA', 'somebody');
      if (hours === null) {
        await expect(asked).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        return;
      }
      const { prefix, expiresAt } = await asked;
      expect(prefix).toBe('EXP26-AAAAA');
      expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
      expect(expiresAt.getTime()).toBeLessThan(Date.now() + (hours + 0.1) * 3_600_000);
    });

    wholeFileContract(() => under);

    it('is well', async () => {
      await expect(store.check()).resolves.toBeUndefined();
    });
  });
}
