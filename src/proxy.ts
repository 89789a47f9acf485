import { randomBytes } from 'node:crypto';
import { type NextRequest, NextResponse } from 'next/server';
import { contentPolicy } from '#src/server/api/content-policy.ts';
import { requestIdOf } from '#src/server/api/request-facts.ts';
import { config as serverConfig } from '#src/server/config/config.ts';
import { isDevelopment } from '#src/server/config/runtime-mode.ts';
import { createLogger, type Logger } from '#src/server/observability/logger.ts';

let log: Logger | undefined;

/**
 * Runs before every page: content policy with a fresh nonce, request id, and the path for the redirect after sign-in.
 * The matcher leaves out /api: a proxy that sees a body cuts it at 10 MB and still lets the request succeed.
 */
export function proxy(request: NextRequest): NextResponse {
  const { webUrl, dataUrl, logLevel, s3Direct, s3PublicUrl, s3Endpoint } = serverConfig();
  const storeUrl = s3Direct.includes('reads') ? s3PublicUrl || s3Endpoint : null;
  const nonce = randomBytes(16).toString('base64');
  const requestId = requestIdOf(request.headers);
  const { pathname, search } = request.nextUrl;
  const policy = contentPolicy({
    nonce,
    webUrl,
    dataUrl,
    storeUrl,
    development: isDevelopment,
  });

  const forwarded = new Headers(request.headers);
  forwarded.set('content-security-policy', policy);
  forwarded.set('x-nonce', nonce);
  forwarded.set('x-request-id', requestId);
  forwarded.set('x-beamdeck-path', pathname + search);

  const response = NextResponse.next({ request: { headers: forwarded } });
  response.headers.set('content-security-policy', policy);
  response.headers.set('x-request-id', requestId);
  if (webUrl.startsWith('https:')) {
    response.headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
  }
  // Without the query: it may hold a one-time token.
  log ??= createLogger('web', logLevel);
  const line = { requestId, method: request.method, path: pathname };
  // What only reads would drown the log; faults while a page is drawn have their own line (see `src/instrumentation.ts`).
  log.debug(line, request.headers.has('next-router-prefetch') ? 'prefetch' : 'page');
  return response;
}

export const config = {
  matcher: ['/((?!api/|_next/static|_next/image|favicon.ico|icon.svg|assets/).*)'],
};
