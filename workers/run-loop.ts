import type { JobRunsService } from '#src/server/domain/jobs/job-runs.service.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import type { Logger } from '#src/server/observability/logger.ts';

/** Between two looks while runs are alive: what a person watching a log takes for "at once". */
const BUSY_MS = 500;
/** While a run follows a dataset: frames are told to it, and its numbers to people, soon after one another. */
const FOLLOWING_MS = 150;
/** After a start: people see it as waiting until its process has been seen. */
const STARTED_MS = 150;
/** And while none is: how soon the runs of a killed worker are noticed, beyond their lease. */
const IDLE_MS = 2000;
const FAULT_MS = 5000;

/**
 * The loop that submits waiting jobs and observes runs. A task of the queue only wakes it: no task ever holds a run, so
 * that a killed worker leaves no locked task behind.
 */
export class RunLoop {
  private readonly runs: JobRunsService;
  private readonly owner: string;
  private readonly log: Logger;
  private stopped = false;
  private wakeUp: (() => void) | null = null;
  private woken = false;
  private finished: Promise<void> = Promise.resolve();

  constructor(runs: JobRunsService, owner: string, log: Logger) {
    this.runs = runs;
    this.owner = owner;
    this.log = log;
  }

  start(): void {
    this.runs.onRunEnd(() => this.wake());
    this.finished = this.loop();
  }

  /** A job may be waiting: look now. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** Resolves when the last look is over. Runs go on by themselves. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeUp?.();
    await this.finished;
  }

  private async loop(): Promise<void> {
    while (!this.stopped) {
      this.woken = false;
      let pauseMs = IDLE_MS;
      try {
        const ctx = systemContext('worker');
        const input = { owner: this.owner };
        // In this order: a run that has just ended leaves its place to the next without a pause.
        const alive = await this.runs.observeRuns(ctx, input);
        const started = await this.runs.submitWaiting(ctx, input);
        if (alive > 0) pauseMs = this.runs.isFollowing() ? FOLLOWING_MS : BUSY_MS;
        if (started > 0) pauseMs = STARTED_MS;
      } catch (error) {
        // The database may be away for a while; runs go on, and are found again.
        this.log.error({ err: error }, 'jobs cannot be looked after');
        pauseMs = FAULT_MS;
      }
      await this.pause(pauseMs);
    }
  }

  private pause(ms: number): Promise<void> {
    if (this.stopped || this.woken) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const self = this;
      function done() {
        clearTimeout(timer);
        self.wakeUp = null;
        resolve();
      }
      this.wakeUp = done;
    });
  }
}
