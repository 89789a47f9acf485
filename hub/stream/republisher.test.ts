import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Pull } from 'zeromq';
import type { RepublishConfig } from '../agent/detector-config.ts';
import { Journal } from '../agent/journal.ts';
import { ReportLog } from '../agent/report-log.ts';
import { freePort, until } from '../testing/hub-rig.ts';
import { Republisher } from './republisher.ts';

const MIB = 1024 * 1024;

let folder: string;
let journal: Journal;
let reports: ReportLog;
let endpoint: string;
const sockets: Pull[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-republish-'));
  journal = new Journal(folder);
  reports = new ReportLog({ journal, log: pino({ level: 'silent' }), now: Date.now });
  endpoint = `tcp://127.0.0.1:${await freePort()}`;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

function republish(changes: Partial<RepublishConfig> = {}): Republisher {
  const config: RepublishConfig = {
    endpoint,
    mode: 'bind',
    maxBytes: 100 * MIB,
    maxMessages: 1000,
    ...changes,
  };
  const republisher = new Republisher({ config, reports, detector: 'd' });
  republisher.start();
  return republisher;
}

function consumer(): { socket: Pull; received: Buffer[][] } {
  const socket = new Pull({ linger: 0, receiveHighWaterMark: 2 });
  sockets.push(socket);
  const received: Buffer[][] = [];
  void (async () => {
    for await (const parts of socket) received.push(parts);
  })();
  return { socket, received };
}

const message = (number: number, bytes: number) => Buffer.alloc(bytes, number);
const numbers = (received: readonly Buffer[][]) => received.map(([first]) => first![0]);
const dropped = () => reports.problems('d')['republish-dropped'] ?? 0;

it.each(['bind', 'connect'] as const)(
  '%s: every message goes on as it came, with all its parts',
  async (mode) => {
    const { socket, received } = consumer();
    if (mode === 'connect') await socket.bind(endpoint);
    const republisher = republish({ mode });
    if (mode === 'bind') socket.connect(endpoint);
    const sent = Array.from({ length: 2500 }, (_, n) =>
      n % 3 === 0 ? [message(n % 251, 5000)] : [message(n % 251, 20), Buffer.alloc(0), message(7, 9000)],
    );
    for (const parts of sent) {
      while (!republisher.offer(parts, false)) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until('all messages', () => received.length === sent.length);
    const differing = sent.filter((parts, n) => {
      const other = received[n]!;
      return parts.length !== other.length || parts.some((part, index) => !part.equals(other[index]!));
    });
    expect(differing).toHaveLength(0);
    await republisher.stop();
  },
);

it('without a consumer holds what its limits allow, counts the rest, and delivers what it held', async () => {
  const republisher = republish({ maxBytes: 10 * MIB });
  const taken = Array.from({ length: 30 }, (_, n) => republisher.offer([message(n, MIB)], true));
  expect(taken.filter(Boolean)).toHaveLength(10);
  expect(dropped()).toBe(20);
  const { socket, received } = consumer();
  socket.connect(endpoint);
  await until('what was held', () => received.length === 10);
  expect(numbers(received)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(republisher.offer([message(99, 10)], true)).toBe(true);
  await until('the next one', () => received.length === 11);
  await republisher.stop();
  expect(dropped()).toBe(20);
});

it('bounds the number of messages too; one alone may be larger than the limit', async () => {
  const republisher = republish({ maxBytes: MIB, maxMessages: 3 });
  expect(republisher.offer([message(1, 3 * MIB)], true)).toBe(true);
  expect(republisher.offer([message(2, 10)], true)).toBe(false);
  const { socket, received } = consumer();
  socket.connect(endpoint);
  await until('the large one', () => received.length === 1);
  await republisher.stop();
  endpoint = `tcp://127.0.0.1:${await freePort()}`;
  const small = republish({ maxMessages: 3 });
  expect([1, 2, 3, 4].map((n) => small.offer([message(n, 10)], true))).toEqual([true, true, true, false]);
  await small.stop();
});

it('says at the stop what nobody took', async () => {
  const republisher = republish();
  for (let n = 0; n < 5; n++) republisher.offer([message(n, 10)], true);
  await republisher.stop();
  expect(journal.pendingReports(10)).toMatchObject([{ code: 'republish-dropped' }]);
  expect(journal.pendingReports(10)[0]!.message).toMatch(/^5 messages were not sent on/);
});

it('a port in use is told; sending on begins when it is free', async () => {
  // An address that no other test binds to: the port is free for a while.
  endpoint = endpoint.replace('127.0.0.1', '127.0.0.2');
  const other = createServer().listen(Number(new URL(endpoint).port), '127.0.0.2');
  await once(other, 'listening');
  const republisher = republish();
  expect(republisher.offer([message(1, 10)], true)).toBe(true);
  await until('the report', () => reports.problems('d')['republish-bind-failed'] !== undefined);
  other.close();
  await once(other, 'close');
  const { socket, received } = consumer();
  socket.connect(endpoint);
  await until('the message', () => received.length === 1);
  await republisher.stop();
});
