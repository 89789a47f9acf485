import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import { isDatabaseAway } from './database-away.ts';
import { type OpenPool, openPool, type PoolOptions } from './pool.ts';

export type Database = NodePgDatabase;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];
/** What repositories take: the database, or the transaction a service opened. */
export type Queryable = Database | Transaction;

export interface DatabaseHandle extends OpenPool {
  db: Database;
}

/**
 * Transactions that give back their connection whatever happens, and throw it away unless it is known to be outside of any
 * transaction. Drizzle's own would keep it for ever when its database dies at "begin": a few outages would use up the pool.
 */
const transactionsOn =
  (pool: Pool): Database['transaction'] =>
  async (work, config) => {
    const client = await pool.connect();
    let reusable = false;
    try {
      const result = await drizzle(client).transaction(work, config);
      reusable = true;
      return result;
    } catch (error) {
      reusable = !isDatabaseAway(error) && client.getTransactionStatus() === 'I';
      throw error;
    } finally {
      client.release(!reusable);
    }
  };

/** The database over a pool of connections; see `openPool` for their limits. Connects when first asked something. */
export function openDatabase(databaseUrl: string, options: PoolOptions): DatabaseHandle {
  const opened = openPool(databaseUrl, options);
  const db = drizzle(opened.pool);
  db.transaction = transactionsOn(opened.pool);
  return { ...opened, db };
}
