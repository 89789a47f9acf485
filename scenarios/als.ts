import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HUB } from '#hub/agent/agent-program.ts';
import { ToldSeries } from '#hub/testing/told-series.ts';
import { eventually } from '#scripts/lib/facility-api.ts';
import { Landing } from '../torture/parts/landing.ts';
import { SeriesWriter } from '../torture/parts/series-writer.ts';
import type { Trial } from '../torture/parts/trial.ts';
import type { Scenario } from './scenario.ts';

const RATE_HZ = 10;
const SETTLE_MS = 3000;

/** rsync from the beamline's disk to the landing folder, again and again. */
class RsyncLoop {
  private readonly from: string;
  private readonly to: string;
  private looping: Promise<void> | null = null;
  private isOn = false;
  rounds = 0;

  constructor(from: string, to: string) {
    this.from = from;
    this.to = to;
  }

  start(): void {
    this.isOn = true;
    this.looping = this.loop();
  }

  async stop(): Promise<void> {
    this.isOn = false;
    await this.looping;
  }

  private async loop(): Promise<void> {
    while (this.isOn) {
      const child = spawn('rsync', ['-a', `${this.from}/`, `${this.to}/`], { stdio: 'ignore' });
      const code = await new Promise((resolve) => child.once('exit', resolve));
      if (code !== 0) throw new Error(`rsync ended with ${String(code)}`);
      this.rounds += 1;
      await sleep(300);
    }
  }
}

const storedLike = async (trial: Trial, prefix: string): Promise<number> =>
  (await trial.view()).files.filter(({ path }) => path.includes(prefix)).length;

/** Waits until all frames of a series are stored. */
const untilStored = (trial: Trial, { prefix, frames }: ToldSeries) =>
  eventually(`the ${frames} files of ${prefix}`, 120_000, async (note) => {
    const stored = await storedLike(trial, prefix);
    note(stored);
    return stored === frames || null;
  });

export const als: Scenario = {
  name: 'als',
  about:
    'CBF series on the disk of a beamline, bridged into the landing folder of a HUB by an rsync loop; paused by the API call of the cockpit, and by stopping rsync',
  needs: ['rsync'],
  program: HUB,
  async play(trial, say) {
    const frames = trial.amount(60, 10);
    const places = [trial.code('A')];
    const landing = trial.openLanding();
    mkdirSync(landing.beside('beamline'));
    // What the detector's computer writes; the ledger expects it from the landing folder, where rsync brings it.
    const disk = new Landing(landing.beside('beamline'), trial.ledger, 'hub');
    const writer = new SeriesWriter(disk);
    const loop = new RsyncLoop(disk.root, landing.root);
    const measure = async (prefix: string) => {
      const series = new ToldSeries({ prefix, frames, rateHz: RATE_HZ, size: 64 });
      return { series, handed: await writer.handOver(series, { places }) };
    };
    const switchTo = (mode: 'on' | 'paused') =>
      trial.api.agents.setUploads.mutate({ agentId: trial.agentId, mode, held: 'send' });
    await trial.startAgent();
    loop.start();
    try {
      const first = await measure('als/ordinary');
      await untilStored(trial, first.series);
      say(`${frames} frames measured and stored while the loop runs`);

      await switchTo('paused');
      await sleep(SETTLE_MS);
      const second = await measure('als/paused');
      second.handed.fate = 'held';
      await trial.expectNone(await trial.untilQuiet());
      say(
        `${frames} frames measured while uploads are paused (agents.setUploads, as the cockpit calls it): held, and named as held`,
      );
      await switchTo('on');
      second.handed.fate = 'stored';
      await untilStored(trial, second.series);
      say('switched on by the same call: they are stored');

      await loop.stop();
      const third = await measure('als/no-rsync');
      await sleep(SETTLE_MS);
      const early = await storedLike(trial, third.series.prefix);
      if (early > 0) throw new Error(`${early} files came without rsync`);
      say(`${frames} frames measured while rsync is stopped: none of them reaches the HUB`);
      loop.start();
      await untilStored(trial, third.series);
      say(`rsync started again: they are stored (${loop.rounds} rounds of rsync in all)`);
      return { heldBack: [second.series.prefix, third.series.prefix] };
    } finally {
      await loop.stop();
    }
  },
};
