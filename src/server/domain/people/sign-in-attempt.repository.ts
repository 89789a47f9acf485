import { and, desc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Queryable } from '#src/server/db/client.ts';
import { signInAttempt } from '#src/server/db/schema/index.ts';

/**
 * Records an attempt as failed (until it succeeds) and returns its id. Call in a transaction of its own: the lock makes
 * attempts for one e-mail commit in the order of their ids, so that of many at once each sees all before it.
 */
export async function insertAttempt(
  tx: Queryable,
  row: { email: string; ip: string; at: Date },
): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${row.email}, 0))`);
  const [made] = await tx
    .insert(signInAttempt)
    .values({ ...row, succeeded: false })
    .returning({ id: signInAttempt.id });
  return made!.id;
}

export async function markAttemptSucceeded(q: Queryable, attemptId: number): Promise<void> {
  await q.update(signInAttempt).set({ succeeded: true }).where(eq(signInAttempt.id, attemptId));
}

/** Takes back an attempt that was refused by the limit: waiting must not grow longer by trying. */
export async function deleteAttempt(q: Queryable, attemptId: number): Promise<void> {
  await q.delete(signInAttempt).where(eq(signInAttempt.id, attemptId));
}

export interface AttemptScope {
  email?: string;
  ip?: string;
}

/**
 * When the `limit`-th newest failure in the window happened, or null when there were fewer. The running attempt (counted
 * as failed until it succeeds) is left out by its id; attempts that run at the same time are in.
 */
export async function nthFailureAt(
  q: Queryable,
  scope: AttemptScope,
  window: { since: Date; before: number; limit: number },
): Promise<Date | null> {
  const rows = await q
    .select({ at: signInAttempt.at })
    .from(signInAttempt)
    .where(
      and(
        scope.email === undefined ? undefined : eq(signInAttempt.email, scope.email),
        scope.ip === undefined ? undefined : eq(signInAttempt.ip, scope.ip),
        gte(signInAttempt.at, window.since),
        lt(signInAttempt.id, window.before),
        eq(signInAttempt.succeeded, false),
      ),
    )
    .orderBy(desc(signInAttempt.at))
    .offset(window.limit - 1)
    .limit(1);
  return rows[0]?.at ?? null;
}

/** After a success earlier failures of the same person from the same place no longer count. */
export async function forgiveAttempts(q: Queryable, email: string, ip: string): Promise<void> {
  await q
    .delete(signInAttempt)
    .where(and(eq(signInAttempt.email, email), eq(signInAttempt.ip, ip), eq(signInAttempt.succeeded, false)));
}
