import pg from 'pg';
import type { Logger } from '../observability/logger.ts';
import { connectionSettings, cutConnection } from './connection.ts';

const IDLE_MS = 30_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const CLOSE_MS = 5000;

export interface PoolOptions {
  /** Most connections at the same time. */
  max: number;
  /** Seen by the database as `beamdeck-NAME`. */
  name: string;
  log: Logger;
}

export interface OpenPool {
  pool: pg.Pool;
  /** Resolves when every connection is closed; those still in use after 5 s are cut. May be called twice. */
  close(): Promise<void>;
}

/**
 * A pool of connections that outlives its database: a connection that dies is logged and forgotten, the next one is made when it is
 * needed. Idle ones are closed after 30 s, the server cancels statements after 30 s, and nobody waits for a connection longer than 10 s.
 */
export function openPool(databaseUrl: string, { max, name, log }: PoolOptions): OpenPool {
  const pool = new pg.Pool({
    ...connectionSettings(databaseUrl, name),
    max,
    idleTimeoutMillis: IDLE_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  });
  const open = new Map<pg.PoolClient, Promise<void>>();
  // Node ends a process in which an error event has no listener, and a connection that is in use has none of the pool's.
  pool.on('connect', (client) => {
    const ended = new Promise<void>((resolve) => client.on('end', () => resolve()));
    open.set(client, ended);
    void ended.then(() => open.delete(client));
    let isLost = false;
    client.on('error', ({ message }) => {
      // First what the server says, then that the connection ended.
      if (!isLost) log.warn({ pool: name, reason: message }, 'a database connection was lost');
      isLost = true;
    });
  });
  // The pool repeats what its idle connections have just said above.
  pool.on('error', () => undefined);

  async function end(): Promise<void> {
    const ended = Promise.all([pool.end(), ...open.values()]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const cut = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        for (const client of open.keys()) cutConnection(client);
        resolve();
      }, CLOSE_MS);
    });
    await Promise.race([ended, cut]);
    clearTimeout(timer);
  }
  let closing: Promise<void> | undefined;
  return {
    pool,
    close: () => {
      closing ??= end();
      return closing;
    },
  };
}
