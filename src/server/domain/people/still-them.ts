import { AppError } from '#src/shared/errors/app-error.ts';
import type { Database, Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requirePerson } from './people.policy.ts';
import { liveSession } from './session.repository.ts';
import { checkPassword } from './sign-in.ts';

/*
 * A browser left open must not give an account away: what opens it to somebody for good needs the password, or a session that has only just begun.
 */

/** So long after signing in it is still the one who signed in. */
export const FRESH_SESSION_MS = 15 * 60 * 1000;

export async function isFreshSession(q: Queryable, ctx: ServiceContext): Promise<boolean> {
  const live = await liveSession(q, requirePerson(ctx).sessionId, ctx.now());
  return live !== null && ctx.now().getTime() - live.session.createdAt.getTime() < FRESH_SESSION_MS;
}

/** BAD_INPUT at the field `password` unless it is the caller's; wrong ones count as at the sign-in. */
export async function assertOwnPassword(
  db: Database,
  ctx: ServiceContext,
  input: { password: string; ip: string },
): Promise<void> {
  const { email } = requirePerson(ctx);
  try {
    await checkPassword(db, ctx, { ...input, email });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'WRONG_CREDENTIALS')) throw error;
    const message = 'This is not your password.';
    throw new AppError('BAD_INPUT', { message, details: { fields: { password: message } } });
  }
}

/** For accounts without a password: CONFLICT when they signed in too long ago. */
export async function assertFreshSession(q: Queryable, ctx: ServiceContext): Promise<void> {
  if (await isFreshSession(q, ctx)) return;
  throw new AppError(
    'CONFLICT',
    'You signed in some time ago, and your account has no password to ask for. Sign out, sign in again, and do this within 15 minutes.',
  );
}
