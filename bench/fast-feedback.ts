import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { Push } from 'zeromq';
import { planSeries } from '#hub/simulator/beamline-programme.ts';
import { SimulatedDetector, SimulatedSeries } from '#hub/simulator/simulated-series.ts';
import { parseSimulatorOptions } from '#hub/simulator/simulator-options.ts';
import { loadConfig } from '#src/server/config/config.ts';
import { createContainer } from '#src/server/container.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import type { JobMetrics } from '#src/shared/contracts/job-run.ts';
import { signIn, startDemoInstallation } from './lib/demo-installation.ts';
import { readLiveEvents } from './lib/event-stream.ts';

/*
 * How long after the last frame of a series was sent its metrics, of all its frames, are on the page of the job: the answer of the page's query,
 * asked at each event of a browser's stream as the page does. A whole installation as `npm run up` starts it, whose demo strategy starts fast
 * feedback with the dataset; the frames come at the rate at which one core keeps up with them (`--share` of what it can do: the detector, the
 * HUB, the store and the web app want some of it). Then frames per second of one core, start of the program left out, beside
 * dials.find_spots on the same files (null where DIALS is not installed).
 * Options: --frames A,B (60,1800), --detector NAME (eiger2-1m), --share S (0.6), --no-dials.
 */

const { values: given } = parseArgs({
  options: {
    frames: { type: 'string' },
    detector: { type: 'string' },
    share: { type: 'string' },
    'no-dials': { type: 'boolean' },
  },
});
const FRAMES = (given.frames ?? '60,1800').split(',').map(Number);
const DETECTOR = given.detector ?? 'eiger2-1m';
const SHARE = Number(given.share ?? 0.6);
const WARM_UP = { frames: 120, rateHz: 20 };
const RENDERED = 30;
/** Between these two numbers of frames the speed of a core is measured, so that starting a program does not count. */
const FEW = 10;
const MANY = { own: 110, dials: 60 };
const PATIENCE_MS = 120_000;

const run = promisify(execFile);
const system = systemContext('bench');
const round = (value: number, digits: number) => Number(value.toFixed(digits));

const installation = await startDemoInstallation();
const cookie = await signIn(installation, 'scientist');
const { jobs, close } = createContainer(
  loadConfig({
    DATABASE_URL: installation.databaseUrl,
    BEAMDECK_STORE_DIR: installation.storeDir,
    BEAMDECK_RUNS_DIR: path.join(installation.storeDir, '..', 'runs'),
    BEAMDECK_SECRET: 'a secret of at least thirty-two characters',
    BEAMDECK_DEMO: '1',
    BEAMDECK_LOG_LEVEL: 'warn',
  }),
  'bench',
);
const push = new Push({ linger: 0, sendHighWaterMark: 1000 });
const stopping = new AbortController();

interface ShownJob {
  datasetId: string;
  state: string;
  metrics: JobMetrics;
}

/** The job as its page has it. */
async function shownJob(jobId: string): Promise<ShownJob> {
  const input = encodeURIComponent(JSON.stringify({ json: { jobId } }));
  const answer = await fetch(`${installation.web}/api/trpc/jobs.get?input=${input}`, { headers: { cookie } });
  if (!answer.ok) throw new Error(`the page of the job answers ${answer.status}`);
  const { result } = (await answer.json()) as { result: { data: { json: ShownJob } } };
  return result.data.json;
}

/** Jobs of which a browser has heard. */
const heard = new Set<string>();
let wake = () => {};
const nextEvent = () =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 1000);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });

let seriesId = 0;
/** Measures a series; resolves when the page of its job shows all of its frames, with how long after the last was sent. */
async function measure(frames: number, rateHz: number): Promise<{ datasetId: string; lastToPageS: number }> {
  seriesId++;
  const options = parseSimulatorOptions([
    ...['--detector', DETECTOR, '--rate', String(rateHz), '--frames', String(frames), '--seed', '3'],
    ...['--prerender', String(RENDERED), '--crystal', 'lysozyme', '--prefix-template', 'bench/feedback'],
  ]);
  const series = new SimulatedSeries(new SimulatedDetector(options), planSeries(options).next().value, {
    ...{ seriesId, seriesUniqueId: `BENCH0000000000000000000${seriesId}` },
    armDate: new Date().toISOString(),
  });
  heard.clear();
  await push.send(series.start());
  const beginMs = performance.now();
  let lastMs = beginMs;
  const shown = untilShown(frames);
  for (let frame = 0; frame < frames; frame++) {
    const waitMs = beginMs + (frame * 1000) / rateHz - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    const message = series.image(frame);
    lastMs = performance.now();
    await push.send(message);
  }
  await push.send(series.end());
  const { atMs, datasetId } = await shown;
  return { datasetId, lastToPageS: (atMs - lastMs) / 1000 };
}

