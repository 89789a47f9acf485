import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { connectionSettings, endConnection } from '../db/connection.ts';
import type { Logger } from '../observability/logger.ts';

const RECONNECT_MS = 1000;

export interface ListenOptions {
  databaseUrl: string;
  /** Channel of NOTIFY. */
  channel: string;
  log: Logger;
  onNotification(): void;
  /** Called whenever listening has begun, also again after an outage: what was notified before was not heard. */
  onListening(): void;
}

export interface Listener {
  /** Resolves when the connection is closed. */
  close(): Promise<void>;
}

/** Listens on a connection of its own until closed. A connection that is lost or cannot be made is made again, for ever. */
export function listen(options: ListenOptions): Listener {
  const closing = new AbortController();
  const ended = keepListening(options, closing.signal);
  return {
    async close() {
      closing.abort();
      await ended;
    },
  };
}

async function keepListening(options: ListenOptions, signal: AbortSignal): Promise<void> {
  const { channel, log } = options;
  let isLost = false;
  const onListening = () => {
    if (isLost) log.info({ channel }, 'listening to the database again');
    isLost = false;
    options.onListening();
  };
  while (!signal.aborted) {
    const fault = await listenOnce({ ...options, onListening }, signal);
    if (signal.aborted) return;
    if (!isLost) log.warn({ channel, reason: fault.message }, 'not listening to the database; trying again');
    isLost = true;
    // Not all processes at the same moment.
    const waitMs = RECONNECT_MS * (0.75 + Math.random() / 2);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Resolves with the reason when the connection is lost or was not made, or when told to close. */
async function listenOnce(options: ListenOptions, signal: AbortSignal): Promise<Error> {
  const client = new pg.Client(connectionSettings(options.databaseUrl, 'live'));
  let close = () => {};
  const over = new Promise<Error>((resolve) => {
    client.on('error', resolve);
    client.on('end', () => resolve(new Error('the connection ended')));
    close = () => resolve(new Error('closed'));
  });
  signal.addEventListener('abort', close);
  client.on('notification', options.onNotification);
  const listening = async () => {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(options.channel)}`);
    if (!signal.aborted) options.onListening();
    return over;
  };
  try {
    return await Promise.race([over, listening().catch((error: Error) => error)]);
  } finally {
    signal.removeEventListener('abort', close);
    await endConnection(client);
  }
}
