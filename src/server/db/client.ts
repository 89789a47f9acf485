import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import * as schema from './schema/index.ts';

export type Database = PostgresJsDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** What repositories take: the database, or the transaction a service opened. */
export type Queryable = Database | Transaction;
export type Sql = postgres.Sql;

export interface DatabaseHandle {
  db: Database;
  sql: Sql;
  close(): Promise<void>;
}

/**
 * Seconds until a lost connection is tried again, from the number of tries so far. A database that starts again is back within
 * seconds, and a live view waits for it: the driver's own steps grow to 20 s.
 */
export const reconnectDelayS = (tries: number, random: () => number = Math.random): number =>
  Math.min(1, 0.05 * 2 ** Math.min(tries, 10)) * (0.5 + random() / 2);

/** A connection pool. `max` connections; idle ones are closed after 30 s; statements over 30 s are cancelled by the server. */
export function openDatabase(databaseUrl: string, options: { max: number; name: string }): DatabaseHandle {
  const sql = postgres(databaseUrl, {
    max: options.max,
    idle_timeout: 30,
    connect_timeout: 10,
    backoff: (tries: number) => reconnectDelayS(tries),
    onnotice: () => undefined,
    connection: { application_name: `beamdeck-${options.name}`, statement_timeout: 30_000 },
  });
  return { db: drizzle(sql, { schema }), sql, close: () => sql.end({ timeout: 5 }) };
}
