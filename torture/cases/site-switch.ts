import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HUB } from '#hub/agent/agent-program.ts';
import { LocalClient } from '#hub/cli/local-client.ts';
import { eventually } from '#scripts/lib/facility-api.ts';
import type { AgentProcess } from '../parts/agent-process.ts';
import { smallSeries } from '../parts/detector.ts';
import { MovingClock } from '../parts/moving-clock.ts';
import { CLEAR_OF_SWITCH_MS, type Trial } from '../parts/trial.ts';
import type { ExperimentName } from '../parts/trial-ground.ts';
import type { TortureCase } from '../torture-case.ts';

/** The experiment switched on site while no server can be reached, with clocks that are wrong. */

/** Longer than a moved clock needs to be seen. */
const CLOCK_SEEN_MS = 2500;

const FRAMES = 60;
const PATIENCE_MS = 120_000;

/** Waits until the HUB has so many frames and no series under way, by its own word: there is no server to ask. */
async function untilReceived(agent: AgentProcess, frames: number): Promise<void> {
  const local = new LocalClient(agent.stateDir, HUB);
  await eventually(`${frames} frames in the HUB`, PATIENCE_MS, async (note) => {
    const [detector] = (await local.status()).status.detectors;
    note(detector);
    return (detector?.frames === frames && detector.series === null) || null;
  });
}

/** As `beamdeck-hub activate` on the HUB's machine. */
async function activateOnSite(trial: Trial, agent: AgentProcess, name: ExperimentName): Promise<void> {
  await sleep(CLEAR_OF_SWITCH_MS);
  await agent.command('activate', trial.experiments[name].id);
  await sleep(CLEAR_OF_SWITCH_MS);
}

const measure = (trial: Trial, name: string, experiment: ExperimentName) =>
  trial.source.handOver(smallSeries(`site/${name}`, { frames: FRAMES }), {
    places: [trial.code(experiment)],
  });

/** Measures across two switches made on site, without a network; `between` is called after the first. */
async function switchOnSite(
  trial: Trial,
  agent: AgentProcess,
  between: () => Promise<void> = async () => undefined,
): Promise<void> {
  const lines = Object.values(trial.lines);
  for (const line of lines) line.set({ kind: 'cut' });
  await measure(trial, 'in-a', 'A');
  await activateOnSite(trial, agent, 'B');
  await measure(trial, 'in-b', 'B');
  await between();
  await measure(trial, 'still-b', 'B');
  await activateOnSite(trial, agent, 'A');
  await measure(trial, 'again-a', 'A');
  for (const line of lines) line.set({ kind: 'pass' });
  await trial.untilQuiet();
  const { items } = await trial.api.instruments.activations.query({ instrumentId: trial.instrument.id });
  const onSite = items.filter(({ site }) => site !== null).length;
  if (onSite !== 2) throw new Error(`the history shows ${onSite} switches as made on site, not 2`);
}

const right: TortureCase = {
  name: 'site-switch',
  about: 'two switches made on site without a network, the HUB killed between them',
  hubOnly: true,
  async run(trial) {
    await trial.openSource();
    const agent = await trial.startAgent();
    await switchOnSite(trial, agent, async () => {
      // What still stood in the socket would be gone with the HUB.
      await untilReceived(agent, 2 * FRAMES);
      await agent.killAndStart();
    });
    return 'A, switched on site to B, HUB killed, B, switched on site to A; sent afterwards';
  },
};

const clockOff: TortureCase = {
  name: 'site-switch-clock',
  about: 'two switches made on site without a network, with one hour between the clocks',
  hubOnly: true,
  needs: ['faketime'],
  setting: 'clock-off',
  async run(trial) {
    await trial.openSource();
    const agent = await trial.startAgent();
    await switchOnSite(trial, agent);
    return 'A, switched on site to B, B, switched on site to A, with one hour between the clocks';
  },
};

const clockSet: TortureCase = {
  name: 'site-switch-clock-set',
  about:
    "two switches made on site without a network; the HUB's clock is an hour wrong, and put right between them",
  hubOnly: true,
  needs: ['faketime'],
  async run(trial) {
    await trial.openSource();
    const clock = new MovingClock(path.join(trial.options.folder, 'clock'));
    clock.set(3600);
    const agent = await trial.startAgent({ environment: clock.environment });
    await switchOnSite(trial, agent, async () => {
      clock.set(0);
      await sleep(CLOCK_SEEN_MS);
    });
    return 'A, switched on site to B an hour early by the clock, B, clock put right, B, switched on site to A';
  },
};

export const SITE_SWITCH_CASES: readonly TortureCase[] = [right, clockOff, clockSet];
