import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../server/db/client.ts';
import { withConnection } from '../server/db/connection.ts';
import { createLogger } from '../server/observability/logger.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of the test server (database `postgres`), set by the global set-up. */
    postgresUrl: string;
    /** Name of the migrated database that every test clones. */
    templateDatabase: string;
  }
}

export interface TestDatabase extends DatabaseHandle {
  url: string;
  drop(): Promise<void>;
}

/** A database of one's own, cloned from the migrated template (tens of milliseconds). Drop it in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withConnection(serverUrl, (admin) =>
    admin.query(`create database ${name} template ${inject('templateDatabase')}`),
  );
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const handle = openDatabase(url.href, { max: 4, name: 'test', log: createLogger('test', 'silent') });
  return {
    ...handle,
    url: url.href,
    async drop() {
      await handle.close();
      await withConnection(serverUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}
