import { setTimeout as sleep } from 'node:timers/promises';
import { TRAY } from '../judge/ledger.ts';
import { smallSeries } from '../parts/detector.ts';
import { contents } from '../parts/landing.ts';
import type { Trial } from '../parts/trial.ts';
import type { TortureCase } from '../torture-case.ts';

/** Whose data are whose when the active experiment changes: with every clock right, with clocks apart, without a network. */

/** Measures a series and drops files, all of which belong to one place. */
async function measure(trial: Trial, name: string, place: string): Promise<void> {
  const places = [place];
  for (let file = 0; file < 3; file++)
    trial.landing!.put(`${name}/f_${file}.dat`, contents(trial.random, 4000), { places });
  await trial.source.handOver(smallSeries(`switch/${name}`), { places });
}

/** Measures in A, across the switch to B, in B, and back in A; then with no experiment. */
async function measureAcrossSwitches(trial: Trial): Promise<void> {
  const [A, B] = [trial.code('A'), trial.code('B')];
  await measure(trial, 'in-a', A);
  // Begins in A and ends in B: it stays where it began.
  let switching: Promise<void> | null = null;
  await trial.source.handOver(smallSeries('switch/across', { frames: 120, rateHz: 20 }), {
    places: [A],
    before(frame) {
      if (frame === 50) switching = trial.activate('B');
    },
  });
  await switching;
  await measure(trial, 'in-b', B);
  await trial.activate('A');
  await measure(trial, 'again-a', A);
  await trial.activate(null);
  await measure(trial, 'none', TRAY);
}

const across: TortureCase = {
  name: 'switch-across',
  about: 'the experiment switched between and during series',
  short: true,
  async run(trial) {
    await trial.openSource();
    trial.openLanding();
    await trial.startAgent();
    await measureAcrossSwitches(trial);
    return 'A, A across the switch to B, B, A, none';
  },
};

const clockOff: TortureCase = {
  name: 'clock-off',
  about: 'the clock of the server one hour ahead of the agent, also across switches',
  needs: ['faketime'],
  setting: 'clock-off',
  async run(trial) {
    await trial.openSource();
    trial.openLanding();
    await trial.startAgent();
    await measureAcrossSwitches(trial);
    return 'A, A across the switch to B, B, A, none, with one hour between the clocks';
  },
};

const outage: TortureCase = {
  name: 'outage-two-switches',
  about: 'the network away across two switches of the experiment',
  short: true,
  async run(trial) {
    await trial.openSource();
    trial.openLanding();
    await trial.startAgent();
    const lines = Object.values(trial.lines);
    for (const line of lines) line.set({ kind: 'cut' });
    await measure(trial, 'outage-in-a', trial.code('A'));
    await trial.activate('B');
    await measure(trial, 'outage-in-b', trial.code('B'));
    await trial.activate('A');
    await measure(trial, 'outage-again-a', trial.code('A'));
    await sleep(trial.amount(20_000, 2000));
    for (const line of lines) line.set({ kind: 'pass' });
    return 'A, B, A measured without a network, sent afterwards';
  },
};

const killedOutage: TortureCase = {
  name: 'outage-killed',
  about: 'the network away across a switch, and the HUB killed before it is back',
  async run(trial) {
    await trial.openSource();
    trial.openLanding();
    const agent = await trial.startAgent();
    for (const line of Object.values(trial.lines)) line.set({ kind: 'cut' });
    await measure(trial, 'killed-in-a', trial.code('A'));
    await trial.activate('B');
    await measure(trial, 'killed-in-b', trial.code('B'));
    await sleep(2000);
    await agent.killAndStart();
    await sleep(2000);
    for (const line of Object.values(trial.lines)) line.set({ kind: 'pass' });
    return 'A and B measured without a network, HUB killed, sent afterwards';
  },
};

export const SWITCH_CASES: readonly TortureCase[] = [across, outage, killedOutage, clockOff];
