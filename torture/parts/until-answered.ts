import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway } from '#src/server/db/database-away.ts';

/** Only against hanging: a database that was killed reads its log first, on a machine that has other things to do. */
const PATIENCE_MS = 300_000;
const PAUSE_MS = 500;

/**
 * Asks database and store, and asks again while one of them is away: whoever judges after a kill may come while they are still starting.
 * Throws every other error at once, and says so when there was no answer in all the time.
 */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  { patienceMs = PATIENCE_MS, pauseMs = PAUSE_MS } = {},
): Promise<T> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      if (Date.now() >= until)
        throw new Error(
          `Database or store gave no answer within ${patienceMs / 1000} s, last ${String(error)}`,
          { cause: error },
        );
    }
    await sleep(pauseMs);
  }
}
