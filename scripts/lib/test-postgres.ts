import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { withConnection } from '#src/server/db/connection.ts';
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
  await withConnection(serverUrl.href, (client) =>
    client.query(`alter database ${TEMPLATE} with allow_connections false is_template true`),
  );
  project.provide('postgresUrl', serverUrl.href);
  project.provide('templateDatabase', TEMPLATE);
  return async () => {
    await server.stop();
    await removeCluster(dir);
  };
}
