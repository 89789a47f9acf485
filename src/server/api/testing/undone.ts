import { type Container, createServices } from '#src/server/container.ts';
import type { Database } from '#src/server/db/client.ts';
import type { LiveHub } from '#src/server/events/live-hub.ts';

const takenBack = new Error('taken back');

/** Runs on services whose every change is undone at the end, so that no cell of a matrix sees another. */
export async function undone<T>(
  undoable: Database,
  container: Container,
  hub: LiveHub,
  run: (services: Container) => Promise<T>,
): Promise<T> {
  const results: T[] = [];
  await undoable
    .transaction(async (tx) => {
      // A transaction begins savepoints where the database begins transactions, and is the same otherwise.
      const db = tx as unknown as Database;
      const services = createServices({ config: container.config, db, store: container.store, hub });
      results.push(await run({ ...container, ...services, db }));
      throw takenBack;
    })
    .catch((error) => {
      if (error !== takenBack) throw error;
    });
  return results[0]!;
}
