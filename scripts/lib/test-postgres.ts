import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { migrate } from '#src/server/db/migrate.ts';
import { startPostgres } from './embedded-postgres.ts';
import { removeCluster } from './postgres-place.ts';

const TEMPLATE = 'beamdeck_template';

/**
 * Vitest's global set-up for tests on PostgreSQL: one server for the whole run with a migrated template that `testDatabase()` clones.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'beamdeck-test-postgres-'));
  const server = await startPostgres({
    dir,
    name: TEMPLATE,
    // Tests may lose their data with the machine: not waiting for the disk makes cloning a database four times as fast.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  await migrate(server.url);
  const serverUrl = new URL(server.url);
  serverUrl.pathname = '/postgres';
  // No connection may be open to a template while it is cloned.
  const sql = postgres(serverUrl.href, { max: 1, onnotice: () => undefined });
  await sql.unsafe(`alter database ${TEMPLATE} with allow_connections false is_template true`);
  await sql.end({ timeout: 5 });
  project.provide('postgresUrl', serverUrl.href);
  project.provide('templateDatabase', TEMPLATE);
  return async () => {
    await server.stop();
    await removeCluster(dir);
  };
}
