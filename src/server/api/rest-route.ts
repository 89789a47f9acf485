import type { Principal, ServiceContext } from '#src/server/domain/context.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { limitedPlace } from '#src/shared/model/limited-place.ts';
import { publicErrorOf } from './agent-route.ts';
import { callerAddress } from './caller-address.ts';
import { FailureLimit } from './failure-limit.ts';
import { requestIdOf } from './request-facts.ts';

/**
 * Tokens that were never given, per address, as many as wrong passwords. One that has ended is not counted: a forgotten program with an old
 * token must not keep its neighbours out.
 */
const limit = new FailureLimit({ failures: 50, windowMs: 15 * 60 * 1000 });

/** Whose token the request carries. Throws NOT_SIGNED_IN, TOO_MANY_REQUESTS. */
async function principalOf(request: Request): Promise<Principal> {
  const { tokens, config } = webContainer();
  const caller = limitedPlace(callerAddress(request.headers, config.trustedProxies));
  const now = new Date();
  limit.assertMayTry(caller, now.getTime());
  const token = /^Bearer +(\S{1,200})$/i.exec(request.headers.get('authorization') ?? '')?.[1];
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

/**
 * A GET route for programs with an access token: no cookie is looked at, so a browser of somebody who is signed in opens nothing. Errors are
 * { code, message, requestId, details? } as those of the agent interface. `handle` gives JSON, or a whole answer.
 */
export function restRoute<Params extends Record<string, unknown>>(
  handle: (ctx: ServiceContext, params: Params, url: URL, request: Request) => Promise<object>,
) {
  return async (request: Request, { params }: { params: Promise<Params> }): Promise<Response> => {
    const requestId = requestIdOf(request.headers);
    const headers: Record<string, string> = { 'x-request-id': requestId, 'cache-control': 'no-store' };
    try {
      const ctx = newContext(await principalOf(request), requestId);
      const answer = await handle(ctx, await params, new URL(request.url), request);
      if (!(answer instanceof Response)) return Response.json(answer, { headers });
      for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
      return answer;
    } catch (error) {
      const { status, body, retryAfterS } = publicErrorOf(error, requestId);
      if (status === 401) headers['www-authenticate'] = 'Bearer';
      if (retryAfterS !== null) headers['retry-after'] = String(retryAfterS);
      return Response.json(body, { status, headers });
    }
  };
}
