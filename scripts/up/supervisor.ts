import { type ChildProcess, spawn } from 'node:child_process';
import { eachLine } from '../lib/child-lines.ts';
import { ClearFault } from '../lib/clear-fault.ts';
import { unwatch, watch } from '../lib/watchdog.ts';
import type { CommonLog } from './common-log.ts';
import { LEVEL } from './log-line.ts';

/** A program that `up` keeps running. */
export interface Program {
  /** Prefix in the log: at most six characters. */
  name: string;
  /** What a person calls it, for sentences: "the web app". */
  title: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Time to end in good order after SIGTERM. */
  graceMs: number;
  /** Resolves when it serves; rejects when it will not. Must give up when the signal aborts. */
  ready?: (signal: AbortSignal) => Promise<void>;
  /** For a program without an address to ask: a part of the line of its log that says it works. Waited for at the first start only. */
  readyLine?: string | undefined;
  /** What becomes of data when it is killed, as a sentence; "Nothing is lost." when absent. */
  whenKilled?: string;
}

/** Something that runs and can be stopped: a program, or the embedded database. */
export interface Running {
  name: string;
  title: string;
  pid: number;
  /** See `Program.whenKilled`. */
  whenKilled?: string | undefined;
  exited: Promise<string>;
  stop(): Promise<void>;
}

interface RunningProgram extends Running {
  /** Resolves at the program's `readyLine`, never when it has none. */
  saidReady: Promise<void>;
}

/** For a program to say that it is ready; a start on a slow disk takes seconds. */
const READY_LINE_MS = 120_000;

