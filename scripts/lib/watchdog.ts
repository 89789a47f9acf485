import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { processStart } from './folder-lock.mjs';

/**
 * Ends children whose parent was killed with SIGKILL and could not do it itself. PostgreSQL and Next do not look after their
 * parent, so one small process of its own session (`watchdog-process.mjs`) does it for all: it holds the reading end of a
 * pipe, and when that closes it signals the pids it was told of, in that order.
 */

export interface Watched {
  pid: number;
  /** What ends it in good order: SIGINT is PostgreSQL's fast shutdown. */
  signal: 'SIGTERM' | 'SIGINT';
  /** Time it is given before SIGKILL. */
  graceMs: number;
}

let dog: ChildProcess | null = null;
const watched = new Map<number, Watched & { started: string | null }>();

function send(line: string): void {
  dog?.stdin?.write(`${line}\n`);
}

function start(): void {
  if (dog !== null) return;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'watchdog-process.mjs')], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  dog = child;
  // Somebody killed the dog, not us: the next `watch` starts another, which is told of all that still run.
  const gone = () => {
    if (dog === child) dog = null;
  };
  child.on('error', gone);
  child.on('exit', gone);
  child.stdin?.on('error', gone);
  child.unref();
  if (child.stdin && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  for (const entry of watched.values()) send(`+ ${JSON.stringify(entry)}`);
}

/** Ends `pid` when this process is gone. Order of calls = reverse order of ending: the last one watched is ended first. */
export function watch(entry: Watched): void {
  const full = { ...entry, started: processStart(entry.pid) };
  const running = dog !== null;
  watched.set(entry.pid, full);
  start();
  if (running) send(`+ ${JSON.stringify(full)}`);
}

export function unwatch(pid: number): void {
  if (watched.delete(pid)) send(`- ${pid}`);
}
