import { setTimeout as sleep } from 'node:timers/promises';
import { ServerUnreachable } from './server-client.ts';

const FIRST_MS = 200;
const LONGEST_MS = 10_000;

/** Wait before try number `attempt` + 1 (attempt from 0): doubling, at most 10 s, with jitter so that agents do not march in step. */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  const step = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return step * (0.5 + random() / 2);
}

/**
 * Repeats `action` until it works, as long as the server cannot be reached; `onFailure` hears of each failure. What the
 * server refuses is thrown at once. Rejects with the signal's reason when stopped.
 */
export async function untilReached<T>(
  action: () => Promise<T>,
  signal: AbortSignal,
  onFailure: (error: ServerUnreachable, attempt: number) => void,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ServerUnreachable)) throw error;
      onFailure(error, attempt);
      await sleep(error.retryAfterMs ?? retryDelayMs(attempt), undefined, { signal });
    }
  }
}
