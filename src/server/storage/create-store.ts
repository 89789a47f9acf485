import type { ServerConfig } from '../config/schema.ts';
import { createFsStore } from './fs-store.ts';
import type { LocalStore } from './local-store.port.ts';

/**
 * Chooses the store's driver: part of the composition root, in a file of its own because the data server needs the store
 * and nothing else, least of all a database.
 */
export function createStore(
  config: Pick<ServerConfig, 'store' | 'storeDir' | 'dataUrl' | 'secret'>,
): LocalStore {
  return createFsStore({ storeDir: config.storeDir, dataUrl: config.dataUrl, secret: config.secret });
}