/** How a process ended, in words: `exit code 1`, `SIGKILL`. */
export function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`it cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

/** Starts a program in a process group of its own, so that the terminal's Ctrl-C reaches only `up`, who stops all in order. */
export function startProgram(program: Program, log: CommonLog): RunningProgram {
  const child = spawn(program.command, program.args, {
    cwd: program.cwd,
    env: program.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { promise: saidReady, resolve: noteReady } = Promise.withResolvers<void>();
  eachLine(child.stdout, (line) => {
    log.child(program.name, line);
    if (program.readyLine !== undefined && line.includes(program.readyLine)) noteReady();
  });
  eachLine(child.stderr, (line) => log.child(program.name, line, LEVEL.warn));
  const exited = endOf(child);
  const pid = child.pid ?? -1;
  if (pid > 0) watch({ pid, signal: 'SIGTERM', graceMs: program.graceMs });
  let ended = false;
  void exited.then(() => {
    ended = true;
    if (pid > 0) unwatch(pid);
  });
  return {
    name: program.name,
    title: program.title,
    pid,
    whenKilled: program.whenKilled,
    exited,
    saidReady,
    async stop() {
      if (ended || pid <= 0) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => {
        log.warn(`${program.title} does not stop within ${program.graceMs / 1000} s: killed`, { pid });
        killGroup(pid);
      }, program.graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Ends a process and all it started, at once. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Rejects with a `ClearFault` when the line does not come, and when the signal aborts. */
async function untilReadyLine(running: RunningProgram, signal: AbortSignal): Promise<void> {
  const { promise: given, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      reject(
        new ClearFault(
          `${sentenceCase(running.title)} does not become ready within ${READY_LINE_MS / 1000} s. Start again; if it happens again, report it.`,
        ),
      ),
    READY_LINE_MS,
  );
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([running.saidReady, given]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

const sentenceCase = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export type Start = () => Promise<Running>;

/**
 * Keeps what was started and stops it in the reverse order. A process that ends unasked is a crash: `onCrash` hears of it once, or, with
 * `keepGoing`, the process is started again after a second.
 */
export class Supervisor {
  readonly #log: CommonLog;
  readonly #keepGoing: boolean;
  readonly #onCrash: (fault: ClearFault) => void;
  readonly #onChange: (running: readonly Running[]) => void;
  #running: Running[] = [];
  #stopping = false;
  readonly #aborted = new AbortController();

  constructor(options: {
    log: CommonLog;
    keepGoing: boolean;
    onCrash: (fault: ClearFault) => void;
    onChange: (running: readonly Running[]) => void;
  }) {
    this.#log = options.log;
    this.#keepGoing = options.keepGoing;
    this.#onCrash = options.onCrash;
    this.#onChange = options.onChange;
  }

  get signal(): AbortSignal {
    return this.#aborted.signal;
  }

  /** Starts and waits until it is ready. Rejects with a `ClearFault` when it ends before that. */
  async start(program: Program): Promise<Running> {
    let isFirst = true;
    return await this.adopt(async () => {
      const running = startProgram(program, this.#log);
      const waitsForLine = isFirst && program.readyLine !== undefined;
      isFirst = false;
      if (!program.ready && !waitsForLine) return running;
      const waiting = new AbortController();
      const signal = AbortSignal.any([waiting.signal, this.signal]);
      const early = running.exited.then((how) => {
        throw crashFault(running, how, this.#log);
      });
      early.catch(() => undefined); // when ready won the race, the crash handler of #watch speaks instead
      try {
        const ready = program.ready ? program.ready(signal) : untilReadyLine(running, signal);
        await Promise.race([ready, early]);
      } catch (error) {
        waiting.abort();
        await running.stop();
        throw error;
      }
      return running;
    });
  }

  /** Runs `start` now and, with `keepGoing`, after every crash. */
  async adopt(start: Start): Promise<Running> {
    const running = await start();
    if (this.#stopping) {
      await running.stop();
      return running;
    }
    this.#running.push(running);
    this.#onChange(this.#running);
    void this.#watch(running, start);
    return running;
  }

  async #watch(running: Running, start: Start): Promise<void> {
    const how = await running.exited;
    if (this.#stopping) return;
    const position = this.#running.indexOf(running);
    if (!this.#keepGoing) {
      this.#running.splice(position, 1);
      this.#onCrash(crashFault(running, how, this.#log));
      return;
    }
    this.#log.warn(`${running.title} ended (${how}); starting it again in 1 s`, { pid: running.pid });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (this.#stopping) return;
    try {
      const again = await start();
      if (this.#stopping) {
        await again.stop();
        return;
      }
      // The same place in the row: the order of stopping must not change.
      this.#running.splice(position, 1, again);
      this.#onChange(this.#running);
      this.#log.info(`${again.title} runs again`, { pid: again.pid });
      void this.#watch(again, start);
    } catch (error) {
      if (!this.#stopping)
        this.#onCrash(error instanceof ClearFault ? error : new ClearFault(String(error), { cause: error }));
    }
  }

  /** Stops the last started first, one after the other. Safe to call twice. */
  async stopAll(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#aborted.abort();
    for (const running of [...this.#running].reverse()) {
      this.#log.info(`stopping ${running.title}`);
      await running.stop();
      this.#log.info(`${running.title} is stopped`);
    }
    this.#running = [];
  }

  /** No good order any more: everything ends now. */
  killAll(): void {
    this.#stopping = true;
    for (const running of this.#running) killGroup(running.pid);
  }
}

/** One sentence (which, how, what to do), below it the last lines of its log. */
export function crashFault(running: Running, how: string, log: CommonLog): ClearFault {
  const lines = log.lastLines(running.name);
  const text = lines.join('\n');
  const advice = /ENOSPC|No space left/.test(text)
    ? 'The disk is full: free some space and start again.'
    : /EADDRINUSE/.test(text)
      ? 'Its port is in use by another program: stop that, or choose another port, and start again.'
      : how === 'SIGKILL'
        ? `It was killed from outside, perhaps because the machine ran out of memory. ${running.whenKilled ?? 'Nothing is lost.'} Start again.`
        : 'The reason is in the lines below. Start again; if it happens again, report it with them.';
  const last = lines.length > 0 ? `\nThe last lines of its log:\n  ${lines.join('\n  ')}` : '';
  return new ClearFault(`${sentenceCase(running.title)} ended unexpectedly (${how}). ${advice}${last}`);
}
