import type { Pool } from 'pg';
import type { Logger } from '#src/server/observability/logger.ts';

/**
 * A task takes milliseconds, the longest a few seconds, and every statement ends after 30 s: a lock older than this belongs to a
 * process that was killed, or lost its database in mid-task. The queue itself would keep it for four hours.
 */
const ABANDONED_AFTER_S = 60;
const LOOK_EVERY_MS = 15_000;

/** Gives tasks of vanished workers free to be taken again; returns how many. A task may run twice, so one that is merely slow does no harm. */
export async function releaseAbandonedTasks(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ locked_by: string }>(
    `select locked_by from graphile_worker.jobs where locked_at < now() - make_interval(secs => $1)`,
    [ABANDONED_AFTER_S],
  );
  if (rows.length > 0)
    await pool.query('select graphile_worker.force_unlock_workers($1::text[])', [
      [...new Set(rows.map((row) => row.locked_by))],
    ]);
  return rows.length;
}

/** Looks now and then until the returned function is called. */
export function watchAbandonedTasks(pool: Pool, log: Logger): () => Promise<void> {
  let looking: Promise<void> = Promise.resolve();
  const look = () => {
    looking = releaseAbandonedTasks(pool).then(
      (count) => {
        if (count > 0) log.warn({ count }, 'tasks of a worker that vanished are taken up again');
      },
      (error: unknown) => log.warn({ err: error }, 'abandoned tasks cannot be looked for'),
    );
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
