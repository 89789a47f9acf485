import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from './object-store.port.ts';
import { collect, partsOf, putPart, REFUSED_BYTES, type StoreUnderTest } from './store-under-test.ts';

/** What the store promises of files whose size is known before and that are one part; part of the contract of every driver. */
export function wholeFileContract(tested: () => StoreUnderTest): void {
  describe('a file of one part whose size is told', () => {
    let store: ObjectStore;
    let partBytes: number;
    beforeAll(() => {
      ({ store, partBytes } = tested());
    });

    async function opened(key: string, sizeBytes: number) {
      const { uploadRef } = await store.openUpload({ key, partBytes, sizeBytes });
      return { key, uploadRef, partBytes };
    }
    async function uploaded(key: string, bytes: Uint8Array) {
      const upload = await opened(key, bytes.length);
      expect((await putPart(store, upload, 1, bytes)).status).toBe(200);
      const parts = partsOf(bytes, partBytes).map(({ receipt }) => receipt);
      return { ...upload, parts, sizeBytes: bytes.length };
    }
    const some = (size = 1000) => new Uint8Array(randomBytes(size));
    const stored = async (key: string) => Buffer.from(await collect(store.read(key)));

    it.each([0, 1, 20_000])('of %i bytes is stored, and not seen before it is complete', async (size) => {
      const bytes = some(size);
      const key = `EXP26-AAAAA/raw/whole/größe 1 + ${size}.cbf`;
      const upload = await uploaded(key, bytes);
      expect(await store.listParts(upload)).toEqual(upload.parts);
      expect(await store.stat(key)).toBeNull();
      expect(await store.completeUpload(upload)).toMatchObject({ key, sizeBytes: size });
      expect(await store.stat(key)).toMatchObject({ sizeBytes: size });
      expect(await stored(key)).toEqual(Buffer.from(bytes));
      const { url } = await store.signGet(key);
      expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(Buffer.from(bytes));
    });

    it('has nothing, and cannot be completed, before its part came whole and as announced', async () => {
      const bytes = some();
      const upload = await opened('EXP26-AAAAA/raw/whole/bad', bytes.length);
      const completion = { ...upload, parts: partsOf(bytes, partBytes).map(({ receipt }) => receipt) };
      const refused = { code: 'CHECKSUM_MISMATCH', details: { missing: [1] } };
      expect(await store.listParts(upload)).toEqual([]);
      await expect(store.completeUpload({ ...completion, sizeBytes: 1000 })).rejects.toMatchObject(refused);
      expect(REFUSED_BYTES).toContain((await putPart(store, upload, 1, some(), bytes)).status);
      expect(await store.listParts(upload)).toEqual([]);
      await expect(store.completeUpload({ ...completion, sizeBytes: 1000 })).rejects.toMatchObject(refused);
      expect(await store.stat(upload.key)).toBeNull();
      expect((await putPart(store, upload, 1, bytes)).status).toBe(200);
      expect((await store.completeUpload({ ...completion, sizeBytes: 1000 })).sizeBytes).toBe(1000);
    });

    it('may be sent again with other bytes: those declared at the end count', async () => {
      const upload = await uploaded('EXP26-AAAAA/raw/whole/again', some(9000));
      const other = some(10);
      expect((await putPart(store, upload, 1, other)).status).toBe(200);
      const parts = partsOf(other, partBytes).map(({ receipt }) => receipt);
      expect(await store.listParts(upload)).toEqual(parts);
      await expect(
        store.completeUpload({ ...upload, parts: [{ ...parts[0]!, crc32c: '00000000' }], sizeBytes: 10 }),
      ).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH', details: { different: [1] } });
      await store.completeUpload({ ...upload, parts, sizeBytes: 10 });
      expect(await stored(upload.key)).toEqual(Buffer.from(other));
    });

    it('is completed once, however often and however many at a time ask', async () => {
      const upload = await uploaded('EXP26-AAAAA/raw/whole/twice', some());
      const answers = await Promise.all(Array.from({ length: 6 }, () => store.completeUpload(upload)));
      expect(new Set(answers.map(({ storedAt }) => storedAt.getTime())).size).toBe(1);
      expect(await store.completeUpload(upload)).toEqual(answers[0]);
      expect(await store.listParts(upload)).toEqual(upload.parts);
      await expect(
        store.completeUpload({ ...upload, parts: [{ ...upload.parts[0]!, crc32c: '00000000' }] }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('never overwrites an object of another upload, or one that was put', async () => {
      const first = await uploaded('EXP26-AAAAA/raw/whole/taken', some());
      const second = await uploaded('EXP26-AAAAA/raw/whole/taken', some());
      const bytes = await store.completeUpload(first).then(() => stored(first.key));
      await expect(store.completeUpload(second)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await stored(first.key)).toEqual(bytes);
      const late = await uploaded('EXP26-AAAAA/raw/whole/put', some());
      await store.put(late.key, Buffer.from('there'));
      await expect(store.completeUpload(late)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect((await stored(late.key)).toString()).toBe('there');
    });

    it('replaces in one step, and the former bytes stay under their second key', async () => {
      const key = 'EXP26-AAAAA/raw/whole/versioned';
      const [former, newer] = [some(), some()];
      await store.completeUpload(await uploaded(key, former));
      const kept = `_versions/${randomBytes(4).toString('hex')}/1`;
      expect(await store.preserve(key, kept)).toBe(true);
      const replacing = await uploaded(key, newer);
      expect(await stored(key)).toEqual(Buffer.from(former));
      const placed = await store.completeUpload({ ...replacing, replace: true });
      expect(await store.completeUpload({ ...replacing, replace: true })).toEqual(placed);
      expect(await stored(key)).toEqual(Buffer.from(newer));
      expect(await stored(kept)).toEqual(Buffer.from(former));
    });

    it('cannot be completed after it was aborted, and what comes late shows nowhere', async () => {
      const bytes = some();
      const upload = await uploaded('EXP26-AAAAA/raw/whole/aborted', bytes);
      await store.abortUpload(upload);
      await store.abortUpload(upload);
      await expect(store.completeUpload(upload)).rejects.toMatchObject({
        code: expect.stringMatching(/^(NOT_FOUND|CHECKSUM_MISMATCH)$/),
      });
      expect([200, 404]).toContain((await putPart(store, upload, 1, bytes)).status);
      expect(await store.stat(upload.key)).toBeNull();
    });
  });
}
