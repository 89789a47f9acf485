import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type RunningPostgres, startPostgres } from '#scripts/lib/embedded-postgres.ts';
import { seedDemo } from '#scripts/seed.ts';
import { loadConfig } from '#src/server/config/config.ts';
import type { ServerConfig } from '#src/server/config/schema.ts';
import { createContainer } from '#src/server/container.ts';
import { migrate } from '#src/server/db/migrate.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';
import { licenceFileSchema } from '#src/shared/contracts/agent-licence.ts';

/** A real database, data server and agent interface for benches, in processes of their own. */

export interface StoredFile {
  path: string;
  sizeBytes: number;
  isData: boolean;
  atMs: number;
}

export interface SeriesEnd {
  framesReceived: number;
  missing: unknown[];
  lost: unknown[];
  ending: string;
}

/** Of a heartbeat: what waits to be stored, how full the buffer is, and how fast it is sent. */
export interface Beat {
  queue: { files: number; bytes: number };
  buffer: { usedBytes: number };
  uploadedBytesPerS: number;
  /** Parts on their way, and how many of full size may be. */
  sending: { parts: number; atOnce: number } | null;
  atMs: number;
}

export interface Backend {
  serverUrl: string;
  token: string;
  config: ServerConfig;
  /** Active at the HUB's instrument. */
  experimentCode: string;
  /** Everything that was completed, in order. */
  files: StoredFile[];
  pids: Record<string, number | undefined>;
  /** Removes what was stored, so that a long measurement needs no more space than a short one. */
  emptyStore(): Promise<void>;
  /** Resolves when so many series ended from now on. */
  nextEnds(count: number): Promise<SeriesEnd[]>;
  nextHeartbeat(): Promise<Beat>;
  /** By `performance.now()`: when last a file was completed, or a heartbeat said that bytes are sent; 0 before that. */
  lastProgressMs(): number;
  /** Kills the data server, and starts it again after so many seconds; resolves when it answers. */
  storeOutage(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

const ROOT = path.join(import.meta.dirname, '../..');

async function startChild(
  entry: string,
  env: Record<string, string>,
  ready: (child: ChildProcess) => Promise<void>,
) {
  const child = fork(path.join(ROOT, entry), [], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.once('exit', (code) => {
    if (code) process.stderr.write(`${entry} ended with ${code}\n`);
  });
  await ready(child);
  return child;
}

function hearOnce<T>(child: ChildProcess, event: string): Promise<T> {
  return new Promise((resolve) => {
    const hear = (message: T & { event: string }) => {
      if (message.event !== event) return;
      child.off('message', hear);
      resolve(message);
    };
    child.on('message', hear);
  });
}

function hearEnds(child: ChildProcess, count: number): Promise<SeriesEnd[]> {
  const ends: SeriesEnd[] = [];
  return new Promise((resolve) => {
    const hear = (message: { event: string; end: SeriesEnd }) => {
      if (message.event !== 'end' || ends.push(message.end) < count) return;
      child.off('message', hear);
      resolve(ends);
    };
    child.on('message', hear);
  });
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const up = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(patience);
}

/** The demo facility's active experiment, and the token of its HUB. */
async function enrolHub(config: ServerConfig): Promise<{ token: string; experimentCode: string }> {
  const { licence, experiment } = await seedDemo(config);
  const container = createContainer(config, 'bench');
  try {
    const file = licenceFileSchema.parse(JSON.parse(licence.text));
    const agentKey = randomBytes(32).toString('base64url');
    const request = { licence: file, host: 'bench', version: 'bench', agentKey };
    const { token } = await container.agents.enrol(newContext({ kind: 'anonymous' }), request);
    return { token, experimentCode: experiment.code };
  } finally {
    await container.close();
  }
}

/** Where a server listens, and where it is reached when something lies between. */
export interface ServerPort {
  listening: number;
  reached: number;
}

async function ownPort(): Promise<ServerPort> {
  const port = await freePort();
  return { listening: port, reached: port };
}

/** Settings of a store in a bucket; parts and reads go straight to it. */
const s3Environment = (s3: S3Settings): Record<string, string> => ({
  BEAMDECK_STORE: 's3',
  BEAMDECK_S3_ENDPOINT: s3.endpoint,
  BEAMDECK_S3_REGION: s3.region,
  BEAMDECK_S3_BUCKET: s3.bucket,
  BEAMDECK_S3_ACCESS_KEY: s3.accessKey,
  BEAMDECK_S3_SECRET_KEY: s3.secretKey,
  BEAMDECK_S3_DIRECT: 'parts,reads',
});

export interface BackendOptions {
  /** Of agent interface and data server, when something is to lie between. */
  ports?: { api: ServerPort; data: ServerPort };
  /** A bucket in place of the folder. */
  s3?: S3Settings | null;
}

/** @param storeDir root of the store: where it lies is what is measured */
export async function startBackend(
  storeDir: string,
  { ports, s3 = null }: BackendOptions = {},
): Promise<Backend> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-'));
  mkdirSync(storeDir, { recursive: true });
  let postgres: RunningPostgres | null = null;
  const children: ChildProcess[] = [];
  try {
    postgres = await startPostgres({ dir: path.join(folder, 'postgres'), name: 'bench' });
    await migrate(postgres.url);
    const { api: apiPort, data: dataPort } = ports ?? { api: await ownPort(), data: await ownPort() };
    const env: Record<string, string> = {
      DATABASE_URL: postgres.url,
      BEAMDECK_WEB_URL: `http://127.0.0.1:${apiPort.reached}`,
      BEAMDECK_HOST: '127.0.0.1',
      BEAMDECK_PORT: String(apiPort.listening),
      BEAMDECK_DATA_URL: `http://127.0.0.1:${dataPort.reached}`,
      BEAMDECK_DATA_HOST: '127.0.0.1',
      BEAMDECK_DATA_PORT: String(dataPort.listening),
      ...(s3 === null ? { BEAMDECK_STORE_DIR: storeDir } : s3Environment(s3)),
      BEAMDECK_RUNS_DIR: path.join(folder, 'runs'),
      BEAMDECK_SECRET: 'a secret of at least thirty-two characters',
      BEAMDECK_DEMO: '1',
      BEAMDECK_LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
    };
    const config = loadConfig(env);
    const { token, experimentCode } = await enrolHub(config);
    const startDataServer = () =>
      startChild('data-server/index.ts', env, () => answers(`http://127.0.0.1:${dataPort.listening}/health`));
    children.push(await startDataServer());
    const api = await startChild(
      'bench/lib/agent-api-server.ts',
      env,
      (child) => new Promise((resolve) => child.once('message', () => resolve())),
    );
    children.push(api);
    const files: StoredFile[] = [];
    let progressMs = 0;
    api.on('message', (message: { event: string } & StoredFile & Beat) => {
      if (message.event === 'file') files.push(message);
      if (message.event === 'file' || message.uploadedBytesPerS > 0) progressMs = performance.now();
    });
    const running = postgres;
    return {
      serverUrl: `http://127.0.0.1:${apiPort.reached}`,
      token,
      config,
      experimentCode,
      files,
      pids: { 'data-server': children[0]!.pid, 'agent-api': api.pid },
      async emptyStore() {
        for (const name of readdirSync(storeDir)) {
          if (!name.startsWith('.')) rmSync(path.join(storeDir, name), { recursive: true });
        }
      },
      nextEnds: (count) => hearEnds(api, count),
      nextHeartbeat: () => hearOnce<Beat>(api, 'heartbeat'),
      lastProgressMs: () => progressMs,
      async storeOutage(seconds) {
        const gone = new Promise((resolve) => children[0]!.once('exit', resolve));
        children[0]!.kill('SIGKILL');
        await gone;
        await sleep(seconds * 1000);
        children[0] = await startDataServer();
      },
      async stop() {
        await Promise.all(children.map(stopChild));
        await running.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await Promise.all(children.map(stopChild));
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
