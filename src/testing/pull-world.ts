import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { DIRECT_UPLINK } from '#hub/agent/uplink-config.ts';
import { type PullOrder, runPull } from '#hub/sync/pull/pull-run.ts';
import { startAgentApiServer } from './agent-api-server.ts';
import { DownloadRelay } from './download-relay.ts';
import { giveToken } from './give-token.ts';
import { ingestWorld } from './ingest-world.ts';
import { testContext } from './test-context.ts';
import { testDatabase } from './test-database.ts';
import { testStore } from './test-store.ts';
import { leaveWebEnvironment, useWebEnvironment as webEnvironment } from './web-environment.ts';

/** A server over real HTTP with a store whose downloads a test can spoil, and pulls into folders of their own. */
export async function pullWorld() {
  const [database, storage] = await Promise.all([testDatabase(), testStore()]);
  const relay = await DownloadRelay.open(storage.dataUrl);
  webEnvironment(database, storage);
  vi.stubEnv('BEAMDECK_DATA_URL', relay.url);
  const w = await ingestWorld(database.db, storage.store);
  const server = await startAgentApiServer();
  const token = await giveToken(database.db, w.people.pi);
  const dirs: string[] = [];

  const dir = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'beamdeck-pull-'));
    dirs.push(made);
    return made;
  };

  /** Writes a file of the experiment, below processed/. */
  const put = (experiment: { id: string }, path: string, content: string | Uint8Array) =>
    w.files.storeResult(testContext(), {
      ...{ experimentId: experiment.id, datasetId: null, path: `processed/${path}` },
      body: typeof content === 'string' ? new TextEncoder().encode(content) : content,
    });

  /** Runs one pull to its end. `told`: every sentence. */
  async function pull(
    experiment: { code: string },
    into: string,
    changes: Partial<PullOrder> & { signal?: AbortSignal } & Parameters<typeof runPull>[3] = {},
  ) {
    const told: string[] = [];
    const { patienceMs, signal, followMs, pageFiles, ...order } = changes;
    const options = { patienceMs, followMs, pageFiles };
    const outcome = await runPull(
      {
        ...{ experiment: experiment.code, dir: into, serverUrl: server.url, token: token.token },
        ...{ uplink: DIRECT_UPLINK, include: [], exclude: [], follow: false },
        ...order,
      },
      { tell: (sentence) => told.push(sentence), progress: () => undefined },
      signal ?? new AbortController().signal,
      options,
    );
    return { ...outcome, told };
  }

  return {
    ...{ database, storage, relay, w, server, token, dir, put, pull },
    prepare: () => w.prepare(),
    /** What lies in a pulled folder, without what pull itself keeps there. */
    contents: (into: string): Record<string, string> =>
      Object.fromEntries(
        readdirSync(into, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && !entry.name.startsWith('.beamdeck-pull'))
          .map((entry) => join(entry.parentPath, entry.name))
          .sort()
          .map((file) => [file.slice(into.length + 1), readFileSync(file, 'latin1')]),
      ),
    close: async () => {
      await server.close();
      await relay.close();
      await leaveWebEnvironment();
      await database.drop();
      await storage.close();
      for (const made of dirs) rmSync(made, { recursive: true, force: true });
    },
  };
}

export type PullWorld = Awaited<ReturnType<typeof pullWorld>>;
