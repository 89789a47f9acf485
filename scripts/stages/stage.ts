import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { eachLine } from '../lib/child-lines.ts';
import { unwatch, watch } from '../lib/watchdog.ts';
import { ownEnvironment } from '../up/environment.ts';
import { killGroup } from '../up/supervisor.ts';

/** Stages of `npm test`, and what one of them found. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** One line for each failure that has a name: where, which, and the first line of why. */
  failures?: readonly string[];
}

export interface Stage {
  name: string;
  title: string;
  /** `args` go to the stage's tool, when it is run alone. */
  run(args: readonly string[]): Promise<Counts>;
}

export const ROOT = join(import.meta.dirname, '..', '..');
const KILL_GRACE_MS = 20_000;

export const onePassed: Counts = { passed: 1, failed: 0, skipped: 0 };
export const oneFailed: Counts = { passed: 0, failed: 1, skipped: 0 };

export const sum = (list: readonly Counts[]): Counts =>
  list.reduce(
    (total, each) => ({
      passed: total.passed + each.passed,
      failed: total.failed + each.failed,
      skipped: total.skipped + each.skipped,
      failures: [...(total.failures ?? []), ...(each.failures ?? [])],
    }),
    { passed: 0, failed: 0, skipped: 0, failures: [] },
  );

/** A failure in one line, without the colours of a terminal. */
export function failureLine(where: string, what: string, why = ''): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour.
  const firstLine = why.replaceAll(/\u001b\[[0-9;]*m/g, '').split('\n', 1)[0]!;
  return firstLine === '' ? `${where} › ${what}` : `${where} › ${what}: ${firstLine}`;
}

/** A tool from npm run by this Node: its program's path inside `node_modules`. */
export const nodeTool = (...path: string[]): string => join(ROOT, 'node_modules', ...path);

/** Environment of tests: nothing of a real installation may leak in, only the place of the test data. */
export function testEnvironment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _, ...env } = ownEnvironment(process.env);
  const { BEAMDECK_TESTDATA, CI } = process.env;
  return {
    ...env,
    ...(BEAMDECK_TESTDATA ? { BEAMDECK_TESTDATA } : {}),
    ...(CI ? { CI } : {}),
    // Tests start thousands of processes of the same sources: compiled once and not by each, one costs half of its time.
    NODE_COMPILE_CACHE: join(ROOT, '.data', 'compiled'),
    // So that tools which start "node" find this one, whatever the machine has.
    PATH: `${join(process.execPath, '..')}:${process.env.PATH ?? ''}`,
  } as unknown as NodeJS.ProcessEnv;
}

const children = new Set<ChildProcess>();

/** Ends everything a stage has started; for Ctrl-C. */
export function stopStages(): void {
  for (const child of children) if (child.pid !== undefined) child.kill('SIGTERM');
  setTimeout(() => {
    for (const child of children) if (child.pid !== undefined) killGroup(child.pid);
  }, KILL_GRACE_MS).unref();
}

export interface RunResult {
  code: number;
  output: string;
}

/**
 * Runs a command in a process group of its own. Its output goes to the terminal, or, with `capture`, is returned (standard output only;
 * errors still show).
 */
export function run(
  command: string,
  args: readonly string[],
  options: { capture?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<RunResult> {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: options.env ?? testEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  if (child.pid !== undefined) watch({ pid: child.pid, signal: 'SIGTERM', graceMs: KILL_GRACE_MS });
  const kept: string[] = [];
  eachLine(child.stdout, (line) => {
    if (options.capture) kept.push(line);
    else process.stdout.write(`${line}\n`);
  });
  eachLine(child.stderr, (line) => process.stdout.write(`${line}\n`));
  return new Promise((resolve, reject) => {
    const done = () => {
      children.delete(child);
      if (child.pid !== undefined) unwatch(child.pid);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (code) => {
      done();
      resolve({ code: code ?? 1, output: kept.join('\n') });
    });
  });
}

export const runNode = (args: readonly string[], options?: { capture?: boolean; env?: NodeJS.ProcessEnv }) =>
  run(process.execPath, args, options);
