import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startBackend } from './lib/backend.ts';
import { end } from './lib/children.ts';
import { portsBehind } from './lib/file-movers.ts';
import { startHubChild } from './lib/hub-child.ts';

/*
 * What a HUB sends over a long way on which each connection has its limit, by how many parts may go at once: 40 ms there and back, 5 MB/s for
 * each connection, 1 Gbit/s for all. Measured at the end, when it has found out how many are good. Options: --seconds N (of each row; the
 * last third counts), --most N,N,… (rows).
 */

const { values: given } = parseArgs({ options: { seconds: { type: 'string' }, most: { type: 'string' } } });
const SECONDS = Number(given.seconds ?? 60);
const MOST = (given.most ?? '1,4,8,16').split(',').map(Number);
const ROUND_TRIP_MS = 40;
const CONNECTION_BYTES_PER_S = 5e6;
const LINK = {
  name: 'long',
  order: { bytesPerS: 125e6, connectionBytesPerS: CONNECTION_BYTES_PER_S, roundTripMs: ROUND_TRIP_MS },
};
const FILE_BYTES = 8 * 1024 * 1024;

/** More files than can be sent, of one part each; they hold nothing but their number. */
function fill(source: string, most: number): void {
  const count = Math.ceil((2 * SECONDS * most * CONNECTION_BYTES_PER_S) / FILE_BYTES);
  for (let n = 0; n < count; n++) {
    const fd = openSync(path.join(source, `f_${n}.dat`), 'w');
    writeSync(fd, String(n));
    ftruncateSync(fd, FILE_BYTES);
    closeSync(fd);
  }
}

async function measure(most: number): Promise<Record<string, number>> {
  const base = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-'));
  const source = path.join(base, 'source');
  mkdirSync(source);
  fill(source, most);
  const { relay, ports } = await portsBehind(LINK);
  const backend = await startBackend(path.join(base, 'store'), { ports });
  try {
    const sources = `[upload]\nconcurrency = ${most}\n[landing]\npath = "${source}"\nsettle_s = 0.2\n`;
    const hub = await startHubChild(backend, path.join(base, 'hub'), '256 MiB', sources);
    await Promise.race([sleep((SECONDS * 2000) / 3), hub.died]);
    const before = backend.files.length;
    const beganMs = performance.now();
    await Promise.race([sleep((SECONDS * 1000) / 3), hub.died]);
    const seconds = (performance.now() - beganMs) / 1000;
    const sent = (backend.files.length - before) * FILE_BYTES;
    const { sending } = await backend.nextHeartbeat();
    await end(hub.process);
    return { most, at_once: sending?.atOnce ?? 0, mb_s: Math.round(sent / seconds / 1e5) / 10 };
  } finally {
    await backend.stop();
    await relay.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

const rows: Record<string, number>[] = [];
for (const most of MOST) {
  rows.push(await measure(most));
  process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
}
process.stdout.write(
  `${JSON.stringify({ bench: 'hub-uplink', round_trip_ms: ROUND_TRIP_MS, connection_mb_s: CONNECTION_BYTES_PER_S / 1e6, rows })}\n`,
);
