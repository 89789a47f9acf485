import { vi } from 'vitest';
import type { TestDatabase } from './test-database.ts';
import { TEST_SECRET, type TestStore } from './test-store.ts';

/** Lets the web app's own container, which routes ask for, run on a test's database and store. Call before a route is imported. */
export function enterWebEnvironment(
  database: Pick<TestDatabase, 'url'>,
  storage: Pick<TestStore, 'dataUrl' | 'folder'>,
): void {
  vi.stubEnv('DATABASE_URL', database.url);
  vi.stubEnv('BEAMDECK_DATA_URL', storage.dataUrl);
  vi.stubEnv('BEAMDECK_STORE_DIR', storage.folder);
  vi.stubEnv('BEAMDECK_RUNS_DIR', `${storage.folder}/.runs`);
  vi.stubEnv('BEAMDECK_SECRET', TEST_SECRET);
  vi.stubEnv('BEAMDECK_LOG_LEVEL', 'fatal');
}

/** Closes that container and takes the settings back. */
export async function leaveWebEnvironment(): Promise<void> {
  const { webContainer } = await import('#src/server/web-container.ts');
  await webContainer().close();
  vi.unstubAllEnvs();
}
