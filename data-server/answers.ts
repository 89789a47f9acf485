import type { IncomingMessage, ServerResponse } from 'node:http';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';
import { AppError, toPublicError } from '#src/shared/errors/app-error.ts';

/** User content never acts as the app's own: no sniffing, no script, no frame, nothing loaded from it by other sites. */
export const SAFE_HEADERS: readonly [string, string][] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Content-Security-Policy', "sandbox; default-src 'none'"],
  ['Cross-Origin-Resource-Policy', 'same-site'],
  ['Referrer-Policy', 'no-referrer'],
];

export function setCommonHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  allowedOrigin: string,
): void {
  for (const [name, value] of SAFE_HEADERS) response.setHeader(name, value);
  response.setHeader('Vary', 'Origin');
  if (request.headers.origin === allowedOrigin) {
    response.setHeader('Access-Control-Allow-Origin', allowedOrigin);
    response.setHeader('Access-Control-Expose-Headers', 'Content-Range, Accept-Ranges, ETag, Content-Length');
  }
}

/** The answer to a preflight: reading by range and sending parts, for the web app only (the origin is set by `setCommonHeaders`). */
export function answerPreflight(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, PUT');
  response.setHeader(
    'Access-Control-Allow-Headers',
    `Range, If-Range, If-None-Match, Content-Type, ${PART_CRC_HEADER}`,
  );
  response.setHeader('Access-Control-Max-Age', '7200');
  response.writeHead(204).end();
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

/** A code and a sentence, never a stack. Does nothing when the answer has begun or the client is gone. */
export function answerError(response: ServerResponse, thrown: unknown, requestId: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, body } = toPublicError(thrown, requestId);
  if (thrown instanceof AppError && thrown.retryAfterS !== undefined) {
    response.setHeader('Retry-After', String(thrown.retryAfterS));
  }
  answerJson(response, status, body);
}
