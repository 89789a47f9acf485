import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import { runMigrations as runQueueMigrations } from 'graphile-worker';
import postgres from 'postgres';

const MIGRATIONS = fileURLToPath(new URL('../../../drizzle', import.meta.url));
/** Any number, always the same: two processes that migrate at once take turns. */
const MIGRATION_LOCK = 4_120_771;

/** Brings a database to this version's schema, the queue's own schema included. Safe to call twice and from two processes. */
export async function migrate(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await runMigrations(drizzle(sql), { migrationsFolder: MIGRATIONS });
    await runQueueMigrations({ connectionString: databaseUrl });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
