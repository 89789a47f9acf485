import path from 'node:path';
import { eventually } from '#scripts/lib/facility-api.ts';
import { MOST_QUEUED, smallSeries } from '../parts/detector.ts';
import { contents } from '../parts/landing.ts';
import { PowerDisk } from '../parts/power-disk.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** A machine loses its power: what nobody had synced to its disk is gone. */

const FRAMES = 160;
const RATE_HZ = 20;
const PATIENCE_MS = 600_000;
const AGENT_DISK_BYTES = 1024 * 1024 * 1024;

/** Files and a series, with harm before one frame of it. */
async function measureWith(trial: Trial, round: number, fate: number, harm: () => Promise<void>) {
  const places = [trial.code('A')];
  let harming: Promise<void> | null = null;
  const series = smallSeries(`power/${round}`, { frames: FRAMES, rateHz: RATE_HZ, frameTimeS: 0.05 });
  const entry = await trial.source.handOver(series, {
    places,
    before(frame) {
      if (frame % 4 === 0) {
        const bytes = contents(trial.random, 1 + trial.random.integer(100_000));
        trial.landing!.put(`power/${round}/f_${frame}.dat`, bytes, { places });
      }
      if (frame === fate) harming = harm();
    },
  });
  await harming;
  return entry;
}

/** Waits until more files are stored than before: what was stored in the last moments is what a loss of power puts at risk. */
async function untilMoreStored(trial: Trial): Promise<void> {
  const before = (await trial.view()).files.length;
  await eventually('another stored file', PATIENCE_MS, async (note) => {
    const { length } = (await trial.view()).files;
    note(length);
    return length > before || null;
  });
}

/** Late enough that something is stored by then. */
const someFate = (trial: Trial) => FRAMES / 4 + trial.random.integer(FRAMES / 2);

const store: TortureCase = {
  name: 'power-store',
  about:
    'the machine of web app, worker and data server loses its power: what their disk had not synced is gone',
  store: 'fs',
  needs: ['power-disk'],
  setting: 'power-disk',
  alone: true,
  async run(trial) {
    await trial.openSource();
    trial.openLanding();
    await trial.startAgent();
    const fates: number[] = [];
    for (let round = 0; round < trial.amount(4, 2); round++) {
      const fate = someFate(trial);
      fates.push(fate);
      await measureWith(trial, round, fate, async () => {
        await untilMoreStored(trial);
        await trial.installation.losePower();
      });
    }
    return `power lost before frames ${fates.join(', ')} of ${FRAMES}`;
  },
};

/** Starts the agent of a trial with state and buffer on a disk of their own. */
async function startOnPowerDisk(trial: Trial): Promise<{ losePower: () => Promise<void> }> {
  const disk = new PowerDisk(
    path.join(trial.options.folder, 'agent-disk'),
    path.join(trial.options.folder, 'agent.disk'),
    AGENT_DISK_BYTES,
  );
  trial.onEnd(() => disk.remove());
  await trial.openSource();
  trial.openLanding();
  const process = await trial.startAgent({
    stateDir: path.join(disk.folder, 'state'),
    bufferDir: path.join(disk.folder, 'buffer'),
    wrapper: disk.wrapper,
  });
  const losePower = async () => {
    // A machine without power sees no error of its disk.
    process.freeze();
    disk.cut();
    await process.end('SIGKILL');
    await disk.restore();
    process.start();
  };
  return { losePower };
}

const agent: TortureCase = {
  name: 'power-agent',
  about:
    "the agent's machine loses its power right after enrolment and in mid-series: what its disk had not synced is gone",
  needs: ['power-disk'],
  async run(trial) {
    const { losePower } = await startOnPowerDisk(trial);
    await losePower();
    await trial.untilHeard();
    const fates: number[] = [];
    for (let round = 0; round < trial.amount(4, 2); round++) {
      const fate = someFate(trial);
      fates.push(fate);
      const entry = await measureWith(trial, round, fate, losePower);
      // A buffer is not synced with every frame: what it had is gone, and must be named.
      entry.mayLack([0, fate + MOST_QUEUED]);
      await trial.untilQuiet();
    }
    return `power lost after enrolment and before frames ${fates.join(', ')} of ${FRAMES}`;
  },
};

const unheard: TortureCase = {
  name: 'power-unheard',
  about:
    "the agent's machine loses its power when the server has recorded data files and the agent has not heard of it",
  hubOnly: true,
  needs: ['power-disk'],
  async run(trial) {
    const { losePower } = await startOnPowerDisk(trial);
    const dataFiles = async () => (await trial.view()).files.filter(({ kind }) => kind === 'data').length;
    const fates: number[] = [];
    for (let round = 0; round < trial.amount(3, 1); round++) {
      const before = await dataFiles();
      const fate = someFate(trial);
      fates.push(fate);
      trial.lines.web.set({ kind: 'unheard', pathEnd: '/complete' });
      const entry = await measureWith(trial, round, fate, async () => {
        await eventually('a data file that the server has recorded', PATIENCE_MS, async (note) => {
          const now = await dataFiles();
          note(now);
          return now > before || null;
        });
        await losePower();
        trial.lines.web.set({ kind: 'pass' });
      });
      // What had come when the power was lost; of what the server had said is stored, nothing.
      entry.mayLack([0, FRAMES - 1]);
      await trial.untilQuiet();
    }
    return `power lost after frames ${fates.join(', ')} of ${FRAMES}, with files recorded and not heard of`;
  },
};

export const POWER_CASES: readonly TortureCase[] = [store, agent, unheard];
