import pg from 'pg';
import { loadConfig } from '#src/server/config/config.ts';
import { type Container, createContainer } from '#src/server/container.ts';
import type { Database } from '#src/server/db/client.ts';
import { connectionSettings } from '#src/server/db/connection.ts';
import { LiveHub } from '#src/server/events/live-hub.ts';
import { oneAtATime } from '#src/testing/one-at-a-time.ts';
import { testDatabase } from '#src/testing/test-database.ts';
import { TEST_SECRET, testStore } from '#src/testing/test-store.ts';
import { type AccessWorld, accessWorld } from './access-world.ts';

/** Everything a request meets, on a database and a store of its own, with people of every kind. */
export interface AccessInstallation {
  container: Container;
  hub: LiveHub;
  w: AccessWorld;
  /** One connection, for what is undone at the end (`undone`). */
  undoable: Database;
  close(): Promise<void>;
}

/** @param name of its connections */
export async function accessInstallation(name: string): Promise<AccessInstallation> {
  const [database, storage] = await Promise.all([testDatabase(), testStore()]);
  const config = loadConfig({
    DATABASE_URL: database.url,
    BEAMDECK_DATA_URL: storage.dataUrl,
    BEAMDECK_STORE_DIR: storage.folder,
    BEAMDECK_RUNS_DIR: `${storage.folder}/.runs`,
    BEAMDECK_SECRET: TEST_SECRET,
    BEAMDECK_LOG_LEVEL: 'fatal',
  });
  const container = createContainer(config, name);
  const hub = new LiveHub({ ...container, databaseUrl: database.url });
  const w = await accessWorld(container);
  const connection = new pg.Client(connectionSettings(database.url, name));
  await connection.connect();
  return {
    ...{ container, hub, w, undoable: oneAtATime(connection) },
    async close() {
      await connection.end();
      await hub.close();
      await container.close();
      await database.drop();
      await storage.close();
    },
  };
}
