import { afterAll, beforeAll } from 'vitest';
import { type IngestWorld, ingestWorld } from './ingest-world.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';
import { type TestStore, testStore } from './test-store.ts';

/** A database and a store for the tests of a file, gone after the last; what is answered makes a world of its own in them. */
export function ingestWorlds(): () => Promise<IngestWorld> {
  let database: TestDatabase;
  let storage: TestStore;
  beforeAll(async () => {
    [database, storage] = await Promise.all([testDatabase(), testStore()]);
  });
  afterAll(async () => {
    await database?.drop();
    await storage?.close();
  });
  return () => ingestWorld(database.db, storage.store);
}
