import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '#scripts/lib/embedded-postgres.ts';
import { startBackend } from './lib/backend.ts';
import { end, hear, startChild } from './lib/children.ts';
import { detectorToml, startHubChild } from './lib/hub-child.ts';
import { peakResidentBytes } from './lib/processor-time.ts';

/*
 * What an outage of the store costs: a detector at a share of what the HUB can do, the store away for a while in the middle. Nothing may be
 * lost, and the backlog must go. Buffer and store lie on disk, since a minute of data is more than memory has. What is stored is
 * removed soon after, because ten minutes of it would fill the disk; it was checked by then (parts, sizes, hashes).
 * Options: --minutes N (10), --outage S (60), --share X (0.8), --detector NAME (eiger2-4m).
 */

const { values: given } = parseArgs({
  options: {
    minutes: { type: 'string' },
    outage: { type: 'string' },
    share: { type: 'string' },
    detector: { type: 'string' },
  },
});
const MINUTES = Number(given.minutes ?? 10);
const OUTAGE_S = Number(given.outage ?? 60);
const SHARE = Number(given.share ?? 0.8);
const DETECTOR = given.detector ?? 'eiger2-4m';
/** Held in the sender's memory; a series is sent again and again. */
const SERIES_FRAMES = 1000;
const TRIAL_FRAMES = 3000;
const PATIENCE_MS = 10 * 60_000;
/** Stored files older than this are removed. */
const KEPT_MS = 15_000;

const say = (text: string) => process.stderr.write(`${text}\n`);
const base = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-'));
const storeDir = path.join(base, 'store');
const endpoint = `tcp://127.0.0.1:${await freePort()}`;

async function startSender(frames: number, repeats: number, rateHz?: number) {
  const simulator = ['--detector', DETECTOR, '--rate', '100'];
  const sender = startChild('stream-sender.ts', { endpoint, simulator, frames, repeats, rateHz });
  const { imageBytes } = await hear<{ imageBytes: number }>(sender, 'ready');
  return { sender, imageBytes };
}

function removeOldFiles(): void {
  // What begins with a dot are uploads under way, which come and go while one looks.
  const places = existsSync(storeDir) ? readdirSync(storeDir).filter((name) => !name.startsWith('.')) : [];
  const names = places.flatMap((place) =>
    readdirSync(path.join(storeDir, place), { recursive: true, encoding: 'utf8' }).map((name) =>
      path.join(place, name),
    ),
  );
  for (const name of names) {
    const file = path.join(storeDir, name);
    if (!name.endsWith('.h5')) continue;
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() && Date.now() - stats.mtimeMs > KEPT_MS) rmSync(file, { force: true });
  }
}

const backend = await startBackend(storeDir);
const pruning = setInterval(removeOldFiles, 2000);
try {
  const { process: hub, died } = await startHubChild(
    backend,
    path.join(base, 'hub'),
    '40 GiB',
    detectorToml(endpoint),
  );
  // As fast as it goes, for the rate of which a share is sent.
  const trial = await startSender(SERIES_FRAMES, TRIAL_FRAMES / SERIES_FRAMES);
  const trialEnds = backend.nextEnds(TRIAL_FRAMES / SERIES_FRAMES);
  const trialSent = hear<{ startedMs: number }>(trial.sender, 'sent');
  trial.sender.send('once');
  const { startedMs } = await trialSent;
  await Promise.race([trialEnds, died]);
  const seconds = (performance.timeOrigin + performance.now() - startedMs) / 1000;
  await end(trial.sender);
  const maxHz = TRIAL_FRAMES / seconds;
  const rateHz = SHARE * maxHz;
  const repeats = Math.max(1, Math.round((MINUTES * 60 * rateHz) / SERIES_FRAMES));
  say(
    `maximum ${maxHz.toFixed(0)} frames/s; ${repeats} series of ${SERIES_FRAMES} at ${rateHz.toFixed(0)}/s`,
  );

  const { sender, imageBytes } = await startSender(SERIES_FRAMES, repeats, rateHz);
  const ends = backend.nextEnds(repeats);
  let usualFiles = 0;
  let peakBuffer = 0;
  let backlogS: number | null = null;
  let outageEndMs: number | null = null;
  let outage: Promise<void> = Promise.resolve();
  sender.send('once');
  const beginMs = performance.now();
  let isDone = false;
  const watching = (async () => {
    while (!isDone) {
      const { queue, buffer } = await backend.nextHeartbeat();
      peakBuffer = Math.max(peakBuffer, buffer.usedBytes);
      const elapsedS = (performance.now() - beginMs) / 1000;
      if (elapsedS > 5 && elapsedS < (MINUTES * 60) / 3) usualFiles = Math.max(usualFiles, queue.files);
      if (outageEndMs !== null && backlogS === null && queue.files <= usualFiles) {
        backlogS = Math.round((performance.now() - outageEndMs) / 100) / 10;
        say(`the backlog is gone after ${backlogS} s`);
      }
    }
  })();
  outage = sleep((MINUTES * 60_000) / 3).then(async () => {
    say(`the store is away for ${OUTAGE_S} s`);
    await backend.storeOutage(OUTAGE_S);
    outageEndMs = performance.now();
  });
  const late = sleep(MINUTES * 60_000 + OUTAGE_S * 1000 + PATIENCE_MS, undefined, { ref: false }).then(() => {
    throw new Error('not all series ended in time');
  });
  const told = await Promise.race([ends, died, late]);
  await outage;
  isDone = true;
  await watching;
  const frames = told.reduce((sum, { framesReceived }) => sum + framesReceived, 0);
  const named = told.reduce((sum, { missing, lost }) => sum + missing.length + lost.length, 0);
  const result = {
    bench: 'hub-outage',
    lost: repeats * SERIES_FRAMES - frames + named,
    backlog_s: backlogS,
    peak_rss_mb: Math.round(peakResidentBytes(hub.pid) / 1e6),
    peak_buffer_gb: Math.round(peakBuffer / 1e7) / 100,
    minutes: MINUTES,
    outage_s: OUTAGE_S,
    gb_s: Math.round((rateHz * imageBytes) / SERIES_FRAMES / 1e6) / 1000,
    frames_s: Math.round(rateHz),
    max_frames_s: Math.round(maxHz),
    detector: DETECTOR,
  };
  await Promise.all([end(sender), end(hub)]);
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  clearInterval(pruning);
  await backend.stop();
  rmSync(base, { recursive: true, force: true });
}
