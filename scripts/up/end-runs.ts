import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '../lib/folder-lock.mjs';
import type { CommonLog } from './common-log.ts';

/** Time a job gets to finish by itself, and then to end in good order. */
const FINISH_MS = 10_000;
const TERM_MS = 5000;

interface Run {
  pid: number;
  started: string;
}

/** Supervisors of job runs that still live. They outlive the worker by design, since a killed worker must not cost a run. */
async function liveRuns(runsDir: string): Promise<Run[]> {
  if (!existsSync(runsDir)) return [];
  const runs: Run[] = [];
  for (const name of await readdir(runsDir)) {
    const file = join(runsDir, name, 'run.json');
    if (!existsSync(file)) continue;
    const { pid, startTicks } = JSON.parse(await readFile(file, 'utf8')) as {
      pid: number;
      startTicks: string;
    };
    const run = { pid, started: startTicks };
    if (isAlive(run)) runs.push(run);
  }
  return runs;
}

async function untilEnded(runs: readonly Run[], timeoutMs: number): Promise<Run[]> {
  const until = Date.now() + timeoutMs;
  let left = runs.filter(isAlive);
  while (left.length > 0 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = left.filter(isAlive);
  }
  return left;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The worker has stopped: what still runs finishes soon or is ended. The next start finds its result, or that it was ended. */
export async function endRuns(runsDir: string, log: CommonLog): Promise<void> {
  const runs = await liveRuns(runsDir);
  if (runs.length === 0) return;
  log.info('waiting for running jobs', { jobs: runs.length, atMostS: FINISH_MS / 1000 });
  let left = await untilEnded(runs, FINISH_MS);
  for (const run of left) signal(run.pid, 'SIGTERM');
  left = await untilEnded(left, TERM_MS);
  for (const run of left) signal(run.pid, 'SIGKILL');
}
