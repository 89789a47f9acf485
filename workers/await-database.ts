import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isDatabaseAway } from '#src/server/db/database-away.ts';
import type { Logger } from '#src/server/observability/logger.ts';

const BETWEEN_TRIES_MS = 1000;
/** After a crash of the whole machine the database replays its log first; longer than this, somebody must look. */
const PATIENCE_MS = 120_000;

/** Does one step of the start, again for as long as the database is away meanwhile: a worker that is back before its database waits instead of dying. */
export async function onceDatabaseAnswers<T>(log: Logger, step: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let tries = 1; ; tries++) {
    try {
      return await step();
    } catch (error) {
      if (!isDatabaseAway(error) || Date.now() > giveUpAt) throw error;
      if (tries === 1) log.warn('the database does not answer yet; waiting for it');
      await sleep(BETWEEN_TRIES_MS);
    }
  }
}

/** Resolves when the database answers. */
export const awaitDatabase = ({ pool, log }: { pool: Pool; log: Logger }) =>
  onceDatabaseAnswers(log, () => pool.query('select 1'));
