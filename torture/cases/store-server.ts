import { setTimeout as sleep } from 'node:timers/promises';
import type { ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import { smallSeries } from '../parts/detector.ts';
import type { Installation } from '../parts/installation.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** The server of a bucket fails while data arrive. */

const FRAMES = 120;
const RATE_HZ = 20;
const FAULT_AT = 30;

type Deed = (rgw: ThrowawayRgw, installation: Installation) => unknown;
interface Harm {
  harm: Deed;
  mend: Deed;
}

/** Hands over a series, and does harm to the server for a while in the middle of it. */
async function measureDuring(trial: Trial, name: string, forMs: number, { harm, mend }: Harm): Promise<void> {
  const { installation } = trial;
  const rgw = installation.rgw!;
  let mending: Promise<unknown> | null = null;
  const series = smallSeries(`store/${name}`, { frames: FRAMES, rateHz: RATE_HZ, frameTimeS: 0.2 });
  await trial.source.handOver(series, {
    places: [trial.code('A')],
    async before(frame) {
      if (frame !== FAULT_AT) return;
      await harm(rgw, installation);
      mending = sleep(forMs).then(() => mend(rgw, installation));
    },
  });
  await mending;
}

/** A case in which the server fails for a while in the middle of a series. */
const failing = (
  name: string,
  about: string,
  forMs: (trial: Trial) => number,
  fault: Harm,
  changes: Partial<TortureCase> = {},
): TortureCase => ({
  name: `store-${name}`,
  about,
  store: 'rgw',
  short: true,
  alone: true,
  async run(trial) {
    await trial.openSource();
    await trial.startAgent();
    await measureDuring(trial, name, forMs(trial), fault);
    return `${name} for ${forMs(trial) / 1000} s from frame ${FAULT_AT} of ${FRAMES} on`;
  },
  ...changes,
});

const killed = failing(
  'killed',
  'the gateway of the bucket killed in mid-series and started again',
  () => 4000,
  { harm: (rgw) => rgw.kill(), mend: (rgw) => rgw.start() },
);

const silent = failing(
  'silent',
  'the gateway of the bucket holds its connections and says nothing',
  (trial) => trial.amount(60_000, 8000),
  { harm: (rgw) => rgw.freeze(), mend: (rgw) => rgw.thaw() },
);

const quota = (rgw: ThrowawayRgw, ...args: string[]) =>
  rgw.admin('quota', ...args, '--quota-scope=bucket', '--uid=beamdeck');

const full = failing('quota', 'the bucket full (its quota used up) for a while', () => 8000, {
  async harm(rgw) {
    await quota(rgw, 'set', '--max-objects=1');
    await quota(rgw, 'enable');
  },
  mend: (rgw) => quota(rgw, 'disable'),
});

const slow = failing('slow', 'the line from the server side to the bucket slow', () => 15_000, {
  harm: (_, { storeLine }) => storeLine!.set({ kind: 'slow', bytesPerS: 150_000 }),
  mend: (_, { storeLine }) => storeLine!.set({ kind: 'pass' }),
});

const skewed = failing(
  'clock',
  "the gateway's clock an hour ahead for a while, parts going straight to it",
  () => 10_000,
  { harm: (_, { clock }) => clock!.set(3600), mend: (_, { clock }) => clock!.set(0) },
  { needs: ['faketime'], setting: 'moving-clock', short: false },
);

export const STORE_CASES: readonly TortureCase[] = [killed, silent, full, slow, skewed];
