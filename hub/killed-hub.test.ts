import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HubRig, until } from './testing/hub-rig.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';
import { endMessage, imageMessage, startMessage, testPixels, testSeries } from './testing/test-messages.ts';

/** A real HUB process, killed by SIGKILL in the middle of a series. */
let rig: HubRig;
let child: ChildProcess | null = null;
let output = '';

beforeEach(async () => {
  rig = await HubRig.create();
  output = '';
});
afterEach(async () => {
  await kill('SIGKILL');
  await rig.dispose();
});

function startChild(): void {
  const config = path.join(rig.folder, 'hub.toml');
  writeFileSync(path.join(rig.folder, 'agent.token'), 'test-token\n', { mode: 0o600 });
  writeFileSync(
    config,
    [
      `server = "${rig.peer.url}"`,
      'token_file = "agent.token"',
      'state_dir = "state"',
      '[buffer]',
      'dir = "spool"',
      'max_bytes = "64 MiB"',
      '[[detector]]',
      'name = "detector-1"',
      'protocol = "stream-v2"',
      'mode = "connect"',
      `endpoints = ["${rig.endpoint}"]`,
      'series_timeout_s = 6',
    ].join('\n'),
  );
  const entry = path.resolve(import.meta.dirname, 'index.ts');
  child = spawn(process.execPath, [entry, '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout!.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
}

async function kill(signal: NodeJS.Signals): Promise<number | null> {
  const { exitCode, signalCode } = child ?? { exitCode: 0, signalCode: null };
  if (!child || exitCode !== null || signalCode !== null) return exitCode;
  const gone = new Promise<number | null>((resolve) => child!.once('exit', resolve));
  child.kill(signal);
  return gone;
}

const series = testSeries(1);
const frames = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => imageMessage(series, from + index));
const received = () => rig.peer.lastHeartbeat?.detectors[0]?.series?.received ?? 0;
const ended = () => rig.datasets().length > 0 && rig.datasets().every(({ end }) => end !== null);

function expectEveryFrameOnce(count: number): void {
  expect(rig.datasets()).toHaveLength(1);
  const { datasetId } = rig.datasets()[0]!;
  const stored = storedFrames(rig, datasetId, 'threshold_1');
  expect([...stored.keys()].sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, frame) => frame),
  );
  for (const frame of stored.keys()) {
    expect(storedPixels(rig, datasetId, 'threshold_1', frame)).toEqual(testPixels(series, frame));
  }
  expect(rig.peer.violations).toEqual([]);
}

it('goes on with the same series: every frame is in the store once', async () => {
  startChild();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 17)]);
  await until(`17 frames received\n${output}`, () => received() === 17);
  await kill('SIGKILL');
  startChild();
  await rig.send([...frames(17, 40), endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expectEveryFrameOnce(40);
  expect(rig.datasets()[0]!.end).toMatchObject({
    ending: 'end-message',
    framesReceived: 40,
    missing: [],
    lost: [],
  });
}, 60_000);

it('killed again and again, with a store that fails, it still stores every frame once', async () => {
  rig.peer.fault = ({ path: where, nth }) => (where.startsWith('/parts/') && nth % 3 === 1 ? 'cut' : null);
  startChild();
  await rig.send([startMessage(series, { numberOfImages: 50 })]);
  for (let from = 0; from < 50; from += 10) {
    await rig.send(frames(from, from + 10));
    await until(`${from + 10} frames received`, () => received() === from + 10, 30_000);
    await kill('SIGKILL');
    startChild();
  }
  await rig.send([endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expectEveryFrameOnce(50);
}, 120_000);

it('ends a series that does not go on after the restart as such, and names every announced frame that did not come', async () => {
  startChild();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 5), ...frames(8, 12)]);
  await until('9 frames received', () => received() === 9);
  await kill('SIGKILL');
  startChild();
  await until('the end of the series', ended, 30_000);
  expect(rig.datasets()[0]!.end).toMatchObject({
    ending: 'agent-restart',
    framesReceived: 9,
    missing: [
      [5, 7],
      [12, 39],
    ],
  });
}, 60_000);

it('names the last frames when they were lost with the socket of the killed process and only the end came', async () => {
  startChild();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 33)]);
  await until('33 frames received', () => received() === 33);
  await kill('SIGKILL');
  startChild();
  await rig.send([endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expect(rig.datasets()[0]!.end).toMatchObject({ ending: 'end-message', missing: [[33, 39]] });
}, 60_000);

it('an abort while it was away is still an abort when images came since', async () => {
  startChild();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 17)]);
  await until('17 frames received', () => received() === 17);
  await kill('SIGKILL');
  startChild();
  await rig.send([...frames(17, 25), endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expectEveryFrameOnce(25);
  expect(rig.datasets()[0]!.end).toMatchObject({ ending: 'end-message', framesReceived: 25, missing: [] });
}, 60_000);

it('says which frames are lost when the buffer did not survive', async () => {
  rig.peer.fault = ({ path: where }) => (where.startsWith('/parts/') ? 'error-500' : null);
  startChild();
  await rig.send([startMessage(series, { numberOfImages: 40 }), ...frames(0, 15)]);
  await until('15 frames received', () => received() === 15);
  // Two heartbeats: the journal notes progress with each.
  const { sentAt } = rig.peer.lastHeartbeat!;
  await until('another heartbeat', () => rig.peer.lastHeartbeat!.sentAt > sentAt);
  await kill('SIGKILL');
  rmSync(path.join(rig.folder, 'spool'), { recursive: true });
  rig.peer.fault = () => null;
  startChild();
  await until('the end of the series', ended, 30_000);
  const { end } = rig.datasets()[0]!;
  expect(end).toMatchObject({
    ending: 'agent-restart',
    lost: [
      [0, 9],
      [10, 14],
    ],
  });
  await until('the report', () => rig.codes().includes('frames-lost'));
}, 60_000);

it('asked to stop, it leaves an open series to its successor and exits with 0', async () => {
  startChild();
  await rig.send([startMessage(series, { numberOfImages: 20 }), ...frames(0, 13)]);
  await until('13 frames received', () => received() === 13);
  expect(await kill('SIGTERM')).toBe(0);
  startChild();
  await rig.send([...frames(13, 20), endMessage(series)]);
  await until('the end of the series', ended, 30_000);
  expectEveryFrameOnce(20);
}, 60_000);

it('a second HUB on the same state folder is refused', async () => {
  startChild();
  await until('the start', () => output.includes('HUB started'));
  const first = child;
  startChild();
  const code = await new Promise((resolve) => child!.once('exit', resolve));
  expect(code).toBe(3);
  expect(output).toContain('in use by another HUB');
  child = first;
}, 30_000);
