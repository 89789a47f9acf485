import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexCrc } from '#src/server/storage/object-store.contract.ts';
import type { PartGrant } from '#src/server/storage/served-store.port.ts';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { recognisePart } from './part-head.ts';

const GRANT: PartGrant = {
  kind: 'part',
  key: 'EXP26-AAAAA/raw/x',
  uploadRef: 'ab'.repeat(16),
  partNumber: 1,
  partBytes: 1000,
  expiresAtS: 1,
};

describe('recognising a plain part PUT', () => {
  const head = (lines: string[], start = 'PUT /part/x?y=1 HTTP/1.1') =>
    Buffer.from(`${[start, ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
  const PLAIN = ['Host: h', 'content-length: 5', `${PART_CRC_HEADER}: 01234567`];
  const recognise = (bytes: Buffer, grant: PartGrant | null = GRANT) => recognisePart(bytes, () => grant);

  it('takes it, whatever the case of its fields, and whatever follows', () => {
    const bytes = head([
      'HOST: h',
      'Content-Length:5',
      'Connection: Keep-Alive',
      `X-Beamdeck-CRC32C:  01234567\t`,
    ]);
    const found = recognise(Buffer.concat([bytes, Buffer.from('hello')]));
    expect(found).toEqual({
      grant: GRANT,
      announced: { sizeBytes: 5, crc32c: '01234567' },
      headBytes: bytes.length,
    });
  });

  it('waits for the rest of a head', () => {
    const bytes = head(PLAIN);
    for (let length = 0; length < bytes.length; length++) {
      expect(recognise(bytes.subarray(0, length)), String(length)).toBe('more');
    }
  });

  it.each<[string, Buffer]>([
    ['another method', head(PLAIN, 'GET /part/x HTTP/1.1')],
    ['another address', head(PLAIN, 'PUT /object/x HTTP/1.1')],
    ['another version', head(PLAIN, 'PUT /part/x HTTP/1.0')],
    ['an absolute address', head(PLAIN, 'PUT http://h/part/x HTTP/1.1')],
    ['a body in chunks', head([...PLAIN, 'Transfer-Encoding: chunked'])],
    ['chunks spelt oddly', head([...PLAIN, 'Transfer-Encoding : chunked'])],
    ['two lengths', head([...PLAIN, 'Content-Length: 6'])],
    ['a list of lengths', head(['Host: h', 'Content-Length: 5, 5', `${PART_CRC_HEADER}: 01234567`])],
    ['a signed length', head(['Host: h', 'Content-Length: +5', `${PART_CRC_HEADER}: 01234567`])],
    ['a folded field', head([...PLAIN, 'X-Y: a', ' b'])],
    ['a field with a bare line feed', head([...PLAIN, 'X-Y: a\nContent-Length: 6'])],
    ['a field with a zero', head([...PLAIN, 'X-Y: a\0'])],
    ['no host', head(PLAIN.slice(1))],
    ['a wish to be asked', head([...PLAIN, 'Expect: 100-continue'])],
    ['a last request', head([...PLAIN, 'Connection: close'])],
    ['a page of another origin', head([...PLAIN, 'Origin: https://x'])],
    ['no checksum', head(PLAIN.slice(0, 2))],
    ['more than the part holds', head(['Host: h', 'Content-Length: 1001', `${PART_CRC_HEADER}: 01234567`])],
    ['a head without end', Buffer.alloc(20_000, 'PUT /part/'.padEnd(100, 'x'))],
  ])('leaves %s to the HTTP server', (_, bytes) => {
    expect(recognise(bytes)).toBe('other');
  });

  it('leaves what is not signed to the HTTP server', () => {
    expect(recognise(head(PLAIN), null)).toBe('other');
  });
});

describe('a connection that sends parts', () => {
  let test: TestStore;
  let seed = 7;
  const next = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  beforeAll(async () => {
    test = await testStore();
  });
  afterAll(() => test.close());

  const PART = 2 * 1024 * 1024;
  async function openUpload(key: string) {
    const { uploadRef } = await test.store.openUpload({ key, partBytes: PART });
    return { key, uploadRef, partBytes: PART };
  }
  async function putBytes(
    upload: Awaited<ReturnType<typeof openUpload>>,
    partNumber: number,
    bytes: Buffer,
    options: { crc?: string; extra?: string } = {},
  ): Promise<Buffer> {
    const { pathname, search } = new URL((await test.store.signPart({ ...upload, partNumber })).url);
    const head = `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\n${options.extra ?? ''}Content-Length: ${bytes.length}\r\n${PART_CRC_HEADER}: ${options.crc ?? hexCrc(bytes)}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), bytes]);
  }
  /** Status codes of `count` answers on the connection. */
  function answers(socket: Socket, count: number): Promise<number[]> {
    return new Promise((resolve, reject) => {
      let text = '';
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`closed after ${text}`)));
      socket.on('data', (piece: Buffer) => {
        text += piece.toString('latin1');
        const found = [...text.matchAll(/HTTP\/1\.1 (\d{3}) [\s\S]*?\r\n\r\n/g)].map((match) =>
          Number(match[1]),
        );
        if (found.length >= count && text.endsWith('}')) resolve(found);
      });
    });
  }
  const dial = () => {
    const { port } = new URL(test.dataUrl);
    return connect(Number(port), '127.0.0.1');
  };

  it('keeps every byte, however the stream is cut and however requests follow each other', async () => {
    const upload = await openUpload('EXP26-AAAAA/raw/stream');
    const sizes = [0, 1, 65_535, 65_536, 65_537, 524_287, 524_288, 524_289, PART, 700_001, 12, 0, PART];
    const parts = sizes.map((size) => randomBytes(size));
    const stream = Buffer.concat(
      await Promise.all(parts.map((bytes, index) => putBytes(upload, index + 1, bytes))),
    );
    const socket = dial();
    const done = answers(socket, parts.length);
    for (let at = 0; at < stream.length; ) {
      const length = 1 + next(next(4) === 0 ? 200 : 300_000);
      socket.write(stream.subarray(at, at + length));
      at += length;
      if (next(5) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await done).toEqual(parts.map(() => 200));
    socket.removeAllListeners('close').destroy();
    expect(await test.store.listParts(upload)).toEqual(
      parts.map((bytes, index) => ({
        partNumber: index + 1,
        sizeBytes: bytes.length,
        crc32c: hexCrc(bytes),
      })),
    );
  });

  it('goes on after refusals in mid-stream: a wrong checksum, an upload that is not open', async () => {
    const upload = await openUpload('EXP26-AAAAA/raw/refusals');
    const gone = await openUpload('EXP26-AAAAA/raw/gone');
    await test.store.abortUpload(gone);
    const bytes = randomBytes(PART);
    const socket = dial();
    const done = answers(socket, 4);
    socket.write(
      Buffer.concat([
        await putBytes(upload, 1, bytes, { crc: '00000000' }),
        await putBytes(gone, 1, bytes),
        await putBytes(gone, 2, Buffer.from('small')),
        await putBytes(upload, 2, bytes),
      ]),
    );
    expect(await done).toEqual([422, 404, 404, 200]);
    socket.removeAllListeners('close').destroy();
    expect((await test.store.listParts(upload)).map((part) => part.partNumber)).toEqual([2]);
  });

  it('is served by the HTTP server from its first other request on, on the same connection', async () => {
    const upload = await openUpload('EXP26-AAAAA/raw/both');
    const [a, b] = [randomBytes(300_000), randomBytes(400_000)];
    const health = Buffer.from('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    const socket = dial();
    const done = answers(socket, 4);
    socket.write(Buffer.concat([await putBytes(upload, 1, a), health, await putBytes(upload, 2, b), health]));
    expect(await done).toEqual([200, 200, 200, 200]);
    socket.removeAllListeners('close').destroy();
    expect(await test.store.listParts(upload)).toHaveLength(2);
  });

  it('gives the same result through the HTTP server', async () => {
    const upload = await openUpload('EXP26-AAAAA/raw/node');
    const bytes = randomBytes(PART);
    const socket = dial();
    const done = answers(socket, 1);
    socket.write(await putBytes(upload, 1, bytes, { extra: 'Connection: close\r\n' }));
    expect(await done).toEqual([200]);
    expect((await test.store.listParts(upload))[0]).toMatchObject({ sizeBytes: PART, crc32c: hexCrc(bytes) });
  });

  it('lets a part under way finish when the server stops, and takes no other', async () => {
    const own = await testStore();
    const { uploadRef } = await own.store.openUpload({ key: 'EXP26-AAAAA/raw/stop', partBytes: PART });
    const upload = { key: 'EXP26-AAAAA/raw/stop', uploadRef, partBytes: PART };
    const bytes = randomBytes(1_000_000);
    const { pathname, search, port } = new URL((await own.store.signPart({ ...upload, partNumber: 1 })).url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n${PART_CRC_HEADER}: ${hexCrc(bytes)}\r\n\r\n`,
    );
    socket.write(bytes.subarray(0, 500_000));
    const idle = connect(Number(port), '127.0.0.1');
    const idleClosed = new Promise((resolve) => idle.on('close', resolve));
    await expect.poll(async () => (await own.store.listParts(upload)).length).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stopped = own.stop(10_000);
    await idleClosed;
    let answer = '';
    socket.on('data', (piece) => {
      answer += piece.toString();
    });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(bytes.subarray(500_000));
    await Promise.all([closed, stopped]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('Connection: close');
    expect(await own.store.listParts(upload)).toHaveLength(1);
    await own.close();
  });
});
