import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '#scripts/lib/embedded-postgres.ts';
import { type Backend, startBackend } from './lib/backend.ts';
import { end, hear, startChild } from './lib/children.ts';
import { detectorToml, startHubChild } from './lib/hub-child.ts';
import { peakResidentBytes, threadTimes } from './lib/processor-time.ts';
import { WarmMemory } from './lib/warm-memory.ts';

/*
 * How fast frames go through the HUB into the store. A simulated detector sends as fast as ZeroMQ takes it; the time counts
 * from its first image until the last data file is committed (durable and recorded). Beside it, with the same messages, a
 * plain pull and a bare floor (see lib/stream-receiver.ts). Each figure is the median of the rounds, which alternate, since
 * other work on the machine hits all alike then. Options: --gb N (bytes per run), --rounds N, --only TEXT (rows by name),
 * --profile (processor time per thread). `cpu_s_per_gb` tells what limits the rate where processors are few: the sender counts too.
 */

const { values: given } = parseArgs({
  options: {
    gb: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    profile: { type: 'boolean' },
  },
});
const BYTES_PER_RUN = Number(given.gb ?? 4) * 1e9;
/** Series per run: long enough that the buffer is in its steady state, with no more messages in memory. */
const REPEATS = 2;
/** As in the HUB's configuration below. */
const BUFFER_BYTES = 1024 ** 3;
const ROUNDS = Number(given.rounds ?? 3);

interface Row {
  detector: string;
  simulator: string[];
  store: 'tmpfs' | 'disk';
}

/** The first row's figures stand at the top of the result. */
const DETECTORS: readonly { name: string; simulator: string[]; disk?: true }[] = [
  { name: 'eiger2-16m', simulator: ['--detector', 'eiger2-16m', '--rate', '133'], disk: true },
  { name: 'eiger2-4m', simulator: ['--detector', 'eiger2-4m', '--rate', '250'], disk: true },
  {
    name: 'eiger2-4m stream-v1',
    simulator: ['--detector', 'eiger2-4m', '--rate', '250', '--protocol', 'stream-v1'],
  },
  { name: 'eiger2-500k', simulator: ['--detector', 'eiger2-500k', '--rate', '1000'] },
  { name: 'jungfrau-4m', simulator: ['--detector', 'jungfrau-4m', '--rate', '1000'] },
  { name: 'jungfrau-9m', simulator: ['--detector', 'jungfrau-9m', '--rate', '500'] },
  { name: 'selun', simulator: ['--detector', 'selun', '--rate', '1000'] },
];
const ROWS: readonly Row[] = DETECTORS.flatMap(({ name, simulator, disk }) =>
  (disk ? (['tmpfs', 'disk'] as const) : (['tmpfs'] as const)).map((store) => ({
    detector: name,
    simulator,
    store,
  })),
);

const say = (text: string) => process.stderr.write(`${text}\n`);

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const round = (value: number) => Math.round(value * 1000) / 1000;

/** Frame size is known after the first render, so a small trial tells how many frames make up a run. */
async function startSender(
  row: Row,
  endpoint: string,
): Promise<{ sender: ChildProcess; frames: number; imageBytes: number }> {
  const trial = startChild('stream-sender.ts', {
    endpoint,
    simulator: row.simulator,
    frames: 4,
    repeats: 1,
  });
  const { imageBytes: few } = await hear<{ imageBytes: number }>(trial, 'ready');
  await end(trial);
  const frames = Math.ceil(BYTES_PER_RUN / REPEATS / (few / 4));
  const sender = startChild('stream-sender.ts', {
    endpoint,
    simulator: row.simulator,
    frames,
    repeats: REPEATS,
  });
  const { imageBytes } = await hear<{ imageBytes: number }>(sender, 'ready');
  return { sender, frames, imageBytes };
}

async function timed(sender: ChildProcess, finished: Promise<{ atMs: number }>): Promise<number> {
  const sent = hear<{ startedMs: number }>(sender, 'sent');
  sender.send('once');
  const [{ startedMs }, { atMs }] = await Promise.all([sent, finished]);
  return (atMs - startedMs) / 1000;
}

interface Run {
  seconds: number;
  /** Of sender, receiver and, for the HUB, data server and agent interface. */
  cpuS: number;
  /** Of the receiver alone: what the machine at the beamline pays. */
  ownCpuS: number;
  peakRssBytes: number;
}

/** Processor time the given processes need while `work` runs. */
async function withProcessorTime<T>(
  pids: Record<string, number | undefined>,
  work: () => Promise<T>,
): Promise<{ result: T; cpuS: Record<string, number> }> {
  const entries = Object.entries(pids);
  const before = entries.map(([, pid]) => threadTimes(pid));
  const result = await work();
  const cpuS: Record<string, number> = {};
  for (const [index, [name, pid]] of entries.entries()) {
    for (const [thread, { userS, systemS }] of Object.entries(threadTimes(pid))) {
      const start = before[index]?.[thread] ?? { userS: 0, systemS: 0 };
      const [user, system] = [userS - start.userS, systemS - start.systemS];
      cpuS[name] = (cpuS[name] ?? 0) + user + system;
      if (!given.profile || user + system < 0.05) continue;
      say(`  ${name.padEnd(12)} ${thread.padEnd(16)} user ${round(user)} s, system ${round(system)} s`);
    }
  }
  return { result, cpuS };
}

const total = (cpuS: Record<string, number>) => Object.values(cpuS).reduce((sum, each) => sum + each, 0);

