import { eventually } from '#scripts/lib/facility-api.ts';
import type { AgentProcess } from '../parts/agent-process.ts';
import { MOST_QUEUED, smallSeries } from '../parts/detector.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** The HUB restarted, killed or in good order, while a detector is armed or measures, also with a switch while no HUB runs. */

const FRAMES = 120;
const PATIENCE_MS = 120_000;
/** Longer than any restart with a switch in it. */
const SERIES_TIMEOUT_S = 120;

const ENDINGS = ['SIGKILL', 'SIGTERM'] as const;
type Ending = (typeof ENDINGS)[number];
interface Restart {
  ending: Ending;
  /** The experiment is switched while no HUB runs. */
  isSwitched: boolean;
}

/** Of the long form all, of the short form a kill with a switch and a stop without. */
const restarts = (trial: Trial): Restart[] =>
  ENDINGS.flatMap((ending) => [
    { ending, isSwitched: ending === 'SIGKILL' },
    ...(trial.options.short ? [] : [{ ending, isSwitched: ending !== 'SIGKILL' }]),
  ]);

const inWords = ({ ending, isSwitched }: Restart) =>
  `${ending === 'SIGKILL' ? 'killed' : 'stopped'}${isSwitched ? ' across a switch' : ''}`;

async function restart(trial: Trial, agent: AgentProcess, { ending, isSwitched }: Restart): Promise<void> {
  await agent.end(ending);
  if (isSwitched) await trial.activate('B');
  agent.start();
  await trial.untilHeard();
}

/** Waits until the HUB has the start of the series. */
const untilArmed = (trial: Trial) =>
  eventually('a series under way in the HUB', PATIENCE_MS, async (note) => {
    const { agents } = await trial.view();
    const detectors = agents.flatMap(({ status }) => status?.detectors ?? []);
    note(detectors);
    return detectors.some(({ series }) => series !== null) || null;
  });

const armed: TortureCase = {
  name: 'restart-armed',
  about:
    'the HUB killed or stopped while a detector is armed, also across a switch; images come to its successor',
  hubOnly: true,
  short: true,
  async run(trial) {
    const detector = await trial.openDetector(undefined, { seriesTimeoutS: SERIES_TIMEOUT_S });
    const agent = await trial.startAgent();
    for (const each of restarts(trial)) {
      const series = smallSeries(`restart/armed-${each.ending}`, { frames: FRAMES });
      const begun = await detector.arm(series, [trial.code('A')]);
      await untilArmed(trial);
      await restart(trial, agent, each);
      // Nothing was on its way when the HUB went, so nothing may lack.
      await begun.measure({ from: 0, to: FRAMES });
      await begun.end();
      await trial.untilQuiet();
      if (each.isSwitched) await trial.activate('A');
    }
    return `armed, then ${restarts(trial).map(inWords).join(', ')}`;
  },
};

const acquiring: TortureCase = {
  name: 'restart-acquiring',
  about: 'the HUB killed or stopped in mid-series, also across a switch, and started again',
  hubOnly: true,
  async run(trial) {
    const detector = await trial.openDetector(undefined, { seriesTimeoutS: SERIES_TIMEOUT_S });
    const agent = await trial.startAgent();
    const done: string[] = [];
    for (const each of restarts(trial)) {
      const fate = trial.random.integer(FRAMES);
      let restarting: Promise<void> | null = null;
      const series = smallSeries(`restart/acquiring-${each.ending}`, { frames: FRAMES });
      const begun = await detector.arm(series, [trial.code('A')]);
      await untilArmed(trial);
      await begun.measure({
        ...{ from: 0, to: FRAMES },
        before(frame) {
          if (frame === fate) restarting = restart(trial, agent, each);
        },
      });
      await restarting;
      begun.mayLack([fate - MOST_QUEUED, fate + MOST_QUEUED]);
      await begun.end();
      await trial.untilQuiet();
      if (each.isSwitched) await trial.activate('A');
      done.push(`${inWords(each)} before frame ${fate}`);
    }
    return `${done.join(', ')} of ${FRAMES}`;
  },
};

const silent: TortureCase = {
  name: 'restart-silent',
  about:
    'the HUB killed in mid-series, then a detector silent for longer than the HUB waits, which goes on after all',
  hubOnly: true,
  async run(trial) {
    const detector = await trial.openDetector();
    const agent = await trial.startAgent();
    const series = smallSeries('restart/silent', { frames: FRAMES });
    const fate = 1 + trial.random.integer(FRAMES - 1);
    const begun = await detector.arm(series, [trial.code('A')]);
    await begun.measure({ from: 0, to: fate });
    await agent.killAndStart();
    begun.mayLack([fate - MOST_QUEUED, fate - 1]);
    await eventually('the end of what came before', PATIENCE_MS, async (note) => {
      const { datasets } = await trial.view();
      const states = datasets.map(({ state }) => state);
      note(states);
      return (states.length > 0 && !states.includes('receiving')) || null;
    });
    await begun.measure({ from: fate, to: FRAMES });
    await begun.end();
    return `killed before frame ${fate} of ${FRAMES}, the rest sent when the series had been ended`;
  },
};

export const RESTART_CASES: readonly TortureCase[] = [armed, acquiring, silent];
