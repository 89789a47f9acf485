import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, unlinkSync, writeFileSync } from 'node:fs';
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
import { RunLog } from './run-log.ts';
import { RunningProgram } from './running-program.ts';

/**
 * Stands between worker and program: started detached, it outlives the worker, so a run goes on and its end is written
 * down whatever happens to the worker. Called with the run folder. Imports nothing but Node: it starts in milliseconds.
 */

/**
 * One supervisor per run, whoever comes first: a link is made or refused in one step. (Creating the file and writing
 * to it would be two, and a kill between them would leave a claim without an owner.)
 */
function claim(folder: string): RunClaim | null {
  const own = identityOf(process.pid);
  if (!own) throw new Error('There is no /proc to know processes by.');
  const taken: RunClaim = { ...own, startedAt: new Date().toISOString() };
  const temporary = runFile(folder, `run.${randomBytes(6).toString('hex')}.tmp`);
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

const CANCEL_REASONS: Readonly<Record<CancelRequest['why'], string>> = {
  cancelled: 'The run was cancelled.',
  interrupted: 'The run was ended because its machine was shut down.',
};

/** A log stops growing while so many times as much is free as the least with which runs go on. */
const LOG_RESERVES = 2;

const NOT_ENDED_BY_ITSELF = { exitCode: null, signal: null, use: null };

async function supervise(
  folder: string,
  plan: RunPlan,
  stop: StopSignal,
): Promise<Omit<RunExit, 'startedAt' | 'finishedAt'>> {
  const cancelRequest = () => readOwnJson<CancelRequest>(runFile(folder, 'cancel.json'));
  const cancelled = await cancelRequest();
  if (cancelled) {
    return { ...NOT_ENDED_BY_ITSELF, ending: cancelled.why, reason: 'Ended before it began.' };
  }
  const log = new RunLog(runFile(folder, 'log'), {
    maxBytes: plan.logMaxBytes,
    freeBytes: LOG_RESERVES * plan.diskReserveBytes,
  });
  try {
    const program = await RunningProgram.start(folder, plan, log);
    stop.onAsked(() => {
      cancelRequest().then(
        (asked) => program.end(asked?.why ?? 'interrupted', CANCEL_REASONS[asked?.why ?? 'interrupted']),
        () => program.end('interrupted', CANCEL_REASONS.interrupted),
      );
    });
    return await program.ended();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      ...NOT_ENDED_BY_ITSELF,
      ending: 'start-failed',
      reason: `The run could not be started: ${reason}`,
    };
  } finally {
    log.close();
  }
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
  const result = await supervise(folder, plan, stop);
  const exit: RunExit = { ...result, startedAt: taken.startedAt, finishedAt: new Date().toISOString() };
  await writeWhole(runFile(folder, 'exit.json'), JSON.stringify(exit));
  // Whatever still holds a pipe must not keep this process.
  process.exit(0);
}

await main();
