import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** Published by Node's HTTP server for every request, before anybody handles it. */
const REQUEST_START = 'http.server.request.start';

const SLOT = Symbol.for('beamdeck.peer-header');
/** Next loads route handlers and the start hook as separate module graphs: what they share hangs on `globalThis`. */
const shared = globalThis as { [SLOT]?: string };

/**
 * From now on every request that an HTTP server of this process receives carries the address at the other end of its socket, in a
 * header whose name is drawn anew by each process: a caller cannot send it. Needed because Next shows route handlers no socket, and
 * writes the socket's address into X-Forwarded-For only when the caller has not sent one. Returns what ends it.
 */
export function notePeerAddresses(): () => void {
  shared[SLOT] ??= `x-beamdeck-peer-${randomBytes(16).toString('hex')}`;
  const name = shared[SLOT];
  const note = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    const address = request.socket.remoteAddress;
    if (address !== undefined) request.headers[name] = address;
  };
  subscribe(REQUEST_START, note);
  return () => {
    unsubscribe(REQUEST_START, note);
  };
}

/** The address at the other end of the request's socket; null for a request that came before `notePeerAddresses`, or through no socket. */
export function peerAddressOf(headers: Headers): string | null {
  const name = shared[SLOT];
  return name === undefined ? null : headers.get(name);
}
