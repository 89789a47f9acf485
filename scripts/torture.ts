import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type AgentProgram, HUB, SYNC } from '#hub/agent/agent-program.ts';
import { ALL_CASES } from '../torture/all-cases.ts';
import { type CheckOptions, checkSuite } from '../torture/check/check-suite.ts';
import { runFuzz } from '../torture/fuzz/run-fuzz.ts';
import { type CaseResult, runCases } from '../torture/run-cases.ts';
import { sequenceCase } from '../torture/sequences.ts';
import type { StoreKind } from '../torture/torture-case.ts';
import { ClearFault, explain } from './lib/clear-fault.ts';
import { NO_RGW } from './lib/throwaway-rgw.ts';

/** `npm run torture`: everything that can go wrong, done on purpose; see docs/torture.md. Prints one JSON line last. */

const HELP = `npm run torture -- [options]

  --only NAME,…   these cases, or sequences (sequence-3)
  --short         the short form
  --agent NAME    the agent that is tortured: hub (when left out) or sync
  --executable FILE  a SYNC as npm run package:sync makes it, in place of the checkout's
  --store NAME    where its data go: fs (when left out), or rgw: a bucket of a Ceph of its own
  --sequences N   N random sequences of loads and faults, instead of the cases
  --fuzz N        N nonsensical inputs for every parser, instead of the cases
  --check-suite   mistakes made in copies of the agent: each must be caught (--only names them)
  --parallel N    so many cases at once, where they do not harm what they share
  --seed N        the same faults at the same moments as another run with this seed
  --keep          leave the folders of failed cases
  --list          name the cases
  --help          this text
`;

function parseOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: false,
      options: {
        only: { type: 'string' },
        short: { type: 'boolean', default: false },
        agent: { type: 'string', default: 'hub' },
        executable: { type: 'string' },
        store: { type: 'string', default: 'fs' },
        parallel: { type: 'string' },
        seed: { type: 'string' },
        sequences: { type: 'string' },
        fuzz: { type: 'string' },
        'check-suite': { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new ClearFault(
      `${error instanceof Error ? error.message.split('. ')[0] : error}. npm run torture -- --help lists the options.`,
    );
  }
}

function wholeNumber(text: string | undefined, option: string, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new ClearFault(`${option} must be a whole number, not "${text}".`);
  return Number(text);
}

function programOf(name: string): AgentProgram {
  const program = [HUB, SYNC].find(({ kind }) => kind === name);
  if (!program) throw new ClearFault(`--agent must be hub or sync, not "${name}".`);
  return program;
}

function executableOf(file: string | undefined, program: AgentProgram): string | undefined {
  if (file === undefined) return undefined;
  if (program.kind !== 'sync')
    throw new ClearFault('--executable needs --agent sync: only that is shipped as one file.');
  const found = resolve(file);
  if (!existsSync(found)) throw new ClearFault(`${found} is not there: npm run package:sync makes it.`);
  return found;
}

function storeOf(name: string): StoreKind {
  if (name !== 'fs' && name !== 'rgw') throw new ClearFault(`--store must be fs or rgw, not "${name}".`);
  if (name === 'rgw' && NO_RGW !== null) throw new ClearFault(`--store rgw needs a Ceph: ${NO_RGW}`);
  return name;
}

function chosenCases(
  names: readonly string[] | null,
  { program, store, short }: { program: AgentProgram; store: StoreKind; short: boolean },
) {
  const possible = ALL_CASES.filter(
    (each) => (program.kind === 'hub' || !each.hubOnly) && (each.store ?? store) === store,
  );
  if (names === null) return possible.filter((each) => !short || each.short);
  const unknown = names.filter((name) => !possible.some((each) => each.name === name));
  if (unknown.length > 0)
    throw new ClearFault(
      `There is no case ${unknown.join(', ')}: choose from ${possible.map(({ name }) => name).join(', ')}.`,
    );
  return possible.filter(({ name }) => names.includes(name));
}

/** As many as asked for; of them those that are named: sequence-3. */
const chosenSequences = (count: number, names: readonly string[] | null) =>
  Array.from({ length: count }, (_, n) => sequenceCase(n + 1)).filter(
    ({ name }) => names === null || names.includes(name),
  );

/** The last line: what machines read. */
function summaryOf(
  results: readonly CaseResult[],
  form: string,
  { program, store, executable }: { program: AgentProgram; store: StoreKind; executable: boolean },
) {
  const sum = (kind: keyof CaseResult['tally']) =>
    results.reduce((total, { tally }) => total + tally[kind], 0);
  return {
    torture: form,
    agent: program.kind,
    ...(executable ? { executable } : {}),
    store,
    cases: results.filter(({ outcome }) => outcome !== 'skipped').length,
    lost: sum('lost'),
    unreported: sum('unreported'),
    misplaced: sum('misplaced'),
    failed: results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name),
    skipped: results.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name),
  };
}

async function fuzz(inputs: number, seed: number, say: (line: string) => void): Promise<number> {
  const results = await runFuzz(inputs, seed, say);
  const failed = results.filter(({ fault }) => fault !== null).map(({ parser }) => parser);
  say(JSON.stringify({ torture: 'fuzz', parsers: results.length, inputs, failed }));
  return failed.length > 0 ? 1 : 0;
}

async function check(options: CheckOptions): Promise<number> {
  const results = await checkSuite(options);
  const missed = results.filter(({ caughtBy }) => caughtBy === null).map(({ mistake }) => mistake);
  const stopped = options.signal.aborted;
  options.say(
    JSON.stringify({
      torture: 'check-suite',
      mistakes: results.length,
      missed,
      ...(stopped ? { stopped } : {}),
    }),
  );
  return missed.length > 0 || stopped ? 1 : 0;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const say = (line: string) => process.stdout.write(`${line}\n`);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.list) {
    for (const { name, about } of ALL_CASES) say(`${name.padEnd(22)} ${about}`);
    return 0;
  }
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  process.channel?.unref();
  const seed = wholeNumber(options.seed, '--seed', Date.now() % 1_000_000);
  say(`seed ${seed}`);
  const { signal } = stopping;
  const names = options.only?.split(',') ?? null;
  if (options.fuzz !== undefined) return await fuzz(wholeNumber(options.fuzz, '--fuzz', 0), seed, say);
  if (options['check-suite']) return await check({ seed, only: names, signal, say });
  const program = programOf(options.agent);
  const store = storeOf(options.store);
  const sequences = wholeNumber(options.sequences, '--sequences', 0);
  const cases =
    sequences > 0
      ? chosenSequences(sequences, names)
      : chosenCases(names, { program, store, short: options.short });
  const results = await runCases(cases, {
    seed,
    short: options.short,
    parallel: Math.max(1, wholeNumber(options.parallel, '--parallel', 1)),
    ...{ program, store },
    executable: executableOf(options.executable, program),
    agentRoot: join(import.meta.dirname, '..'),
    keep: options.keep,
    signal,
    say,
  });
  const form = sequences > 0 ? 'sequences' : options.short ? 'short' : 'full';
  const summary = summaryOf(results, form, {
    ...{ program, store },
    executable: options.executable !== undefined,
  });
  say(JSON.stringify(summary));
  return summary.failed.length > 0 || signal.aborted ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`beamdeck: ${explain(error, 'torturing').message}\n`);
  process.exit(1);
}
