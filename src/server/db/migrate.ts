import { fileURLToPath } from 'node:url';
import { runMigrations as runQueueMigrations } from 'graphile-worker';
import { type AppliedMigrations, applyMigrations } from './apply-migrations.ts';
import { withConnection } from './connection.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../drizzle', import.meta.url));
/** Any number, always the same: two processes that migrate at once take turns. */
const MIGRATION_LOCK = 4_120_771;

/** Brings a database to this version's schema, the queue's own schema included. Safe to call twice and from two processes. */
export function migrate(databaseUrl: string): Promise<AppliedMigrations> {
  return withConnection(databaseUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const done = await applyMigrations(client, MIGRATIONS);
    await runQueueMigrations({ connectionString: databaseUrl });
    return done;
  });
}
