import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../server/db/client.ts';

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
  const admin = postgres(serverUrl, { max: 1, onnotice: () => undefined });
  await admin.unsafe(`create database ${name} template ${inject('templateDatabase')}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const handle = openDatabase(url.href, { max: 4, name: 'test' });
  return {
    ...handle,
    url: url.href,
    async drop() {
      await handle.close();
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end({ timeout: 5 });
    },
  };
}
