import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NO_RGW, startRgw, type ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';
import { type CountingProxy, countingProxy } from '../../testing/counting-proxy.ts';
import { type TestS3Store, testS3Store } from '../../testing/test-s3-store.ts';
import { collect, partsOf, putPart } from './object-store.contract.ts';
import type { ObjectStore } from './object-store.port.ts';
import { probeS3, reportLines } from './s3-capabilities.ts';
import { deleteIfStill } from './s3-conditional-delete.ts';
import { S3Connection } from './s3-connection.ts';
import { S3Objects } from './s3-objects.ts';

const PART = 5 * 1024 * 1024;

/** Small new files, put straight onto their keys (docs/decisions/0020). */
describe.skipIf(NO_RGW !== null)(`new objects on Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let rgw: ThrowawayRgw;
  let proxy: CountingProxy;
  let straight: TestS3Store;
  beforeAll(async () => {
    rgw = await startRgw();
    proxy = await countingProxy(rgw.settings.endpoint);
    const counted = { ...rgw.settings, endpoint: proxy.origin, publicUrl: proxy.origin };
    straight = await testS3Store(counted, { direct: ['parts'] });
  });
  afterAll(async () => {
    await straight?.close();
    await proxy?.close();
    await rgw?.close();
  });

  const some = (size = 1000) => new Uint8Array(randomBytes(size));
  const under = (name: string) => `EXP26-AAAAA/raw/straight/${name}`;
  async function opened(name: string, bytes: Uint8Array, store: ObjectStore = straight.store) {
    const key = under(name);
    const sizeBytes = bytes.length;
    const { uploadRef } = await store.openUpload({ key, partBytes: PART, sizeBytes, isNew: true });
    const parts = partsOf(bytes, PART).map(({ receipt }) => receipt);
    return { key, uploadRef, partBytes: PART, parts, sizeBytes };
  }
  type Upload = Awaited<ReturnType<typeof opened>>;
  const put = async (upload: Upload, bytes: Uint8Array, { store } = straight) =>
    (await putPart(store, upload, 1, bytes)).status;
  async function sent(name: string, bytes: Uint8Array) {
    const upload = await opened(name, bytes);
    expect(await put(upload, bytes)).toBe(200);
    return upload;
  }
  const stored = async (key: string) => Buffer.from(await collect(straight.store.read(key)));
  const complete = (upload: Upload) => straight.store.completeUpload(upload);

  it('cost one put and one look', async () => {
    await straight.store.partCheck();
    proxy.taken();
    for (let nth = 0; nth < 10; nth++) {
      const [bytes, key] = [some(), under(`cheap ${nth}`)];
      expect(await straight.store.isTaken({ key, partBytes: PART, sizeBytes: bytes.length })).toBe(false);
      expect(await complete(await sent(`cheap ${nth}`, bytes))).toMatchObject({ key, sizeBytes: 1000 });
      expect(proxy.taken()).toEqual(['PUT', 'HEAD']);
      expect(await stored(key)).toEqual(Buffer.from(bytes));
      proxy.taken();
    }
  });

  it.each([0, 1, PART])('of %i bytes are stored, under any name', async (size) => {
    const bytes = some(size);
    const upload = await sent(`größe (1) + 'zwei'! ~*&?=%20 ${size}.cbf`, bytes);
    expect(await straight.store.listParts(upload)).toEqual(upload.parts);
    const first = await complete(upload);
    expect(await complete(upload)).toEqual(first);
    expect(await stored(upload.key)).toEqual(Buffer.from(bytes));
  });

  it('take the announced bytes only, only with the condition, and only as made of their upload', async () => {
    const bytes = some();
    const upload = await opened('bound', bytes);
    const md5 = createHash('md5').update(bytes).digest();
    const announced = { ...upload.parts[0]!, md5: md5.toString('hex') };
    const { url, headers } = await straight.store.signPart({ ...upload, partNumber: 1, announced });
    const right = { ...headers, 'Content-MD5': md5.toString('base64') };
    const status = async (sending: Record<string, string>, body = bytes) => {
      const send = () => fetch(url, { method: 'PUT', body: Buffer.from(body), headers: sending });
      // A gateway that has refused a body closes the connection.
      return (await send().catch(send)).status;
    };
    const { 'if-none-match': condition, ...unconditional } = right as Record<string, string>;
    expect(condition).toBe('*');
    const made = Object.keys(headers).find((name) => name.startsWith('x-amz-meta-'))!;
    const other = some();
    expect(await status(unconditional)).toBe(403);
    expect(await status({ ...right, [made]: `${right[made as keyof typeof right]}0` })).toBe(403);
    expect(await status(right, other)).toBe(400);
    expect(await status(right, some(999))).toBe(403);
    expect(await straight.store.stat(upload.key)).toBeNull();
    expect(await status(right)).toBe(200);
    expect(await status(right)).toBe(412);
    await complete(upload);
  });

  it('are told missing when nothing came, and taken when somebody else is there, whom nothing harms', async () => {
    const [bytes, other] = [some(), Buffer.from('of a job')];
    const upload = await opened('taken', bytes);
    await expect(complete(upload)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      details: { missing: [1] },
    });
    await straight.store.put(upload.key, other);
    expect(await put(upload, bytes)).toBe(412);
    await expect(complete(upload)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await straight.store.madeOf(upload.key)).toEqual({ uploadRef: null });
    // From now on it is looked for.
    expect(await straight.store.isTaken(upload)).toBe(true);
    await straight.store.abortUpload(upload);
    expect(await stored(upload.key)).toEqual(other);
    await straight.store.delete(upload.key);
    expect(await straight.store.madeOf(upload.key)).toBeNull();
    expect(await straight.store.isTaken(upload)).toBe(false);
  });

  it('of an aborted upload go, also what comes late; a recorded one and that of another upload stay', async () => {
    const bytes = some();
    const first = await sent('aborted', bytes);
    expect(await straight.store.madeOf(first.key)).toEqual({ uploadRef: first.uploadRef });
    await straight.store.abortUpload(first);
    expect(await straight.store.stat(first.key)).toBeNull();
    expect(await put(first, bytes)).toBe(200);
    const second = await opened('aborted', some(10));
    expect(await put(second, some(10))).toBe(412);
    await straight.store.abortUpload(second);
    await straight.store.abortUpload({ ...first, isRecorded: true });
    expect(await stored(first.key)).toEqual(Buffer.from(bytes));
    await straight.store.abortUpload(first);
    expect(await straight.store.stat(first.key)).toBeNull();
  });

  it('are not completed as other bytes of their upload', async () => {
    const upload = await sent('changed', some(10));
    const other = some(10);
    expect(await put(upload, other)).toBe(412);
    const parts = partsOf(other, PART).map(({ receipt }) => receipt);
    await expect(complete({ ...upload, parts })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await complete(upload)).sizeBytes).toBe(10);
  });

  it('are completed by another process, and after their part came by both ways', async () => {
    const bytes = some();
    const upload = await sent('both ways', bytes);
    const through = await testS3Store(rgw.settings);
    expect(await put(upload, bytes, through)).toBe(200);
    const first = await through.store.completeUpload(upload);
    expect(await complete(upload)).toEqual(first);
    const relayed = await opened('relayed', bytes);
    const { url } = await straight.store.signPart({ ...relayed, partNumber: 1 });
    const headers = { [PART_CRC_HEADER]: relayed.parts[0]!.crc32c };
    expect((await fetch(url, { method: 'PUT', body: Buffer.from(bytes), headers })).status).toBe(200);
    expect(await straight.store.stat(relayed.key)).toBeNull();
    expect((await complete(relayed)).sizeBytes).toBe(1000);
    expect(await put(relayed, bytes)).toBe(412);
    await through.close();
  });

  it('keep what replaced them when their own put comes late', async () => {
    const [bytes, newer] = [some(), some(20)];
    const upload = await sent('replaced', bytes);
    await complete(upload);
    const { store } = straight;
    const parts = partsOf(newer, PART).map(({ receipt }) => receipt);
    const of = { key: upload.key, partBytes: PART, sizeBytes: newer.length };
    const replacing = { ...of, ...(await store.openUpload(of)), parts };
    expect((await putPart(store, replacing, 1, newer)).status).toBe(200);
    expect(await stored(upload.key)).toEqual(Buffer.from(bytes));
    await store.completeUpload({ ...replacing, replace: true });
    expect(await put(upload, bytes)).toBe(412);
    await store.abortUpload(upload);
    expect(await stored(upload.key)).toEqual(Buffer.from(newer));
  });

  it('a removal that was held up does not meet what came after', async () => {
    const connection = new S3Connection(rgw.settings);
    const objects = new S3Objects(connection);
    const key = under('held up');
    await straight.store.put(key, Buffer.from('former'));
    const seen = (await objects.stat(key))!;
    await sleep(1100);
    await straight.store.put(key, Buffer.from('newer'));
    await deleteIfStill(connection, seen);
    expect((await stored(key)).toString()).toBe('newer');
    await deleteIfStill(connection, (await objects.stat(key))!);
    expect(await objects.stat(key)).toBeNull();
    await deleteIfStill(connection, seen);
  });

  it('the store killed while one is put: there is all of it or nothing, and sent again it is there once', async () => {
    const bytes = some(2 * 1024 * 1024);
    const upload = await opened('killed', bytes);
    const sending = put(upload, bytes).catch(() => 0);
    await rgw.kill();
    await sending;
    await rgw.start();
    expect([200, 412]).toContain(await put(upload, bytes));
    await complete(upload);
    expect(await stored(upload.key)).toEqual(Buffer.from(bytes));
  });

  it('a clock of ours that is an hour wrong signs addresses that count', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3600 * 1000 });
    try {
      const skewed = await testS3Store(rgw.settings, { direct: ['parts'] });
      expect(await skewed.store.partCheck()).toBe('md5');
      const bytes = some();
      const upload = await opened('skewed', bytes, skewed.store);
      expect(await put(upload, bytes, skewed)).toBe(200);
      expect((await skewed.store.completeUpload(upload)).sizeBytes).toBe(1000);
      await skewed.close();
    } finally {
      vi.useRealTimers();
    }
  });

  describe('on a store that pays no attention to the condition', () => {
    it('are copied to their names as before, and the report says so', async () => {
      const { hostname, port } = new URL(rgw.settings.endpoint);
      // Takes every put that is refused for its condition for done.
      const heedless = createServer((incoming, outgoing) => {
        const { method, headers, url: path } = incoming;
        const asked = httpRequest({ hostname, port, method, path, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode === 412 ? 200 : answer.statusCode!, answer.rawHeaders);
          answer.pipe(outgoing);
        });
        incoming.pipe(asked);
      });
      await new Promise<void>((resolve) => heedless.listen(0, '127.0.0.1', resolve));
      const origin = `http://127.0.0.1:${(heedless.address() as AddressInfo).port}`;
      const settings = { ...rgw.settings, endpoint: origin, publicUrl: origin };
      const can = await probeS3(new S3Connection(settings), straight.webUrl);
      expect(can).toMatchObject({ bindsMd5: true, bindsCondition: false });
      expect(reportLines(can, ['parts'], straight.webUrl)).toContain(
        'small new files: copied to their names',
      );
      const test = await testS3Store(settings, { direct: ['parts'] });
      const bytes = some();
      const upload = await opened('heedless', bytes, test.store);
      expect(await put(upload, bytes, test)).toBe(200);
      expect(await straight.store.stat(upload.key)).toBeNull();
      expect((await test.store.completeUpload(upload)).sizeBytes).toBe(1000);
      expect(await test.store.isTaken(upload)).toBe(true);
      await test.close();
      heedless.closeAllConnections();
      await new Promise((resolve) => heedless.close(resolve));
    });

    it('where it does, the report says so', async () => {
      const can = await probeS3(new S3Connection(rgw.settings), straight.webUrl);
      expect(reportLines(can, ['parts'], straight.webUrl)).toContain('small new files: onto their names');
    });
  });
});
