import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#src/server/observability/logger.ts';
import type { WorkerContainer } from '#src/server/worker-container.ts';

const BETWEEN_TRIES_MS = 1000;
/** After a crash of the whole machine the database replays its log first; longer than this, somebody must look. */
const PATIENCE_MS = 120_000;

/** What PostgreSQL and the socket say while the server is away or still starting; anything else is no matter of waiting. */
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  '57P01',
  '57P02',
  '57P03',
]);

export function isAway(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && AWAY.has(code);
}

/** Resolves when the database answers: a worker that is back before its database waits instead of dying. */
export async function awaitDatabase({
  sql,
  log,
}: {
  sql: WorkerContainer['sql'];
  log: Logger;
}): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let tries = 1; ; tries++) {
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (!isAway(error) || Date.now() > giveUpAt) throw error;
      if (tries === 1) log.warn('the database does not answer yet; waiting for it');
      await sleep(BETWEEN_TRIES_MS);
    }
  }
}
