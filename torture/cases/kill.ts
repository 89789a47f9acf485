import { ToldSeries } from '#hub/testing/told-series.ts';
import { MOST_QUEUED } from '../parts/detector.ts';
import { SERVER_PROCESSES, type ServerProcess } from '../parts/installation.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** Anything killed at any moment, while a detector measures. */

const FRAMES = 200;
const RATE_HZ = 40;

const series = (name: string) => new ToldSeries({ prefix: `kill/${name}`, frames: FRAMES, rateHz: RATE_HZ });

/** Kills at random moments of so many series, one after the other. */
async function killDuring(trial: Trial, name: string, kill: () => Promise<void>): Promise<number[]> {
  const moments: number[] = [];
  for (let round = 0; round < trial.amount(4, 1); round++) {
    const fate = trial.random.integer(FRAMES);
    moments.push(fate);
    let killing: Promise<void> | null = null;
    await trial.source.handOver(series(name), {
      places: [trial.code('A')],
      before(frame) {
        if (frame === fate) killing = kill();
      },
    });
    await killing;
  }
  return moments;
}

const serverCase = (victims: readonly ServerProcess[], name: string): TortureCase => ({
  name: `kill-${name}`,
  about: `${victims.join(', ')} killed (SIGKILL) at random moments of a series`,
  short: victims.length === 1,
  alone: true,
  async run(trial) {
    await trial.openSource();
    await trial.startAgent();
    const moments = await killDuring(trial, name, () => trial.installation.kill(victims));
    return `killed before frames ${moments.join(', ')} of ${FRAMES}`;
  },
});

const agentCase: TortureCase = {
  name: 'kill-agent',
  about: 'the HUB killed at random moments of a series and started again',
  short: true,
  async run(trial) {
    const source = await trial.openSource();
    const agent = await trial.startAgent();
    const moments: number[] = [];
    for (let round = 0; round < trial.amount(6, 2); round++) {
      const fate = trial.random.integer(FRAMES);
      moments.push(fate);
      const told = series('agent');
      let killing: Promise<void> | null = null;
      const entry = await source.handOver(told, {
        places: [trial.code('A')],
        before(frame) {
          if (frame === fate) killing = agent.killAndStart();
        },
      });
      await killing;
      // What stood in the queues of the connection, or was sent before its end was seen.
      entry.mayLack([fate - MOST_QUEUED, fate + MOST_QUEUED]);
      await trial.untilQuiet();
    }
    return `killed before frames ${moments.join(', ')} of ${FRAMES}`;
  },
};

const allCase: TortureCase = {
  name: 'kill-all',
  about: 'HUB, web, worker, data server and database killed at once',
  short: true,
  alone: true,
  async run(trial) {
    const source = await trial.openSource();
    const agent = await trial.startAgent();
    const fate = trial.random.integer(FRAMES);
    let killing: Promise<unknown> | null = null;
    const entry = await source.handOver(series('all'), {
      places: [trial.code('A')],
      before(frame) {
        if (frame === fate)
          killing = Promise.all([agent.killAndStart(), trial.installation.kill(SERVER_PROCESSES)]);
      },
    });
    await killing;
    entry.mayLack([fate - MOST_QUEUED, fate + MOST_QUEUED]);
    return `killed before frame ${fate} of ${FRAMES}`;
  },
};

export const KILL_CASES: readonly TortureCase[] = [
  agentCase,
  ...SERVER_PROCESSES.map((name) => serverCase([name], name)),
  serverCase(SERVER_PROCESSES, 'server-side'),
  allCase,
];