async function untilShown(frames: number): Promise<{ atMs: number; datasetId: string }> {
  let untilMs = performance.now() + PATIENCE_MS;
  let most = -1;
  while (performance.now() < untilMs) {
    await nextEvent();
    for (const jobId of heard) {
      const { metrics, datasetId, state } = await shownJob(jobId);
      const looked = Number(metrics.framesAnalysed ?? 0);
      if (looked > most) [most, untilMs] = [looked, performance.now() + PATIENCE_MS];
      if (looked === frames && metrics.framesStored === frames) return { atMs: performance.now(), datasetId };
      if (state === 'failed') throw new Error('the job failed');
    }
  }
  throw new Error(`the page shows ${most} of ${frames} frames`);
}

/** Runs fast feedback on so many frames of a finished dataset; its processor time in seconds. */
async function coreSeconds(datasetId: string, frames: number): Promise<number> {
  const { jobId } = await jobs.runTemplate(system, {
    ...{ experimentId: installation.experiment.id, datasetId, templateSlug: 'fast-feedback' },
    parameters: { maxFrames: frames },
  });
  for (;;) {
    await sleep(200);
    const job = await jobs.get(system, { jobId });
    if (job.state === 'failed') throw new Error(`a run failed: ${job.failure?.message}`);
    if (job.state !== 'succeeded') continue;
    const wallMs = job.finishedAt!.getTime() - job.startedAt!.getTime();
    return (job.usedCpuMs ?? wallMs) / 1000;
  }
}

async function framesPerCoreSecond(datasetId: string, stored: number): Promise<number> {
  const [few, many] = [FEW, Math.min(MANY.own, stored)];
  const before = await coreSeconds(datasetId, few);
  return (many - few) / ((await coreSeconds(datasetId, many)) - before);
}

const hasDials =
  !given['no-dials'] &&
  (await run('dials.find_spots', ['--version']).then(
    () => true,
    () => false,
  ));

/** Processor time of dials.find_spots on the first so many frames, in seconds. */
async function dialsSeconds(master: string, frames: number): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-dials-'));
  try {
    const command = `TIMEFORMAT='%U %S'; time dials.find_spots "$0" nproc=1 "spotfinder.scan_range=1,$1" > log 2> err`;
    const { stderr } = await run('bash', ['-c', command, master, String(frames)], { cwd: folder });
    const [user = Number.NaN, kernel = Number.NaN] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
    return user + kernel;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function dialsPerCoreSecond(master: string, stored: number): Promise<number | null> {
  if (!hasDials) return null;
  const [few, many] = [FEW, Math.min(MANY.dials, stored)];
  const before = await dialsSeconds(master, few);
  return (many - few) / ((await dialsSeconds(master, many)) - before);
}

function masterOf(series: number): string {
  const folder = path.join(installation.storeDir, installation.experiment.code, 'raw/bench');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('_master.h5'),
  );
  const suffix = series === 1 ? 'feedback_master.h5' : `feedback_${series}_master.h5`;
  return path.join(folder, names.find((name) => name.endsWith(suffix))!);
}

try {
  await readLiveEvents({
    web: installation.web,
    cookie,
    topics: [`experiment:${installation.experiment.id}`],
    onEvents(events) {
      for (const { kind, data } of events) if (kind === 'job.changed') heard.add(String(data.jobId));
      wake();
    },
    signal: stopping.signal,
  });
  await push.bind(installation.detectorEndpoint);
  const { datasetId } = await measure(WARM_UP.frames, WARM_UP.rateHz);
  const rateHz = Math.floor(SHARE * (await framesPerCoreSecond(datasetId, WARM_UP.frames)));
  process.stdout.write(`${rateHz} frames a second\n`);
  const measured: { frames: number; rate_hz: number; last_to_page_s: number }[] = [];
  let newest = datasetId;
  for (const frames of FRAMES) {
    const { lastToPageS, ...series } = await measure(frames, rateHz);
    newest = series.datasetId;
    measured.push({ frames, rate_hz: rateHz, last_to_page_s: round(lastToPageS, 2) });
    process.stdout.write(`${JSON.stringify(measured.at(-1))}\n`);
  }
  // All series are the same frames over and over.
  const stored = FRAMES.at(-1) ?? WARM_UP.frames;
  const own = round(await framesPerCoreSecond(newest, stored), 1);
  const dials = await dialsPerCoreSecond(masterOf(seriesId), stored);
  const speed = { frames_s_core: own, dials_frames_s_core: dials && round(dials, 1), detector: DETECTOR };
  const rows = measured.map((row) => ({ ...row, ...speed }));
  process.stdout.write(`${JSON.stringify({ bench: 'fast-feedback', rows })}\n`);
} finally {
  stopping.abort();
  push.close();
  await close();
  await installation.stop();
}
