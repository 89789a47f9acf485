import { setTimeout as sleep } from 'node:timers/promises';
import { ToldSeries } from '#hub/testing/told-series.ts';
import { TRAY } from './judge/ledger.ts';
import type { AgentProcess } from './parts/agent-process.ts';
import { MOST_QUEUED } from './parts/detector.ts';
import type { LineFault } from './parts/fault-relay.ts';
import { SERVER_PROCESSES, type ServerProcess } from './parts/installation.ts';
import { contents } from './parts/landing.ts';
import type { Trial } from './parts/trial.ts';
import type { ExperimentName } from './parts/trial-ground.ts';
import type { TortureCase } from './torture-case.ts';

/** Faults and loads put together by a seed: what nobody thought of. */

const FRAMES = 120;
const RATE_HZ = 30;

type Fault =
  | { kind: 'kill-agent' }
  | { kind: 'kill'; victims: readonly ServerProcess[] }
  | { kind: 'line'; line: 'web' | 'data'; fault: LineFault; forMs: number };

function someFault({ random }: Trial): Fault {
  const chance = random.uniform();
  if (chance < 0.25) return { kind: 'kill-agent' };
  if (chance < 0.5) {
    const count = random.uniform() < 0.8 ? 1 : 2;
    const victims = [...new Set(Array.from({ length: count }, () => SERVER_PROCESSES[random.integer(4)]!))];
    return { kind: 'kill', victims };
  }
  const line = random.uniform() < 0.5 ? 'web' : 'data';
  const faults: readonly LineFault[] = [
    { kind: 'cut' },
    { kind: 'hang' },
    { kind: 'error-500' },
    { kind: 'slow', bytesPerS: 50_000 + random.integer(500_000) },
    { kind: 'truncate', afterBytes: random.integer(200) },
    { kind: 'close', afterBytes: 100 + random.integer(200_000) },
    ...(line === 'data' ? [{ kind: 'damage', atByte: 600 + random.integer(200_000) } as const] : []),
  ];
  return {
    kind: 'line',
    line,
    fault: faults[random.integer(faults.length)]!,
    forMs: 300 + random.integer(5000),
  };
}

const wordsOf = (fault: Fault): string => {
  if (fault.kind === 'kill') return `kill ${fault.victims.join(' and ')}`;
  return fault.kind === 'line' ? `${fault.line} ${fault.fault.kind}` : 'kill HUB';
};

async function harm(trial: Trial, agent: AgentProcess, fault: Fault): Promise<void> {
  if (fault.kind === 'kill-agent') await agent.killAndStart();
  else if (fault.kind === 'kill') await trial.installation.kill(fault.victims);
  else {
    trial.lines[fault.line].set(fault.fault);
    await sleep(fault.forMs);
    trial.lines[fault.line].set({ kind: 'pass' });
  }
}

/** A series and a burst of files at once, with up to three faults at moments of the seed. */
async function step(
  trial: Trial,
  agent: AgentProcess,
  experiment: ExperimentName,
  number: number,
): Promise<string[]> {
  const { random } = trial;
  const places = [trial.code(experiment)];
  const faults = Array.from({ length: random.integer(4) }, () => ({
    at: random.integer(FRAMES),
    fault: someFault(trial),
  }));
  const harming: Promise<void>[] = [];
  const series = new ToldSeries({ prefix: `seq/step_${number}`, frames: FRAMES, rateHz: RATE_HZ });
  const killedAt: number[] = [];
  const dropped = new Set<string>();
  const entry = await trial.source.handOver(series, {
    places,
    before(frame) {
      if (random.uniform() < 0.3) {
        const name = `step_${number}/f_${random.integer(40)}.dat`;
        // Changed while no HUB was there to see it: nothing says when, so staff may have to decide.
        const isRewrite = dropped.has(name) && faults.some(({ fault }) => fault.kind === 'kill-agent');
        dropped.add(name);
        trial.landing!.put(name, contents(random, random.integer(60_000)), {
          places: isRewrite ? [...places, TRAY] : places,
        });
      }
      for (const { at, fault } of faults) {
        if (at !== frame) continue;
        if (fault.kind === 'kill-agent') killedAt.push(frame);
        // One after the other: a HUB or a server that is just starting is not killed again before it is there.
        harming.push((harming.at(-1) ?? Promise.resolve()).then(() => harm(trial, agent, fault)));
      }
    },
  });
  await Promise.all(harming);
  // A kill may have waited for a fault before it, so it is anywhere behind its frame.
  for (const frame of killedAt)
    entry.mayLack([frame - MOST_QUEUED, faults.length > 1 ? FRAMES : frame + MOST_QUEUED]);
  return faults.map(({ fault }) => wordsOf(fault));
}

/** The n-th random sequence of a seed, as a case. */
export const sequenceCase = (number: number): TortureCase => ({
  name: `sequence-${number}`,
  about: 'loads and faults put together by the seed',
  async run(trial) {
    const { random } = trial;
    await trial.openSource();
    trial.openLanding();
    const agent = await trial.startAgent();
    const done: string[] = [];
    let experiment: ExperimentName = 'A';
    const steps = 2 + random.integer(4);
    for (let n = 1; n <= steps; n++) {
      done.push(...(await step(trial, agent, experiment, n)));
      if (random.uniform() < 0.4) await trial.untilQuiet();
      if (random.uniform() < 0.4) {
        experiment = experiment === 'A' ? 'B' : 'A';
        await trial.activate(experiment);
        done.push(`switch to ${experiment}`);
      }
    }
    return `${steps} series with files; ${done.join(', ') || 'no fault'}`;
  },
});
