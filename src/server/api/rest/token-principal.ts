import type { Container } from '#src/server/container.ts';
import type { Principal } from '#src/server/domain/context.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { limitedPlace } from '#src/shared/model/limited-place.ts';
import { callerAddress } from '../caller-address.ts';
import { FailureLimit } from '../failure-limit.ts';

export type TokenPrincipal = Extract<Principal, { kind: 'token' }>;

/**
 * Tokens that were never given, per address, as many as wrong passwords. One that has ended is not counted: a forgotten program with an old
 * token must not keep its neighbours out.
 */
const limit = new FailureLimit({ failures: 50, windowMs: 15 * 60 * 1000 });

/** Whose token the request carries; cookies are not looked at. Throws NOT_SIGNED_IN, TOO_MANY_REQUESTS. */
export async function tokenPrincipal(
  { tokens, config }: Pick<Container, 'tokens' | 'config'>,
  headers: Headers,
): Promise<TokenPrincipal> {
  const caller = limitedPlace(callerAddress(headers, config.trustedProxies));
  const now = new Date();
  limit.assertMayTry(caller, now.getTime());
  const token = /^Bearer +(\S{1,200})$/i.exec(headers.get('authorization') ?? '')?.[1];
  if (!token) {
    throw new AppError('NOT_SIGNED_IN', 'Send an access token as "Authorization: Bearer bd_…".');
  }
  try {
    return await tokens.authenticate(token, now);
  } catch (error) {
    const isUnknown = error instanceof AppError && error.details?.token === 'unknown';
    if (isUnknown) limit.failed(caller, now.getTime());
    throw error;
  }
}
