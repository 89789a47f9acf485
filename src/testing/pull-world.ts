import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { DIRECT_UPLINK } from '#hub/agent/uplink-config.ts';
import { type PullOrder, type PullWatcher, runPull } from '#hub/sync/pull/pull-run.ts';
import type { DirectWay, S3Settings } from '../server/storage/s3-connection.ts';
import { startAgentApiServer } from './agent-api-server.ts';
import { DownloadRelay } from './download-relay.ts';
import { giveToken } from './give-token.ts';
import { ingestWorld } from './ingest-world.ts';
import { testContext } from './test-context.ts';
import { testDatabase } from './test-database.ts';
import { allowPages, testS3Store } from './test-s3-store.ts';
import { testStore } from './test-store.ts';
import { leaveWebEnvironment, enterWebEnvironment as webEnvironment } from './web-environment.ts';

/** A data server before a bucket, which the web app's own container is told of too. */
async function bucketStore(settings: S3Settings, direct: readonly DirectWay[]) {
  const { store, dataUrl, webUrl, close } = await testS3Store(settings, { direct });
  if (direct.includes('reads')) await allowPages(settings, webUrl);
  vi.stubEnv('BEAMDECK_S3_DIRECT', direct.join(','));
  vi.stubEnv('BEAMDECK_STORE', 's3');
  vi.stubEnv('BEAMDECK_S3_ENDPOINT', settings.endpoint);
  vi.stubEnv('BEAMDECK_S3_REGION', settings.region);
  vi.stubEnv('BEAMDECK_S3_BUCKET', settings.bucket);
  vi.stubEnv('BEAMDECK_S3_ACCESS_KEY', settings.accessKey);
  vi.stubEnv('BEAMDECK_S3_SECRET_KEY', settings.secretKey);
  return { store, dataUrl, close, folder: tmpdir() };
}

/**
 * A server over real HTTP with a store whose downloads a test can spoil, and pulls into folders of their own.
 * One per test file, since the web app's container is made once.
 * @param bucket in place of a folder
 * @param direct ways to it past the data server
 */
export async function pullWorld(bucket: S3Settings | null = null, direct: readonly DirectWay[] = []) {
  const [database, storage] = await Promise.all([
    testDatabase(),
    bucket === null ? testStore() : bucketStore(bucket, direct),
  ]);
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
    changes: Partial<PullOrder> & { signal?: AbortSignal; progress?: PullWatcher['progress'] } & Parameters<
        typeof runPull
      >[3] = {},
  ) {
    const told: string[] = [];
    const { patienceMs, signal, progress, followMs, pageFiles, ...order } = changes;
    const options = { patienceMs, followMs, pageFiles };
    const outcome = await runPull(
      {
        ...{ experiment: experiment.code, dir: into, serverUrl: server.url, token: token.token },
        ...{ uplink: DIRECT_UPLINK, include: [], exclude: [], follow: false },
        ...order,
      },
      { tell: (sentence) => told.push(sentence), progress: progress ?? (() => undefined) },
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
