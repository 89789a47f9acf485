import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SmallDisk } from '#hub/testing/small-disk.ts';
import { ToldSeries } from '#hub/testing/told-series.ts';
import { MOST_QUEUED, smallSeries } from '../parts/detector.ts';
import { contents } from '../parts/landing.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** A disk without room, for a while. */

const MIB = 1024 * 1024;
const FULL_MS = 6000;

function smallDisk(trial: Trial, name: string, sizeBytes: number): SmallDisk {
  const disk = new SmallDisk(path.join(trial.options.folder, name), sizeBytes);
  trial.onEnd(() => disk.unmount());
  return disk;
}

/** Measures and drops files while the disk is full in the middle. */
async function measureWhileFull(trial: Trial, disk: Pick<SmallDisk, 'fill' | 'empty'>): Promise<void> {
  const places = [trial.code('A')];
  const series = smallSeries('full/series', { frames: 200, rateHz: 20, frameTimeS: 0.2 });
  let emptied: Promise<void> | null = null;
  await trial.source.handOver(series, {
    places,
    before(frame) {
      if (frame % 10 === 0)
        trial.landing!.put(`full/f_${frame}.dat`, contents(trial.random, 20_000), { places });
      if (frame !== 60) return;
      disk.fill();
      // The detector may have to wait meanwhile.
      emptied = sleep(FULL_MS).then(() => disk.empty());
    },
  });
  await emptied;
}

const fullJournal: TortureCase = {
  name: 'full-journal',
  about: 'the disk of the state folder full for a while',
  needs: ['root'],
  async run(trial) {
    const disk = smallDisk(trial, 'state-disk', 16 * MIB);
    await trial.openSource();
    trial.openLanding();
    await trial.startAgent({ stateDir: path.join(disk.folder, 'state') });
    await measureWhileFull(trial, disk);
    return `full for ${FULL_MS / 1000} s of a series, with files arriving`;
  },
};

const fullJournalKilled: TortureCase = {
  name: 'full-journal-killed',
  about: 'the HUB killed while the disk of its state folder is full',
  needs: ['root'],
  async run(trial) {
    const disk = smallDisk(trial, 'state-disk', 16 * MIB);
    const source = await trial.openSource();
    const agent = await trial.startAgent({ stateDir: path.join(disk.folder, 'state') });
    const places = [trial.code('A')];
    const [full, killed] = [40, 120];
    const series = new ToldSeries({ prefix: 'full/killed', frames: 200, rateHz: 20, frameTimeS: 0.1 });
    let starting: Promise<void> | null = null;
    const entry = await source.handOver(series, {
      places,
      before(frame) {
        if (frame === full) disk.fill();
        if (frame === killed)
          starting = agent.end('SIGKILL').then(() => {
            disk.empty();
            agent.start();
          });
      },
    });
    await starting;
    entry.mayLack([killed - MOST_QUEUED, killed + MOST_QUEUED]);
    return `full from frame ${full} on, killed before frame ${killed} of ${series.frames}`;
  },
};

const fullSpool: TortureCase = {
  name: 'full-spool',
  hubOnly: true,
  about: "the disk of the HUB's buffer full for a while",
  needs: ['root'],
  async run(trial) {
    const disk = smallDisk(trial, 'buffer-disk', 96 * MIB);
    await trial.openSource();
    trial.openLanding();
    await trial.startAgent({ bufferDir: path.join(disk.folder, 'buffer'), bufferBytes: 64 * MIB });
    await measureWhileFull(trial, disk);
    return `full for ${FULL_MS / 1000} s of a series; the detector waits`;
  },
};

const fullStore: TortureCase = {
  name: 'full-store',
  store: 'fs',
  about: 'the disk of the store full for a while',
  needs: ['root'],
  setting: 'small-store',
  alone: true,
  async run(trial) {
    await trial.openSource();
    trial.openLanding();
    await trial.startAgent();
    await measureWhileFull(trial, trial.installation.storeDisk!);
    return `full for ${FULL_MS / 1000} s of a series, with files arriving`;
  },
};

export const FULL_DISK_CASES: readonly TortureCase[] = [fullJournal, fullJournalKilled, fullSpool, fullStore];
