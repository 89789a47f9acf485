import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FaultRelay, type LineFault } from './fault-relay.ts';

const ANSWER = 'a'.repeat(200_000);
let server: Server;
let relay: FaultRelay;
/** Bodies that reached the server whole. */
let bodies: Buffer[];

beforeEach(async () => {
  bodies = [];
  server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      bodies.push(Buffer.concat(chunks));
      response.end(ANSWER);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  relay = new FaultRelay({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  await relay.listen();
});
afterEach(async () => {
  await relay.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const BODY = Buffer.alloc(100_000, 'b');

/** Status and length of the answer, or how the request broke. */
function ask(patienceMs = 10_000, path = '/'): Promise<string> {
  return new Promise((resolve) => {
    const asking = request(
      { port: relay.port, host: '127.0.0.1', method: 'PUT', path, agent: false },
      (response) => {
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
        });
        response.on('end', () => resolve(`${response.statusCode} ${length}`));
        response.on('error', () => resolve(`answer broken after ${length > 0 ? 'some' : 'no'} bytes`));
      },
    );
    asking.setTimeout(patienceMs, () => {
      resolve('no answer');
      asking.destroy();
    });
    asking.on('error', () => resolve('broken'));
    asking.end(BODY);
  });
}

it('passes requests and answers whole', async () => {
  expect(await ask()).toBe(`200 ${ANSWER.length}`);
  expect(bodies[0]!.equals(BODY)).toBe(true);
});

const FAULTS: readonly [LineFault, string][] = [
  [{ kind: 'cut' }, 'broken'],
  [{ kind: 'hang' }, 'no answer'],
  [{ kind: 'truncate', afterBytes: 50_000 }, 'answer broken after some bytes'],
  [{ kind: 'close', afterBytes: 50_000 }, 'broken'],
];
for (const [fault, outcome] of FAULTS) {
  it(`${fault.kind}: ${outcome}; afterwards it passes again`, async () => {
    relay.set(fault);
    expect(await ask(500)).toBe(outcome);
    relay.set({ kind: 'pass' });
    expect(await ask()).toBe(`200 ${ANSWER.length}`);
  });
}

it('answers 500 in place of the server', async () => {
  relay.set({ kind: 'error-500' });
  expect(await ask()).toMatch(/^500 /);
  expect(bodies).toEqual([]);
});

it('slow: everything arrives', async () => {
  relay.set({ kind: 'slow', bytesPerS: 2_000_000 });
  expect(await ask()).toBe(`200 ${ANSWER.length}`);
  expect(bodies[0]!.equals(BODY)).toBe(true);
});

it('damage: one bit of the request is another', async () => {
  relay.set({ kind: 'damage', atByte: 60_000 });
  expect(await ask()).toBe(`200 ${ANSWER.length}`);
  const wrong = [...bodies[0]!].filter((byte, at) => byte !== BODY[at]);
  expect(wrong).toEqual([BODY[0]! ^ 1]);
});

it('unheard: what is asked for arrives whole, and its answer never; other requests are answered', async () => {
  relay.set({ kind: 'unheard', pathEnd: '/complete' });
  expect(await ask(10_000, '/uploads/7/complete')).toBe('broken');
  expect(bodies.map((body) => body.equals(BODY))).toEqual([true]);
  expect(await ask(10_000, '/uploads/7/sign')).toBe(`200 ${ANSWER.length}`);
});

it('drops connections that are open when the fault begins', async () => {
  relay.set({ kind: 'hang' });
  const broken = ask();
  while (relay.connections === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  relay.set({ kind: 'pass' });
  expect(await broken).toBe('broken');
});
