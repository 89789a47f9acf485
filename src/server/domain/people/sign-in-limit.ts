import type { Queryable } from '#src/server/db/client.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { type AttemptScope, nthFailureAt } from './sign-in-attempt.repository.ts';

export const WINDOW_MS = 15 * 60 * 1000;

/**
 * Failures allowed within a quarter of an hour. The pair is the tight one; the e-mail alone is looser, so that a stranger
 * cannot keep somebody out by guessing from elsewhere all night; the address alone stops one machine trying many names.
 */
export const LIMITS = [
  { by: 'pair', failures: 5 },
  { by: 'email', failures: 25 },
  { by: 'ip', failures: 50 },
] as const;

export function waitSentence(waitS: number): string {
  const minutes = Math.ceil(waitS / 60);
  const wait = waitS < 90 ? `${waitS} s` : `${minutes} min`;
  return `Too many attempts to sign in. Try again in ${wait}.`;
}

/**
 * Throws TOO_MANY_REQUESTS with the wait when a limit is reached. The attempt itself has been recorded before (id
 * `attemptId`), so that attempts made at the same moment count against each other.
 */
export async function assertMayTry(
  q: Queryable,
  who: { email: string; ip: string },
  attemptId: number,
  now: Date,
): Promise<void> {
  const since = new Date(now.getTime() - WINDOW_MS);
  let waitMs = 0;
  for (const limit of LIMITS) {
    const scope: AttemptScope =
      limit.by === 'pair' ? who : limit.by === 'email' ? { email: who.email } : { ip: who.ip };
    const at = await nthFailureAt(q, scope, { since, before: attemptId, limit: limit.failures });
    if (at) waitMs = Math.max(waitMs, at.getTime() + WINDOW_MS - now.getTime());
  }
  if (waitMs <= 0) return;
  const waitS = Math.ceil(waitMs / 1000);
  throw new AppError('TOO_MANY_REQUESTS', { message: waitSentence(waitS), retryAfterS: waitS });
}
