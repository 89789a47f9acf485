import { setTimeout as sleep } from 'node:timers/promises';
import { ServerUnreachable } from '../../agent/http-transport.ts';
import { retryDelayMs } from '../../agent/retry-delay.ts';
import { PullEnded } from './pull-faults.ts';

export interface PatienceOptions {
  /** Of whom it is told: the server that answers questions and the store that gives bytes may be away one without the other. */
  who: 'server' | 'store';
  /** Infinity: for ever. */
  patienceMs: number;
  /** Hears once of each time the server is away, and once that it is back. */
  tell: (sentence: string) => void;
}

/** How long somebody who does not answer is waited for, over all files together. */
export class Patience {
  private readonly options: PatienceOptions;
  /** Of the first failure since the last success, on the clock of this process; null = it answers. */
  private awaySince: number | null = null;

  constructor(options: PatienceOptions) {
    this.options = options;
  }

  /** How often something came. */
  heardTimes = 0;

  /** Something came. */
  heard(): void {
    this.heardTimes++;
    if (this.awaySince !== null) this.options.tell(`The ${this.options.who} answers again.`);
    this.awaySince = null;
  }

  /** Waits before try number `attempt` + 2. Throws PullEnded when that would take too long, and the signal's reason. */
  async wait(error: ServerUnreachable, attempt: number, signal: AbortSignal): Promise<void> {
    const { who, patienceMs, tell } = this.options;
    signal.throwIfAborted();
    const now = performance.now();
    if (this.awaySince === null) {
      this.awaySince = now;
      tell(`The ${who} does not answer (${error.message}); trying again.`);
    }
    if (now - this.awaySince >= patienceMs) {
      const minutes = Math.round(patienceMs / 60_000);
      throw new PullEnded(
        `The ${who} has not answered for ${minutes} minutes (${error.message}). Run the same command again: it goes on where it stopped.`,
      );
    }
    await sleep(error.retryAfterMs ?? retryDelayMs(attempt), undefined, { signal });
  }

  /** Repeats the action until it is answered. What the server refuses is thrown at once. */
  async answered<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        const answer = await action();
        this.heard();
        return answer;
      } catch (error) {
        if (!(error instanceof ServerUnreachable)) throw error;
        await this.wait(error, attempt, signal);
      }
    }
  }
}
