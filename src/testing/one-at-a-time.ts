import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { Database } from '../server/db/client.ts';

/**
 * A database over one connection that is asked one thing after the other, in the order of asking: services that ask several things at once
 * of a pool may be given a transaction of it.
 */
export function oneAtATime(client: pg.Client): Database {
  const ask = client.query.bind(client) as (...asked: unknown[]) => Promise<unknown>;
  let last: Promise<unknown> = Promise.resolve();
  const query = (...asked: unknown[]) => {
    const answer = last.then(() => ask(...asked));
    last = answer.catch(() => undefined);
    return answer;
  };
  return drizzle(Object.assign(client, { query }) as pg.Client);
}
