import { expect, test } from '@playwright/test';
import type { MessageSender } from '#hub/simulator/message-sender.ts';
import { demo } from './demo-facility.ts';
import { eventually, type FacilityApi, signedInApi } from './lib/facility-api.ts';
import {
  killNow,
  PROCESS_NAMES,
  type ProcessName,
  runningPids,
  setSeriesTimeout,
  untilRestarted,
} from './lib/killed-process.ts';
import { finishedDatasets, finishedJobs, framesOf, readBack } from './lib/stored-dataset.ts';
import { openBeamline, sendFrames, ToldSeries } from './lib/told-series.ts';

/**
 * Killing anything at any moment loses nothing that a source had handed over, or says exactly which frames are missing. The moment comes
 * from a seed that is printed: BEAMDECK_KILL_SEED=… repeats it.
 */

const FRAMES = 200;
const RATE_HZ = 40;
const SERIES_TIMEOUT_S = 6;
/** 8 messages at the sender, 16 at the receiver, a few megabytes in the kernel, at 260 kB each. */
const MOST_QUEUED = 60;

const seed = Number(process.env.BEAMDECK_KILL_SEED ?? Date.now() % 1_000_000);

/** A number from 0 to 1 that follows from seed and name alone, whichever journeys run (FNV-1a). */
function chance(name: string): number {
  let hash = 0x811c9dc5;
  for (const letter of `${seed} ${name}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

// Restarts, jobs and the HUB's time-out wait for each other on a busy machine.
test.describe.configure({ timeout: 240_000 });

let api: FacilityApi;
let sender: MessageSender;
let restoreTimeout: (() => Promise<void>) | undefined;

test.beforeAll(async () => {
  process.stdout.write(`kill-anything: seed ${seed}\n`);
  restoreTimeout = await setSeriesTimeout(SERIES_TIMEOUT_S);
  api = await signedInApi('staff');
  sender = await openBeamline();
});

test.afterAll(async () => {
  sender?.close();
  await restoreTimeout?.();
});

/**
 * Every frame sent is either stored and decodes to the pixels sent, or is named as missing or lost. `mayLack`: frames that were in a
 * socket's buffer when their receiver died. Returns the frames that are not stored.
 */
async function expectBalanced(series: ToldSeries, mayLack: (frame: number) => boolean): Promise<number[]> {
  const [dataset, ...more] = await finishedDatasets(api, series.prefix);
  expect(more, 'one series is one dataset').toEqual([]);
  const index = await api.datasets.frameIndex.query({ datasetId: dataset!.id });
  const stored = await readBack(index);
  const wrong = [...stored].filter(([frame, print]) => print !== series.fingerprints[frame]);
  expect(
    wrong.map(([frame]) => frame),
    'frames whose pixels are not those sent',
  ).toEqual([]);
  const absent = series.fingerprints.map((_, frame) => frame).filter((frame) => !stored.has(frame));
  expect([...framesOf(index.missing), ...framesOf(index.lost)].sort((a, b) => a - b)).toEqual(absent);
  expect(
    absent.filter((frame) => !mayLack(frame)),
    'frames that nothing may have lost',
  ).toEqual([]);
  expect(dataset!.state).toBe(absent.length === 0 ? 'complete' : 'incomplete');
  expect(dataset!.framesStored).toBe(series.frames - absent.length);
  const jobs = await finishedJobs(api, dataset!.id);
  expect(jobs.map(({ state, failure }) => ({ state, failure }))).toEqual([
    { state: 'succeeded', failure: null },
  ]);
  return absent;
}

/** Sends a series and kills the named processes before the frame of fate, or in the second after the end. */
async function killInTheMiddle(name: string, victims: readonly ProcessName[]): Promise<void> {
  const series = new ToldSeries({ prefix: `kill/${name}`, frames: FRAMES, rateHz: RATE_HZ });
  const fate = Math.floor(FRAMES * 0.1 + (FRAMES * 0.9 + RATE_HZ) * chance(name));
  let killed: ReturnType<typeof killNow> | null = null;
  await sender.send(series.start());
  await sendFrames(sender, series, { from: 0, to: FRAMES }, (imageId) => {
    if (imageId === fate) killed = killNow(victims);
  });
  await sender.send(series.end());
  if (killed === null) {
    await new Promise((resolve) => setTimeout(resolve, ((fate - FRAMES) * 1000) / RATE_HZ));
    killed = killNow(victims);
  }
  await untilRestarted(victims, killed);
  // Only what stood in the queues of the connection when the HUB died, or was sent before that was seen, may be lost.
  const inQueues = (frame: number) => frame >= fate - MOST_QUEUED && frame < fate + MOST_QUEUED;
  const absent = await expectBalanced(series, (frame) => victims.includes('hub') && inQueues(frame));
  process.stdout.write(
    `kill-anything: ${name} killed before frame ${fate}, ${FRAMES - absent.length} of ${FRAMES} stored\n`,
  );
}

for (const victim of PROCESS_NAMES) {
  test(`${victim} killed in the middle of a series`, () => killInTheMiddle(victim, [victim]));
}

test('all killed at once in the middle of a series', () => killInTheMiddle('all', PROCESS_NAMES));

test('the HUB hangs, then is killed: the last frames, lost with its socket, are named', async () => {
  const series = new ToldSeries({ prefix: 'kill/hung', frames: 100, rateHz: RATE_HZ });
  const hungAt = 92;
  let killed = runningPids();
  await sender.send(series.start());
  await sendFrames(sender, series, { from: 0, to: series.frames }, (imageId) => {
    if (imageId === hungAt) process.kill(runningPids().hub, 'SIGSTOP');
  });
  await sender.send(series.end());
  killed = killNow(['hub']);
  await untilRestarted(['hub'], killed);
  const absent = await expectBalanced(series, (frame) => frame >= hungAt - 2);
  expect(absent).toContain(series.frames - 1);
});

test('the worker killed while it runs a job: the job is done once', async () => {
  const series = new ToldSeries({ prefix: 'kill/job', frames: FRAMES, rateHz: RATE_HZ });
  await sender.send(series.start());
  await sendFrames(sender, series, { from: 0, to: series.frames });
  await sender.send(series.end());
  // On a fast machine it may be over before it is seen to run; then the kill comes too late and harms nothing.
  await eventually('a running job', 60_000, async () => {
    const { items } = await api.jobs.list.query({
      experimentId: demo.experiment.id,
      states: ['running', 'succeeded'],
      limit: 20,
    });
    return items.find(({ base }) => base?.includes(series.prefix)) ?? null;
  });
  const killed = killNow(['worker']);
  await untilRestarted(['worker'], killed);
  await expectBalanced(series, () => false);
});
