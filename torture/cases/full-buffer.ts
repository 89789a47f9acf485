import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToldSeries } from '#hub/testing/told-series.ts';
import { TRAY } from '../judge/ledger.ts';
import type { AgentOptions } from '../parts/agent-process.ts';
import { type Detector, smallSeries } from '../parts/detector.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** The HUB's buffer full while the experiment is switched: what waits in the detector's socket was measured before the switch. */

const MIB = 1024 * 1024;
/** The least a HUB takes. */
const BUFFER_BYTES = 64 * MIB;
const RATE_HZ = 40;
/** Towards the end of the buffer: between its being full and our hearing of it only a few frames may be sent, for the sockets hold few. */
const LATE_RATE_HZ = 4;
const SECOND_FRAMES = 30;
/** Of the second series' frames, so many are handed over before the switch, if the sockets take them. */
const BEFORE_SWITCH = 3;
/** The sockets must have taken over the end of one series and the start of the next by then; they take 24 messages and more. */
const TAKEN_MS = 60_000;

/** Sends frames until the buffer is full, which takes about `estimate` of them, and ends the series there. */
async function fill(trial: Trial, detector: Detector, estimate: number): Promise<number> {
  const series = new ToldSeries({
    prefix: 'full-buffer/first',
    frames: Math.ceil(2 * estimate),
    rateHz: RATE_HZ,
    frameTimeS: 0.1,
  });
  let isFull = false;
  const telling = trial.untilReported('buffer-full').then(() => {
    isFull = true;
  });
  const begun = await detector.arm(series, [trial.code('A')]);
  let sent = 0;
  while (!isFull && sent < series.frames) {
    const isLate = sent > 0.85 * estimate;
    const next = isLate ? sent + 1 : Math.min(Math.ceil(0.85 * estimate) + 1, series.frames);
    await begun.measure({ from: sent, to: next });
    sent = next;
    if (isLate) await sleep(1000 / LATE_RATE_HZ);
  }
  await telling;
  await begun.end();
  return sent;
}

const fullBuffer = (
  name: string,
  about: string,
  totalBytes: number,
  options: (trial: Trial) => Partial<AgentOptions>,
): TortureCase => ({
  name,
  about,
  hubOnly: true,
  async run(trial) {
    const detector = await trial.openDetector(undefined, { seriesTimeoutS: 120 });
    await trial.startAgent({ bufferBytes: BUFFER_BYTES, ...options(trial) });
    trial.lines.data.set({ kind: 'cut' });
    const frameBytes = new ToldSeries({ prefix: 'size', frames: 1, rateHz: 1 }).images[0]!.length;
    const filled = await fill(trial, detector, totalBytes / frameBytes);
    // Started in A; nobody but the detector knows it before there is room again. The HUB may not be sure, but must not say B.
    const waiting = smallSeries('full-buffer/waiting', { frames: SECOND_FRAMES, rateHz: RATE_HZ });
    const tooLong = AbortSignal.timeout(TAKEN_MS);
    const begun = await Promise.race([
      detector.arm(waiting, [trial.code('A'), TRAY]),
      new Promise<never>((_, reject) =>
        tooLong.addEventListener('abort', () => reject(new Error('the sockets were full before the buffer'))),
      ),
    ]);
    await begun.measure({ from: 0, to: BEFORE_SWITCH });
    await trial.activate('B');
    trial.lines.data.set({ kind: 'pass' });
    await begun.measure({ from: BEFORE_SWITCH, to: SECOND_FRAMES });
    await begun.end();
    await trial.untilQuiet();
    await detector.handOver(smallSeries('full-buffer/in-b'), { places: [trial.code('B')] });
    return `full after ${filled} frames; the next series waited in the socket across the switch`;
  },
});

const inMemory = fullBuffer(
  'full-buffer-switch',
  "the HUB's buffer full across a switch, with a series behind it in the detector's socket",
  BUFFER_BYTES,
  () => ({}),
);

const spilled = fullBuffer(
  'full-spill-switch',
  'the same with a second folder on a disk, which is full too',
  2 * BUFFER_BYTES,
  (trial) => ({ spill: { dir: path.join(trial.options.folder, 'spill'), bytes: BUFFER_BYTES } }),
);

export const FULL_BUFFER_CASES: readonly TortureCase[] = [inMemory, spilled];
