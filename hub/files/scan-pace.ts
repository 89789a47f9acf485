import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** How long work may go on before it rests. */
const SLICE_MS = 20;

/** Keeps a long look through a folder from taking the machine: rests in proportion to the work, and knows what it cost. */
export class ScanPace {
  /** Time of a processor, of this thread, that the work has taken so far. */
  cpuMs = 0;
  private readonly restsPerWork: number;
  private workedMs = 0;
  private since = this.now();

  /** @param restsPerWork so many times as long as it works it rests: with 3, a quarter of a processor at most */
  constructor(restsPerWork: number) {
    this.restsPerWork = restsPerWork;
  }

  private now(): { wallMs: number; cpuUs: number } {
    const { user, system } = process.threadCpuUsage();
    return { wallMs: performance.now(), cpuUs: user + system };
  }

  /** Between two groups of entries: everything else of the agent has its turn. Rejects when the signal fires. */
  async rest(signal: AbortSignal): Promise<void> {
    this.note();
    if (this.restsPerWork > 0 && this.workedMs >= SLICE_MS) {
      const pauseMs = this.workedMs * this.restsPerWork;
      this.workedMs = 0;
      await sleep(pauseMs, undefined, { signal });
    } else await nextTurn(undefined, { signal });
    this.since = this.now();
  }

  /** The work ends here. */
  note(): void {
    const now = this.now();
    this.workedMs += now.wallMs - this.since.wallMs;
    this.cpuMs += (now.cpuUs - this.since.cpuUs) / 1000;
    this.since = now;
  }
}

/** One after the other: several large folders are not looked through at the same time. */
export class ScanTurns {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs the action when those before it have ended. */
  take<T>(action: () => Promise<T>): Promise<T> {
    const own = this.last.then(action);
    this.last = own.catch(() => undefined);
    return own;
  }
}
