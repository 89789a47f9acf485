import { config } from '../config/config.ts';
import { createLogger, type Logger } from './logger.ts';

let log: Logger | undefined;

interface FailedRequest {
  path: string;
  method: string;
  headers: Record<string, string | string[] | undefined>;
}

/** One line for a page that could not be rendered; `digest` is what the person sees on screen. */
export function logPageFault(error: unknown, request: FailedRequest, route: string): void {
  log ??= createLogger('web', config().logLevel);
  const digest = typeof error === 'object' && error !== null && 'digest' in error ? error.digest : undefined;
  const requestId = request.headers['x-request-id'];
  // Without the query: it may hold a one-time token.
  const path = request.path.split('?')[0];
  log.error({ err: error, digest, requestId, method: request.method, path, route }, 'page failed');
}
