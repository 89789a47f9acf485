import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setPriority } from 'node:os';
import { identityOf } from './process-identity.ts';
import {
  type CancelRequest,
  type RunClaim,
  type RunExit,
  type RunPlan,
  readOwnJson,
  runFile,
  writeWhole,
} from './run-folder.ts';

/**
 * Stands between worker and program: started detached, it outlives the worker, so a run goes on and its end is written
 * down whatever happens to the worker. Called with the run folder. Imports nothing but Node: it starts in milliseconds.
 */

/** How long the pipes of an ended program may stay open because something it started still holds them. */
const DRAIN_MS = 2000;

/**
 * One supervisor per run, whoever comes first: a link is made or refused in one step. (Creating the file and writing
 * to it would be two, and a kill between them would leave a claim without an owner.)
 */
function claim(folder: string): RunClaim | null {
  const own = identityOf(process.pid);
  if (!own) throw new Error('There is no /proc to know processes by.');
  const taken: RunClaim = { ...own, startedAt: new Date().toISOString() };
  const temporary = runFile(folder, `run.${process.pid}.tmp`);
  writeFileSync(temporary, JSON.stringify(taken), { flush: true });
  try {
    linkSync(temporary, runFile(folder, 'run.json'));
    return taken;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw error;
  } finally {
    unlinkSync(temporary);
  }
}

/** Appends what the program prints, as valid UTF-8 without NUL (neither a database text nor a browser takes it). */
class RunLog {
  private readonly file: number;
  private room: number;

  constructor(path: string, maxBytes: number) {
    this.file = openSync(path, 'a', 0o600);
    this.room = maxBytes;
  }

  write(text: string): void {
    if (text === '' || this.room <= 0) return;
    const bytes = Buffer.from(text.replaceAll('\0', '\ufffd'));
    if (bytes.length > this.room) {
      this.room = 0;
      writeSync(this.file, '\n[The log is cut here: it grew beyond its limit.]\n');
      return;
    }
    this.room -= bytes.length;
    writeSync(this.file, bytes);
  }

  close(): void {
    fsyncSync(this.file);
    closeSync(this.file);
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: the group has ended by itself, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Listens from the first moment: a signal between the claim and the start of the program must not kill the supervisor. */
class StopSignal {
  private asked = false;
  private listener: (() => void) | null = null;

  constructor() {
    process.on('SIGTERM', () => {
      this.asked = true;
      this.listener?.();
    });
  }

  onAsked(listener: () => void): void {
    this.listener = listener;
    if (this.asked) listener();
  }
}

async function supervise(
  folder: string,
  plan: RunPlan,
  startedAt: string,
  stop: StopSignal,
): Promise<RunExit> {
  const log = new RunLog(runFile(folder, 'log'), plan.logMaxBytes);
  const exit = (rest: Omit<RunExit, 'startedAt' | 'finishedAt'>): RunExit => ({
    ...rest,
    startedAt,
    finishedAt: new Date().toISOString(),
  });
  const cancelled = await readOwnJson<CancelRequest>(runFile(folder, 'cancel.json'));
  if (cancelled) {
    log.close();
    return exit({ ending: cancelled.why, exitCode: null, signal: null, reason: 'Ended before it began.' });
  }

  setPriority(0, plan.niceness);
  const [program = '', ...args] = plan.argv;
  const child = spawn(program, args, {
    cwd: plan.cwd,
    env: plan.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    const decoder = new TextDecoder();
    stream.on('data', (piece: Buffer) => log.write(decoder.decode(piece, { stream: true })));
    stream.on('end', () => log.write(decoder.decode()));
  }

  let why: RunExit['ending'] = 'exited';
  let force: NodeJS.Timeout | undefined;
  const end = (reason: RunExit['ending']) => {
    if (why === 'exited') why = reason;
    signalGroup(child, 'SIGTERM');
    force ??= setTimeout(() => signalGroup(child, 'SIGKILL'), plan.killAfterMs);
  };
  const limit = setTimeout(() => end('time-limit'), plan.timeLimitMs);
  stop.onAsked(() => {
    readOwnJson<CancelRequest>(runFile(folder, 'cancel.json')).then(
      (asked) => end(asked?.why ?? 'interrupted'),
      () => end('interrupted'),
    );
  });

  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; fault: Error | null }>(
    (resolve) => {
      child.once('error', (fault) => resolve({ code: null, signal: null, fault }));
      child.once('exit', (code, signal) => resolve({ code, signal, fault: null }));
    },
  );
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  if (child.pid !== undefined) {
    const identity = identityOf(child.pid);
    if (identity) await writeWhole(runFile(folder, 'program.json'), JSON.stringify(identity));
  }

  const { code, signal, fault } = await ended;
  clearTimeout(limit);
  clearTimeout(force);
  if (fault) {
    log.close();
    return exit({ ending: 'start-failed', exitCode: null, signal: null, reason: fault.message });
  }
  signalGroup(child, 'SIGKILL');
  let drain: NodeJS.Timeout | undefined;
  await Promise.race([
    closed,
    new Promise<void>((resolve) => {
      drain = setTimeout(resolve, DRAIN_MS);
    }),
  ]);
  clearTimeout(drain);
  child.stdout.destroy();
  child.stderr.destroy();
  log.close();
  const reasons: Record<RunExit['ending'], string | null> = {
    exited: signal ? `The program was ended by ${signal}.` : null,
    cancelled: 'The run was cancelled.',
    interrupted: 'The run was ended because its machine was shut down.',
    'time-limit': `The run took longer than its limit of ${Math.round(plan.timeLimitMs / 1000)} s.`,
    'start-failed': null,
  };
  return exit({ ending: why, exitCode: code, signal, reason: reasons[why] });
}

async function main(): Promise<void> {
  const stop = new StopSignal();
  const folder = process.argv[2];
  if (!folder) throw new Error('process-supervisor needs the folder of a run.');
  if (existsSync(runFile(folder, 'exit.json'))) return;
  const taken = claim(folder);
  if (!taken) return;
  const plan = await readOwnJson<RunPlan>(runFile(folder, 'plan.json'));
  if (!plan) throw new Error('The run has no plan.');
  const result = await supervise(folder, plan, taken.startedAt, stop);
  await writeWhole(runFile(folder, 'exit.json'), JSON.stringify(result));
  // Whatever still holds a pipe must not keep this process.
  process.exit(0);
}

await main();
