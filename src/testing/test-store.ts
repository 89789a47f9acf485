import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataServer } from '../../data-server/data-server.ts';
import { createLogger } from '../server/observability/logger.ts';
import { createStore } from '../server/storage/create-store.ts';
import type { ServedStore } from '../server/storage/served-store.port.ts';

export interface TestStore {
  store: ServedStore;
  /** Root of the store on disk. */
  folder: string;
  webOrigin: string;
  dataUrl: string;
  /** Stops the data server and starts it again on the same port, as after a crash. */
  restart(): Promise<void>;
  stop(graceMs?: number): Promise<void>;
  close(): Promise<void>;
}

export const TEST_SECRET = 'a secret of the tests, long enough to be one';

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A real store in a folder of its own behind a real data server. */
export async function testStore(options: { parent?: string } = {}): Promise<TestStore> {
  const folder = await mkdtemp(join(options.parent ?? tmpdir(), 'beamdeck-store-'));
  const port = await freePort();
  const webOrigin = 'http://127.0.0.1:3000';
  const dataUrl = `http://127.0.0.1:${port}`;
  const store = createStore({ store: 'fs', storeDir: folder, dataUrl, secret: TEST_SECRET });
  const log = createLogger('test', 'silent');
  const start = async () => {
    const server = createDataServer({ store, webOrigin, version: 'test', log });
    await server.listen(port, '127.0.0.1');
    return server;
  };
  let server = await start();
  const stop = (graceMs = 0) => server.stop(graceMs);
  return {
    store,
    folder,
    webOrigin,
    dataUrl,
    stop,
    async restart() {
      await stop();
      server = await start();
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
