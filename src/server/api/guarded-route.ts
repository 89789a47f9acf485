import { isDatabaseAway } from '#src/server/db/database-away.ts';
import { webContainer } from '#src/server/web-container.ts';
import { toPublicError } from '#src/shared/errors/app-error.ts';
import { JSON_BODY_LIMIT, withLimitedBody } from './body-limit.ts';
import { toAppError } from './error-mapping.ts';
import { assertOwnOrigin } from './origin-check.ts';
import { requestIdOf } from './request-facts.ts';

/** JSON answer for anything thrown, with the request id in body and header; 5xx are logged with their cause. */
export function errorResponse(thrown: unknown, requestId: string): Response {
  const known = toAppError(thrown);
  const { status, body } = toPublicError(known ?? thrown, requestId);
  if (status >= 500) {
    const { log } = webContainer();
    if (isDatabaseAway(thrown)) log.error({ requestId, err: thrown }, 'database is away');
    else log.error({ requestId, err: thrown }, 'request failed');
  }
  const headers: Record<string, string> = { 'x-request-id': requestId };
  if (known?.retryAfterS !== undefined) headers['retry-after'] = String(known.retryAfterS);
  return Response.json({ error: body }, { status, headers });
}

/**
 * What stands before every route that trusts the session cookie: origin check on writes, body limit, request id in the
 * answer, no stack trace ever. The agent interface has its own (bearer tokens, see `agent-route.ts`).
 */
export async function guarded(
  request: Request,
  handle: (request: Request, requestId: string) => Promise<Response>,
  limitBytes: number = JSON_BODY_LIMIT,
): Promise<Response> {
  const requestId = requestIdOf(request.headers);
  try {
    assertOwnOrigin(request, webContainer().config.webUrl);
    const handled = await handle(await withLimitedBody(request, limitBytes), requestId);
    // The headers of a `Response.redirect` cannot be changed; those of a copy can.
    const response = new Response(handled.body, handled);
    response.headers.set('x-request-id', requestId);
    // Event streams bring their own (no-transform, or compression would hold them back).
    if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
    return response;
  } catch (error) {
    return errorResponse(error, requestId);
  }
}
