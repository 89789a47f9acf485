import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HUB } from '#hub/agent/agent-program.ts';
import { ALL_CASES } from '../all-cases.ts';
import type { Installation } from '../parts/installation.ts';
import { unmetNeeds } from '../parts/needs.ts';
import { isFailed, lineOf, runOne, withInstallation } from '../run-cases.ts';
import type { TortureCase } from '../torture-case.ts';
import {
  AGENT_MISTAKES,
  type AgentMistake,
  type Mistake,
  SERVER_MISTAKES,
  type ServerMistake,
} from './mistakes.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** What an agent consists of. */
const AGENT_PARTS = ['hub', 'src/shared', 'package.json'];
/** A case with a mistake often waits for what never comes. */
const PATIENCE_MS = 60_000;
const SHOWN_FINDINGS = 4;

export interface CheckOptions {
  seed: number;
  /** Names of mistakes; all when null. */
  only: readonly string[] | null;
  signal: AbortSignal;
  say: (line: string) => void;
}

export interface CheckResult {
  mistake: string;
  /** The case that failed; null: the suite would not have noticed. */
  caughtBy: string | null;
}

/** A copy of the agent with the mistake in it. Throws when the place is not there any more, or more than once. */
function copyWith(mistake: AgentMistake, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const part of AGENT_PARTS)
    cpSync(path.join(ROOT, part), path.join(folder, part), {
      recursive: true,
      filter: (file) => !/\.test\.ts$/.test(file),
    });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const file = path.join(folder, mistake.file);
  const source = readFileSync(file, 'utf8');
  if (source.split(mistake.find).length !== 2)
    throw new Error(
      `The mistake ${mistake.name} does not fit ${mistake.file} any more: its place must stand there once.`,
    );
  // A function, for what it replaces with may hold "$".
  writeFileSync(
    file,
    source.replace(mistake.find, () => mistake.replace),
  );
}

/** Runs the cases that should meet a mistake, then the rest of the short form, until one fails. Returns its name; null: none did. */
async function catcherOf(
  mistake: AgentMistake,
  installation: Installation,
  folder: string,
  options: CheckOptions,
): Promise<string | null> {
  const agentRoot = path.join(folder, mistake.name);
  copyWith(mistake, agentRoot);
  const likely = mistake.metBy.map((name) => ALL_CASES.find((each) => each.name === name)!);
  const rest = ALL_CASES.filter(
    (each) => each.short && !each.setting && each.store !== 'rgw' && !likely.includes(each),
  );
  return firstThatFails([...likely, ...rest], installation, agentRoot, options);
}

/** The same of a mistake of the server side, on an installation that makes it. */
async function catcherOfServer(mistake: ServerMistake, options: CheckOptions): Promise<string | null> {
  const { setting, metBy, evidence } = mistake;
  const likely = metBy.map((name) => ALL_CASES.find((each) => each.name === name)!);
  let caughtBy: string | null = null;
  await withInstallation({ setting }, async (installation, folder) => {
    caughtBy = await firstThatFails(likely, installation, ROOT, { ...options, folder, evidence });
    return { keeps: false };
  });
  return caughtBy;
}

async function firstThatFails(
  cases: readonly TortureCase[],
  installation: Installation,
  agentRoot: string,
  { seed, signal, say, folder = agentRoot, evidence }: CheckOptions & { folder?: string; evidence?: RegExp },
): Promise<string | null> {
  for (const each of cases) {
    if (signal.aborted || unmetNeeds(each.needs ?? []).length > 0) continue;
    const result = await runOne(each, installation, path.join(folder, 'trials', each.name), {
      ...{ seed, signal, say, agentRoot, program: HUB, store: 'fs' as const },
      ...{ short: true, keep: false, patienceMs: PATIENCE_MS },
    });
    say(`    ${lineOf(result)}`);
    // Broken off from outside, it says nothing about the mistake.
    if (signal.aborted) return null;
    const telling = result.findings.filter(({ what }) => evidence?.test(what) ?? true);
    for (const { kind, what } of telling.slice(0, SHOWN_FINDINGS)) say(`      ${kind}: ${what}`);
    if (isFailed(result) && (evidence === undefined || telling.length > 0)) return each.name;
  }
  return null;
}

/** Tries mistakes one after the other until asked to stop: what was being tried then is neither caught nor missed. */
export async function tryEach<M extends Mistake>(
  mistakes: readonly M[],
  catcher: (mistake: M) => Promise<string | null>,
  { signal, say }: Pick<CheckOptions, 'signal' | 'say'>,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const mistake of mistakes) {
    if (signal.aborted) break;
    const { name, about } = mistake;
    const caughtBy = await catcher(mistake);
    if (signal.aborted) {
      say(`${name.padEnd(22)} stopped before it was decided`);
      break;
    }
    results.push({ mistake: name, caughtBy });
    say(`${name.padEnd(22)} ${caughtBy === null ? 'NOT CAUGHT' : `caught by ${caughtBy}`}: ${about}`);
  }
  return results;
}

/** Tries every mistake that can be made on this machine: those of agents each in a copy of the agent of its own. */
export async function checkSuite(options: CheckOptions): Promise<CheckResult[]> {
  const { only, signal, say } = options;
  const isAsked = ({ name }: Mistake) => only === null || only.includes(name);
  const possible = SERVER_MISTAKES.filter(isAsked).filter(({ name, needs }) => {
    const unmet = unmetNeeds(needs);
    if (unmet.length > 0) say(`${name.padEnd(22)} skipped: needs ${unmet.join(', ')}`);
    return unmet.length === 0;
  });
  const results = await tryEach(possible, (mistake) => catcherOfServer(mistake, options), options);
  const ofAgents = AGENT_MISTAKES.filter(isAsked);
  if (ofAgents.length === 0 || signal.aborted) return results;
  await withInstallation({}, async (installation, folder) => {
    const catcher = (mistake: AgentMistake) => catcherOf(mistake, installation, folder, options);
    results.push(...(await tryEach(ofAgents, catcher, options)));
    return { keeps: false };
  });
  return results;
}
