import { lt, or } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { authSession, oneTimeLink, signInAttempt } from '../../db/schema/index.ts';
import { sweepOutbox } from '../../events/outbox-read.repository.ts';

/** Each removes rows older than the instant and returns how many. */
export const removeEvents = sweepOutbox;

export async function removeSignInAttempts(q: Queryable, before: Date): Promise<number> {
  const { rowCount } = await q.delete(signInAttempt).where(lt(signInAttempt.at, before));
  return rowCount ?? 0;
}

/** Sessions that ended, by themselves or revoked. */
export async function removeSessions(q: Queryable, before: Date): Promise<number> {
  const { rowCount } = await q
    .delete(authSession)
    .where(or(lt(authSession.expiresAt, before), lt(authSession.revokedAt, before)));
  return rowCount ?? 0;
}

export async function removeLinks(q: Queryable, before: Date): Promise<number> {
  const { rowCount } = await q.delete(oneTimeLink).where(lt(oneTimeLink.expiresAt, before));
  return rowCount ?? 0;
}
