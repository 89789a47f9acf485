import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hexCrc, partsOf, putPart } from '#src/server/storage/object-store.contract.ts';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { parseRange } from './send-object.ts';

const PART = 256 * 1024;
let test: TestStore;
beforeAll(async () => {
  test = await testStore();
});
afterAll(() => test.close());

async function openUpload(key: string) {
  const { uploadRef } = await test.store.openUpload({ key, partBytes: PART });
  return { key, uploadRef, partBytes: PART };
}

describe('parts', () => {
  it('refuses bodies larger than the part, without a length, without a checksum', async () => {
    const upload = await openUpload('EXP26-AAAAA/raw/limits');
    expect((await putPart(test.store, upload, 1, new Uint8Array(PART + 1))).status).toBe(413);
    const { url } = await test.store.signPart({ ...upload, partNumber: 1 });
    const noChecksum = await fetch(url, { method: 'PUT', body: 'x' });
    expect(noChecksum.status).toBe(400);
    const body = await noChecksum.json();
    expect(body).toMatchObject({ code: 'BAD_INPUT', requestId: expect.any(String) });
    expect(JSON.stringify(body)).not.toMatch(/stack|at .*\.ts/);
    const chunked = await new Promise<number | undefined>((resolve, reject) => {
      const sending = httpRequest(
        url,
        { method: 'PUT', headers: { [PART_CRC_HEADER]: '00000000', 'Transfer-Encoding': 'chunked' } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      sending.on('error', reject);
      sending.end('x');
    });
    expect(chunked).toBe(400);
    expect(await test.store.listParts(upload)).toEqual([]);
  });

  it('does not record a part whose connection broke', async () => {
    const upload = await openUpload('EXP26-AAAAA/raw/cut');
    const bytes = randomBytes(PART);
    const { url } = await test.store.signPart({ ...upload, partNumber: 1 });
    const target = new URL(url);
    const socket = connect(Number(target.port), target.hostname);
    socket.write(
      `PUT ${target.pathname}${target.search} HTTP/1.1\r\nHost: x\r\nContent-Length: ${PART}\r\n${PART_CRC_HEADER}: ${hexCrc(bytes)}\r\n\r\n`,
    );
    await new Promise((resolve) => socket.write(bytes.subarray(0, PART / 2), resolve));
    socket.resetAndDestroy();
    expect((await putPart(test.store, upload, 2, randomBytes(3))).status).toBe(200);
    expect((await test.store.listParts(upload)).map((part) => part.partNumber)).toEqual([2]);
    // The same part sent again, whole.
    expect((await putPart(test.store, upload, 1, bytes)).status).toBe(200);
    expect(await test.store.listParts(upload)).toHaveLength(2);
  });

  it('ends a PUT under way when its part is sent again', async () => {
    const upload = await openUpload('EXP26-AAAAA/raw/overtaken');
    const bytes = randomBytes(PART);
    const { url } = await test.store.signPart({ ...upload, partNumber: 1 });
    const slow = httpRequest(url, {
      method: 'PUT',
      headers: { [PART_CRC_HEADER]: hexCrc(bytes), 'Content-Length': PART },
    });
    const ended = new Promise((resolve) => slow.on('error', resolve).on('response', resolve));
    slow.write(Buffer.alloc(1000, 1));
    const receipts = join(test.folder, '.uploads', upload.uploadRef, 'receipts');
    await vi.waitFor(async () => expect(await readFile(receipts, 'utf8')).toContain('void'), {
      timeout: 10_000,
    });
    expect((await putPart(test.store, upload, 1, bytes)).status).toBe(200);
    slow.write(Buffer.alloc(1000, 2), () => undefined);
    await ended;
    const parts = partsOf(bytes, PART).map((part) => part.receipt);
    await test.store.completeUpload({ ...upload, parts, sizeBytes: PART });
    expect(Buffer.from(await test.store.readRange(upload.key, 0, PART)).equals(bytes)).toBe(true);
  });

  it('tells a sender that waits to be asked of a refusal before it sends', async () => {
    const upload = await openUpload('EXP26-AAAAA/raw/expect');
    const { url } = await test.store.signPart({ ...upload, partNumber: 1 });
    const ask = (address: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const sending = httpRequest(
          address,
          {
            method: 'PUT',
            headers: {
              [PART_CRC_HEADER]: hexCrc(Buffer.from('abc')),
              'Content-Length': 3,
              Expect: '100-continue',
            },
          },
          (answer) => {
            answer.resume();
            sending.destroy();
            resolve(answer.statusCode);
          },
        );
        sending.on('continue', () => sending.end('abc'));
        sending.on('error', reject);
        sending.flushHeaders();
      });
    expect(await ask(url)).toBe(200);
    expect(await ask(url.replace('/part/', '/part/0'))).toBe(404);
  });

  it('takes a part from a page of the web app, and tells other pages nothing', async () => {
    const upload = await openUpload('EXP26-AAAAA/work/from-a-browser');
    const bytes = randomBytes(1000);
    const send = async (origin: string) => {
      const { url } = await test.store.signPart({ ...upload, partNumber: 1 });
      const headers = { [PART_CRC_HEADER]: hexCrc(bytes), Origin: origin };
      return fetch(url, { method: 'PUT', headers, body: bytes });
    };
    const own = await send(test.webOrigin);
    expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, test.webOrigin]);
    expect((await send('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    expect((await test.store.listParts(upload)).map((part) => part.sizeBytes)).toEqual([1000]);
  });

  it('takes nothing with a read address, nor the other way round, nor when expired', async () => {
    const upload = await openUpload('EXP26-AAAAA/raw/mixed');
    const { url } = await test.store.signPart({ ...upload, partNumber: 1 });
    expect((await fetch(url)).status).toBe(404);
    const read = await test.store.signGet('EXP26-AAAAA/raw/mixed');
    expect((await fetch(read.url, { method: 'PUT', body: 'x' })).status).toBe(404);
    expect((await fetch(read.url, { method: 'DELETE' })).status).toBe(404);
    const expired = await test.store.signGet('EXP26-AAAAA/raw/mixed', { expiresInS: -1000 });
    const answer = await fetch(expired.url);
    expect([answer.status, (await answer.json()).code]).toEqual([403, 'LINK_EXPIRED']);
  });
});

describe('objects', () => {
  const key = 'EXP26-AAAAA/raw/lyso/frames.h5';
  const bytes = randomBytes(9 * 1024 * 1024);
  let url: string;
  beforeAll(async () => {
    await test.store.put(key, bytes);
    ({ url } = await test.store.signGet(key));
  });

  it.each([
    ['bytes=0-0', 206, 0, 1],
    ['bytes=5-', 206, 5, bytes.length],
    ['bytes=-7', 206, bytes.length - 7, bytes.length],
    ['bytes=100-999999999', 206, 100, bytes.length],
    ['bytes=1000000-1999999', 206, 1_000_000, 2_000_000],
    ['bytes=1-2,5-6', 200, 0, bytes.length],
    ['bytes=9-2', 200, 0, bytes.length],
    ['lines=1-2', 200, 0, bytes.length],
  ])('answers the range %s', async (range, status, first, end) => {
    const answer = await fetch(url, { headers: { Range: range } });
    expect(answer.status).toBe(status);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(first, end))).toBe(true);
    expect(answer.headers.get('content-length')).toBe(String(end - first));
    if (status === 206)
      expect(answer.headers.get('content-range')).toBe(`bytes ${first}-${end - 1}/${bytes.length}`);
    expect(answer.headers.get('accept-ranges')).toBe('bytes');
  });

  it('answers 416 beyond the end, HEAD without a body, 304 for what the browser has', async () => {
    const beyond = await fetch(url, { headers: { Range: `bytes=${bytes.length}-` } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    const etag = head.headers.get('etag')!;
    expect((await fetch(url, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    const same = await fetch(url, { headers: { 'If-Range': etag, Range: 'bytes=0-9' } });
    expect(same.status).toBe(206);
    await same.arrayBuffer();
    const other = await fetch(url, { method: 'HEAD', headers: { 'If-Range': '"x"', Range: 'bytes=0-9' } });
    expect(other.status).toBe(200);
  });

  it('lets only the web app read across origins', async () => {
    const allowed = await fetch(url, { headers: { Origin: test.webOrigin, Range: 'bytes=0-0' } });
    expect(allowed.headers.get('access-control-allow-origin')).toBe(test.webOrigin);
    expect(allowed.headers.get('access-control-expose-headers')).toMatch(
      /Content-Range.*Accept-Ranges.*ETag/,
    );
    const foreign = await fetch(url, { headers: { Origin: 'https://evil.example', Range: 'bytes=0-0' } });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { Origin: test.webOrigin } });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      `Range, If-Range, If-None-Match, Content-Type, ${PART_CRC_HEADER}`,
    ]);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, PUT');
    const evil = await fetch(url, { method: 'OPTIONS', headers: { Origin: 'https://evil.example' } });
    expect(evil.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    ['x.html', 'application/octet-stream'],
    ['x.svg', 'application/octet-stream'],
    ['x.js', 'application/octet-stream'],
    ['x.h5', 'application/octet-stream'],
    ['x.png', 'image/png'],
    ['x.LOG', 'text/plain; charset=utf-8'],
  ])('serves %s as %s, never as a page of the app', async (name, type) => {
    await test.store.put(`EXP26-AAAAA/work/${name}`, Buffer.from('<script>alert(1)</script>'));
    const signed = await test.store.signGet(`EXP26-AAAAA/work/${name}`, { download: 'a "b"\r\nX: y;.html' });
    const answer = await fetch(signed.url);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-site');
    expect(answer.headers.get('content-disposition')).toBe(
      "attachment; filename*=UTF-8''a%20%22b%22%0D%0AX%3A%20y%3B.html",
    );
    expect(answer.headers.get('x')).toBeNull();
  });

  it('answers health, and nothing about what it was not asked with a signature', async () => {
    const health = await fetch(`${test.dataUrl}/health`);
    expect([health.status, await health.json()]).toEqual([200, { ok: true, version: 'test' }]);
    for (const path of ['/', `/object/${key}`, '/object/../../etc/passwd', '/part/x/1', '/%00', '//']) {
      const answer = await fetch(`${test.dataUrl}${path}`);
      expect(answer.status, path).toBe(404);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

it('parses ranges', () => {
  expect(parseRange('bytes=0-', 0 + 1)).toEqual({ first: 0, last: 0 });
  expect(() => parseRange('bytes=-0', 10)).toThrow();
  expect(() => parseRange('bytes=0-0', 0)).toThrow();
  expect(parseRange('bytes=-20', 10)).toEqual({ first: 0, last: 9 });
  expect(parseRange(undefined, 10)).toBeNull();
  expect(parseRange('bytes=-', 10)).toBeNull();
});
