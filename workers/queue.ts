import { setTimeout as sleep } from 'node:timers/promises';
import { type Runner, type RunnerOptions, run, type Worker } from 'graphile-worker';
import type { Logger } from '#src/server/observability/logger.ts';

const RESTART_MS = 1000;
const LAST_STEPS_MS = 5000;
const LOOK_AGAIN_MS = [2, 5, 20, 100, 400, 1200];
const TASKS_OVER = [
  'pool:gracefulShutdown:complete',
  'pool:forcefulShutdown:complete',
  'pool:forcefulShutdown:error',
] as const;

export interface RunningQueue {
  /** Takes no more tasks and resolves when those under way are done. */
  stop(): Promise<void>;
}

/**
 * Resolves when the runner has ended, by itself or because it was stopped. Graphile Worker miscounts when the ends of two tasks fail to be
 * written one after the other, and then waits for ever for them: once it has said that its tasks are over, it gets 5 s to finish.
 */
async function endOf(runner: Runner, log: Logger): Promise<void> {
  const tasksOver = new Promise<void>((resolve) => {
    for (const event of TASKS_OVER) runner.events.once(event, () => resolve());
  });
  const waited = new AbortController();
  const stuck = tasksOver
    .then(() => sleep(LAST_STEPS_MS, undefined, { signal: waited.signal }))
    .then(() => {
      // Its timetable would go on beside that of the next one.
      void runner.stop().catch(() => undefined);
    });
  try {
    await Promise.race([runner.promise, stuck]);
  } catch (error) {
    log.error({ err: error }, 'the queue broke');
  } finally {
    waited.abort();
  }
}

/**
 * The end of a task is written beside the look for the next one: of tasks that take turns (a queue of their own, by its name) the look finds the turn still taken, and the
 * worker would rest until it polls. So whoever ended such a task and found nothing looks again soon.
 */
function takeTurnsAtOnce({ events }: Runner): void {
  const looks = new Map<Worker, number>();
  const timers = new Map<Worker, NodeJS.Timeout>();
  const forget = (worker: Worker) => {
    clearTimeout(timers.get(worker));
    timers.delete(worker);
    looks.delete(worker);
  };
  events.on('job:complete', ({ worker, job }) => {
    if (job.job_queue_id !== null) looks.set(worker, 0);
  });
  events.on('job:start', ({ worker }) => forget(worker));
  events.on('worker:getJob:empty', ({ worker }) => {
    const look = looks.get(worker);
    if (look === undefined) return;
    const afterMs = LOOK_AGAIN_MS[look];
    if (afterMs === undefined) return forget(worker);
    looks.set(worker, look + 1);
    timers.set(
      worker,
      setTimeout(() => worker.nudge(), afterMs),
    );
  });
  events.on('worker:release', ({ worker }) => forget(worker));
  events.on('worker:stop', ({ worker }) => forget(worker));
}

/**
 * Runs the queue and keeps it running: Graphile Worker shuts itself down when it loses its database in the middle of a task. The task
 * it held is taken up again later (see abandoned-tasks.ts). Throws when the queue cannot be started the first time.
 */
export async function startQueue(options: RunnerOptions, log: Logger): Promise<RunningQueue> {
  const stopping = new AbortController();
  // With a delay, even of 0, the end of a task is reported from a place where a lost database is handled, not thrown at nobody.
  const runQueue = async () => {
    const runner = await run({
      ...options,
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
    takeTurnsAtOnce(runner);
    return runner;
  };
  let runner = await runQueue();

  async function restarted(): Promise<Runner | null> {
    while (!stopping.signal.aborted) {
      await sleep(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return null;
      try {
        return await runQueue();
      } catch (error) {
        log.warn({ err: error }, 'the queue cannot start yet');
      }
    }
    return null;
  }

  async function keepRunning(): Promise<void> {
    for (;;) {
      const ended = endOf(runner, log);
      // Stopped while it was starting: nobody else would stop this one.
      if (stopping.signal.aborted) void runner.stop().catch(() => undefined);
      await ended;
      if (stopping.signal.aborted) return;
      log.warn('the queue ended by itself; starting it again');
      const next = await restarted();
      if (next === null) return;
      runner = next;
    }
  }

  const ended = keepRunning();
  return {
    async stop() {
      stopping.abort();
      // One that is ending by itself refuses to be stopped.
      void runner.stop().catch(() => undefined);
      await ended;
    },
  };
}