async function runReceiver(
  mode: 'pull' | 'floor',
  sender: ChildProcess,
  endpoint: string,
  dir: string,
  framesPerFile: number,
): Promise<Run> {
  mkdirSync(dir, { recursive: true });
  const receiver = startChild('stream-receiver.ts', {
    mode,
    endpoint,
    dir,
    framesPerFile,
    repeats: REPEATS,
  });
  await hear(receiver, 'ready');
  const pids = { sender: sender.pid, [mode]: receiver.pid };
  const { result, cpuS } = await withProcessorTime(pids, () =>
    timed(sender, hear<{ atMs: number }>(receiver, 'done')),
  );
  const peakRssBytes = peakResidentBytes(receiver.pid);
  await end(receiver);
  rmSync(dir, { recursive: true });
  return { seconds: result, cpuS: total(cpuS), ownCpuS: cpuS[mode]!, peakRssBytes };
}

async function runHub(
  backend: Backend,
  sender: ChildProcess,
  detector: string,
  dir: string,
  frames: number,
): Promise<Run> {
  const { process: hub, died } = await startHubChild(backend, dir, '1 GiB', detector);
  const before = backend.files.length;
  const finished = backend.nextEnds(REPEATS).then((ends) => {
    for (const { framesReceived, missing, lost } of ends) {
      if (framesReceived === frames && missing.length + lost.length === 0) continue;
      throw new Error(`${framesReceived} of ${frames} frames: the figures would be worthless`);
    }
    const own = backend.files.slice(before).filter(({ isData }) => isData);
    return { atMs: Math.max(...own.map(({ atMs }) => atMs)) };
  });
  const pids = { sender: sender.pid, hub: hub.pid, ...backend.pids };
  const { result, cpuS } = await withProcessorTime(pids, () => timed(sender, Promise.race([finished, died])));
  const peakRssBytes = peakResidentBytes(hub.pid);
  await end(hub);
  rmSync(dir, { recursive: true });
  return { seconds: result, cpuS: total(cpuS), ownCpuS: cpuS.hub!, peakRssBytes };
}

/** Runs with memory that was touched before, where the store lies in memory. */
async function onWarmMemory<T>(store: Row['store'], run: () => Promise<T>): Promise<T> {
  const warm = store === 'tmpfs' ? new WarmMemory(BYTES_PER_RUN + BUFFER_BYTES) : null;
  try {
    return await run();
  } finally {
    warm?.end();
  }
}

async function measure(row: Row) {
  const base = mkdtempSync(path.join(row.store === 'tmpfs' ? '/dev/shm' : os.tmpdir(), 'beamdeck-bench-'));
  const endpoint = `tcp://127.0.0.1:${await freePort()}`;
  const backend = await startBackend(path.join(base, 'store'));
  const { sender, frames, imageBytes } = await startSender(row, endpoint);
  const isV1 = row.simulator.includes('stream-v1');
  const detector = detectorToml(endpoint, isV1 ? 'stream-v1' : 'stream-v2');
  const rate = Number(row.simulator[row.simulator.indexOf('--rate') + 1]);
  const framesPerFile = Math.min(1000, rate);
  const pulls: Run[] = [];
  const floors: Run[] = [];
  const hubs: Run[] = [];
  try {
    for (let nth = 0; nth < ROUNDS; nth++) {
      pulls.push(await runReceiver('pull', sender, endpoint, path.join(base, 'pull'), framesPerFile));
      const floor = () => runReceiver('floor', sender, endpoint, path.join(base, 'floor'), framesPerFile);
      floors.push(await onWarmMemory(row.store, floor));
      const hub = () => runHub(backend, sender, detector, path.join(base, 'hub'), frames);
      hubs.push(await onWarmMemory(row.store, hub));
      await backend.emptyStore();
    }
  } finally {
    await end(sender);
    await backend.stop();
    rmSync(base, { recursive: true, force: true });
  }
  const gb = (REPEATS * imageBytes) / 1e9;
  const of = (runs: Run[], pick: (run: Run) => number) => median(runs.map(pick));
  const seconds = (runs: Run[]) => of(runs, (run) => run.seconds);
  const result = {
    detector: row.detector,
    store: row.store,
    frame_mb: round(imageBytes / frames / 1e6),
    hub_gb_s: round(gb / seconds(hubs)),
    pull_gb_s: round(gb / seconds(pulls)),
    floor_gb_s: round(gb / seconds(floors)),
    ratio: round(seconds(floors) / seconds(hubs)),
    frames_s: Math.round((REPEATS * frames) / seconds(hubs)),
    peak_rss_mb: Math.round(Math.max(...hubs.map(({ peakRssBytes }) => peakRssBytes)) / 1e6),
    cpu_s_per_gb: {
      hub: round(of(hubs, (run) => run.cpuS) / gb),
      floor: round(of(floors, (run) => run.cpuS) / gb),
      pull: round(of(pulls, (run) => run.cpuS) / gb),
      hub_alone: round(of(hubs, (run) => run.ownCpuS) / gb),
      floor_alone: round(of(floors, (run) => run.ownCpuS) / gb),
    },
  };
  say(JSON.stringify(result));
  return result;
}

const rows: Awaited<ReturnType<typeof measure>>[] = [];
for (const row of ROWS) {
  if (given.only && !`${row.detector} ${row.store}`.includes(given.only)) continue;
  rows.push(await measure(row));
}
const [main] = rows;
if (!main) throw new Error(`no row is called "${given.only}"`);
const { hub_gb_s, pull_gb_s, floor_gb_s, ratio, frames_s } = main;
const peak_rss_mb = Math.max(...rows.map((row) => row.peak_rss_mb));
process.stdout.write(
  `${JSON.stringify({ bench: 'hub-throughput', hub_gb_s, pull_gb_s, floor_gb_s, ratio, frames_s, peak_rss_mb, rows })}\n`,
);
