import { createHash, randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { hexCrc } from './object-store.contract.ts';
import type { PartReceipt } from './object-store.port.ts';
import { S3PartWriter } from './s3-part-writer.ts';

/** What a real store does not do when asked (s3-*.eng.test.ts have a real one): lie, or hang up at the wrong moment. */
describe('a part on its way to an S3 store', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const bytes = new Uint8Array(randomBytes(300_000));
  const md5 = createHash('md5').update(bytes).digest('hex');
  const announced = { sizeBytes: bytes.length, crc32c: hexCrc(bytes) };
  const recorded: [PartReceipt, string][] = [];
  let refusals = 0;

  async function storeThat(answers: RequestListener): Promise<string> {
    server = createServer(answers);
    // Node says "continue" by itself unless somebody else decides.
    server.on('checkContinue', answers);
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server!.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/part`;
  }

  /** Sends the bytes in pieces; resolves with what the writer says, when every piece was given back. */
  async function send(url: string, said = announced, arrived: Promise<unknown> = Promise.resolve()) {
    recorded.length = 0;
    refusals = 0;
    const writer = new S3PartWriter(
      { url, partNumber: 3, sizeBytes: said.sizeBytes },
      {
        taken: async (...what) => void recorded.push(what),
        refused: async () => {
          refusals += 1;
        },
      },
    );
    let givenBack = 0;
    const pieces = [0, 1, 2].map((n) => bytes.subarray(n * 100_000, (n + 1) * 100_000));
    for (const piece of pieces) {
      writer.write(piece, () => {
        givenBack += 1;
      });
    }
    await arrived;
    const outcome = await writer.finish(said).then(
      (receipt) => receipt,
      (error) => error,
    );
    while (givenBack < pieces.length) await new Promise((resolve) => setImmediate(resolve));
    return outcome;
  }

  const takes =
    (etag: string, seen: number[] = []): RequestListener =>
    (request, response) => {
      let size = 0;
      if (request.headers.expect) response.writeContinue();
      request.on('data', (piece) => {
        size += piece.length;
      });
      request.on('close', () => seen.push(size));
      request.on('end', () => response.writeHead(200, { ETag: `"${etag}"` }).end());
    };

  it('is recorded with its MD5 when the store has the same', async () => {
    expect(await send(await storeThat(takes(md5)))).toEqual({ partNumber: 3, ...announced });
    expect(recorded).toEqual([[{ partNumber: 3, ...announced }, md5]]);
    expect(refusals).toBe(0);
  });

  it('is not recorded, and given up, when the store says it has other bytes', async () => {
    const other = createHash('md5').update('other').digest('hex');
    expect(await send(await storeThat(takes(other)))).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(recorded).toEqual([]);
    expect(refusals).toBe(1);
  });

  it('never arrives whole when it is not what was announced', async () => {
    const seen: number[] = [];
    let sayArrived: () => void;
    const arrived = new Promise<void>((resolve) => {
      sayArrived = resolve;
    });
    const url = await storeThat((request, response) => {
      takes(md5, seen)(request, response);
      request.once('data', () => sayArrived());
    });
    const outcome = await send(url, { ...announced, crc32c: '00000000' }, arrived);
    expect(outcome).toMatchObject({ code: 'CHECKSUM_MISMATCH', details: { received: announced } });
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(seen[0]).toBeLessThan(bytes.length);
    expect(recorded).toEqual([]);
  });

  it.each([
    [403, 'QuotaExceeded', 'STORE_FULL'],
    [404, 'NoSuchUpload', 'NOT_FOUND'],
    [403, 'RequestTimeTooSkewed', 'UNAVAILABLE'],
    [403, 'AccessDenied', 'UNAVAILABLE'],
    [400, 'BadDigest', 'CHECKSUM_MISMATCH'],
    [503, 'SlowDown', 'UNAVAILABLE'],
  ])('refused before its body with %i %s is %s', async (status, code, means) => {
    const url = await storeThat((_, response) =>
      response.writeHead(status).end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`),
    );
    expect(await send(url)).toMatchObject({ code: means });
    expect(recorded).toEqual([]);
  });

  it('is unavailable when the store hangs up in the middle', async () => {
    const url = await storeThat((request, response) => {
      response.writeContinue();
      request.once('data', () => request.destroy());
    });
    expect(await send(url)).toMatchObject({ code: 'UNAVAILABLE', retryAfterS: 5 });
  });

  it('goes over a new connection when the store has closed the kept one', async () => {
    let requests = 0;
    const url = await storeThat((request, response) => {
      requests += 1;
      // The second request comes over the connection of the first, and is not even looked at.
      if (requests === 2) request.socket.resetAndDestroy();
      else takes(md5)(request, response);
    });
    for (const time of [1, 2]) expect(await send(url), `${time}`).toEqual({ partNumber: 3, ...announced });
    expect(requests).toBe(3);
  });
});
