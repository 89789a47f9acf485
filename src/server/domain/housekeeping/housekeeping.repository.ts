import { lt, or } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import { authSession, identityProof, keptAnswer, oneTimeLink, signInAttempt } from '../../db/schema/index.ts';
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

/** What providers had said of people who did not go on. */
export async function removeProofs(q: Queryable, before: Date): Promise<number> {
  const { rowCount } = await q.delete(identityProof).where(lt(identityProof.expiresAt, before));
  return rowCount ?? 0;
}

/** Of every token: one that is used no more forgets nothing by itself. */
export async function removeKeptAnswers(q: Queryable, before: Date): Promise<number> {
  const { rowCount } = await q.delete(keptAnswer).where(lt(keptAnswer.createdAt, before));
  return rowCount ?? 0;
}
