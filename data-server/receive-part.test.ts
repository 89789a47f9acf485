import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PartGrant, PartSink, ServedStore } from '#src/server/storage/served-store.port.ts';
import { announcedPart, PartReceiver, requestSource } from './receive-part.ts';

const server = createServer();
const grant = { kind: 'part', uploadRef: 'a'.repeat(32), partNumber: 1, partBytes: 1000 } as PartGrant;
let client: Socket;

beforeEach(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
});
afterEach(async () => {
  client.destroy();
  server.close();
  await once(server, 'close');
});

/** A PUT of ten bytes that has come whole and that nobody has read yet. */
async function arrived(): Promise<IncomingMessage> {
  const asked = once(server, 'request') as Promise<[IncomingMessage]>;
  client.write(
    'PUT / HTTP/1.1\r\nHost: data\r\nContent-Length: 10\r\nX-Beamdeck-Crc32c: 00000000\r\n\r\n0123456789',
  );
  const [request] = await asked;
  while (!request.complete) await new Promise((resolve) => setImmediate(resolve));
  return request;
}

async function cutOff(request: IncomingMessage): Promise<void> {
  client.destroy();
  while (!request.destroyed) await new Promise((resolve) => setImmediate(resolve));
}

/** Keeps what it gets. */
function sinkOf(taken: Uint8Array[]): PartSink {
  return {
    onDrain: () => undefined,
    write: (bytes) => {
      taken.push(bytes);
      return true;
    },
    finish: async ({ sizeBytes, crc32c }) => ({ partNumber: 1, sizeBytes, crc32c }),
    abort: async () => undefined,
  };
}

it('a part that had come whole when its connection was cut, and was not read before, is given up', async () => {
  const request = await arrived();
  await cutOff(request);
  await expect(requestSource(request).drainInto(sinkOf([]))).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

it('a part whose connection was cut while its place was opened does not hold up the next try', async () => {
  const request = await arrived();
  const taken: Uint8Array[] = [];
  const { promise: opening, resolve: opened } = Promise.withResolvers<void>();
  const receiver = new PartReceiver({
    openPart: async () => {
      await opening;
      return sinkOf(taken);
    },
  } as unknown as ServedStore);
  const announced = announcedPart(request.headers, grant);
  const first = receiver.receive(grant, announced, requestSource(request)).catch((error) => error.code);
  await cutOff(request);
  opened();
  const again = {
    cancel: () => undefined,
    drainInto: async (sink: PartSink) => void sink.write(Buffer.alloc(10)),
  };
  expect(await receiver.receive(grant, announced, again)).toMatchObject({ partNumber: 1, sizeBytes: 10 });
  expect(await first).toBe('BAD_INPUT');
  expect(taken).toHaveLength(1);
});
