import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentProgram } from '#hub/agent/agent-program.ts';
import { hashIntegers } from '#hub/simulator/random-source.ts';
import { startRgw } from '#scripts/lib/throwaway-rgw.ts';
import { type Finding, type Tally, tallyOf } from './judge/findings.ts';
import { Installation } from './parts/installation.ts';
import { MovingClock } from './parts/moving-clock.ts';
import { type Need, unmetNeeds } from './parts/needs.ts';
import { movingEnvironment } from './parts/settings.ts';
import { Trial } from './parts/trial.ts';
import type { Setting, StoreKind, TortureCase } from './torture-case.ts';

const SHOWN_FINDINGS = 12;
/** What the case before has killed may still be coming up again. */
const BEGIN_TRIES = 3;
const BEGIN_PAUSE_MS = 3000;

export interface RunOptions {
  seed: number;
  short: boolean;
  /** Cases at once, each on its instrument. One when left out. */
  parallel?: number;
  program: AgentProgram;
  store: StoreKind;
  /** Checkout whose agent runs. */
  agentRoot: string;
  /** The program as it is shipped, in one file, in place of that of the checkout. */
  executable?: string | undefined;
  /** Leaves folders of failed cases for people. */
  keep: boolean;
  /** For things to come to rest; minutes when left out. */
  patienceMs?: number;
  /** No further case begins after it fires. */
  signal: AbortSignal;
  say: (line: string) => void;
}

export interface CaseResult {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** What was done; why it was skipped; what broke it off. */
  what: string;
  findings: readonly Finding[];
  tally: Tally;
  seconds: number;
}

export const isFailed = ({ outcome }: CaseResult) => outcome === 'failed';

/** Runs the cases, each on its instrument, those of one setting on one installation. */
export async function runCases(cases: readonly TortureCase[], options: RunOptions): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const note = (result: CaseResult) => {
    results.push(result);
    options.say(lineOf(result));
    for (const { kind, what } of result.findings.slice(0, SHOWN_FINDINGS))
      options.say(`    ${kind}: ${what}`);
  };
  const runnable = cases.filter((each) => {
    const unmet = unmetNeeds(each.needs ?? []);
    if (unmet.length > 0) note(skipped(each, unmet));
    return unmet.length === 0;
  });
  const settings = [...new Set(runnable.map(({ setting = 'ordinary' }) => setting))];
  for (const setting of settings) {
    if (options.signal.aborted) break;
    const own = runnable.filter((each) => (each.setting ?? 'ordinary') === setting);
    await runOnOneInstallation(own, setting, options, note);
  }
  return results;
}

async function runOnOneInstallation(
  cases: readonly TortureCase[],
  setting: Setting,
  options: RunOptions,
  note: (result: CaseResult) => void,
): Promise<void> {
  await withInstallation({ setting, store: options.store }, async (installation, folder) => {
    let failed = false;
    const runThem = async (waiting: TortureCase[]) => {
      for (let each = waiting.shift(); each && !options.signal.aborted; each = waiting.shift()) {
        const result = await runOne(each, installation, path.join(folder, each.name), options);
        failed ||= isFailed(result);
        note(result);
      }
    };
    await runThem(cases.filter(({ alone }) => alone));
    const others = cases.filter(({ alone }) => !alone);
    await Promise.all(Array.from({ length: options.parallel ?? 1 }, () => runThem(others)));
    const keeps = failed && options.keep;
    if (keeps) options.say(`folders of the failed cases: ${folder}`);
    return { keeps };
  });
}

/** Starts an installation for some work, and stops it in any case; `keeps`: its folder is left for people. */
export async function withInstallation(
  { setting = 'ordinary', store = 'fs' }: { setting?: Setting; store?: StoreKind },
  work: (installation: Installation, folder: string) => Promise<{ keeps: boolean }>,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-torture-'));
  const clock = setting === 'moving-clock' ? new MovingClock(path.join(folder, 'clock')) : null;
  const rgw = store === 'rgw' ? await startRgw(movingEnvironment(clock, true).gateway) : null;
  let keeps = false;
  try {
    const installation = await Installation.start(path.join(folder, 'data'), { setting, rgw, clock });
    try {
      ({ keeps } = await work(installation, folder));
    } finally {
      await installation.stop();
    }
  } finally {
    await rgw?.close();
    if (!keeps) rmSync(folder, { recursive: true, force: true });
  }
}

const skipped = ({ name }: TortureCase, unmet: readonly Need[]): CaseResult => ({
  name,
  outcome: 'skipped',
  what: `needs ${unmet.join(', ')}`,
  findings: [],
  tally: tallyOf([]),
  seconds: 0,
});

/** A number of its own for each case, so that a case alone meets the same faults as among others. */
const seedOf = (seed: number, name: string) => hashIntegers(seed, ...Buffer.from(name));

/** The trial of a case. That it cannot be set up says nothing about agents yet: it is told and tried again. */
async function beginTrial(
  each: TortureCase,
  installation: Installation,
  folder: string,
  options: RunOptions,
): Promise<Trial> {
  for (let tries = 1; ; tries++) {
    try {
      return await Trial.begin(installation, {
        name: each.name,
        seed: seedOf(options.seed, each.name),
        short: options.short,
        folder,
        program: options.program,
        agentRoot: options.agentRoot,
        executable: options.executable,
        patienceMs: options.patienceMs,
        signal: options.signal,
      });
    } catch (error) {
      if (tries === BEGIN_TRIES || options.signal.aborted) throw error;
      options.say(`${each.name}: could not be set up (${String(error)}), once more`);
      await sleep(BEGIN_PAUSE_MS);
    }
  }
}

/** Runs one case on an installation that is there. */
export async function runOne(
  each: TortureCase,
  installation: Installation,
  folder: string,
  options: RunOptions,
): Promise<CaseResult> {
  const startedMs = Date.now();
  const crashesBefore = installation.crashes.length;
  let trial: Trial | null = null;
  let what = '';
  let broken = false;
  let findings: Finding[] = [];
  try {
    trial = await beginTrial(each, installation, folder, options);
    what = await trial.run(each);
  } catch (error) {
    broken = true;
    what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  try {
    if (trial) findings = broken ? await trial.judge(await trial.view()) : await trial.verdict();
  } catch (error) {
    broken = true;
    what += `; not judged: ${String(error)}`;
  }
  const crashes = installation.crashes.slice(crashesBefore);
  if (crashes.length > 0) what += `; ended by themselves: ${crashes.join('; ')}`;
  const passed = !broken && findings.length === 0 && crashes.length === 0;
  await trial?.end({ keep: !passed && options.keep });
  return {
    name: each.name,
    outcome: passed ? 'passed' : 'failed',
    what,
    findings,
    tally: tallyOf(findings),
    seconds: (Date.now() - startedMs) / 1000,
  };
}

export function lineOf({ name, outcome, what, tally, seconds }: CaseResult): string {
  if (outcome === 'skipped') return `${name.padEnd(22)} skipped  ${what}`;
  const counts = `lost ${tally.lost}, unreported ${tally.unreported}, misplaced ${tally.misplaced}${tally.untrue > 0 ? `, untrue ${tally.untrue}` : ''}`;
  return `${name.padEnd(22)} ${outcome}   ${counts}  (${seconds.toFixed(0)} s)  ${what}`;
}
