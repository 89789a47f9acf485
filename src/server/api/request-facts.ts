import { randomUUID } from 'node:crypto';

const ACCEPTED_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** The id under which a request is found in the logs: the proxy's when it sent a sane one, else a new one. */
export function requestIdOf(headers: Headers): string {
  const given = headers.get('x-request-id');
  return given !== null && ACCEPTED_ID.test(given) ? given : randomUUID();
}
