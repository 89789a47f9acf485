import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { withConnection } from '#src/server/db/connection.ts';
import { eachLine } from './child-lines.ts';
import { ClearFault, explain } from './clear-fault.ts';
import { choosePlace, type PostgresPlace } from './postgres-place.ts';
import { unwatch, watch } from './watchdog.ts';

/** PostgreSQL's binaries from npm, run as a child on a loopback port. */

export interface PostgresOptions {
  /** Folder of this cluster, made when absent (mode 700). As root the data lie elsewhere; see `RunningPostgres.where`. */
  dir: string;
  /** Database to make when it is not there, lower case letters, digits, underscore. */
  name: string;
  /** Preferred port; another free one is taken when it is in use. */
  port?: number;
  /** Extra server settings; tests switch fsync off, nobody else may. */
  settings?: Record<string, string>;
  /** Every line the server writes. */
  onLog?: (line: string) => void;
}

export interface RunningPostgres {
  /** `postgres://…@127.0.0.1:port/name`, as a superuser of this cluster. */
  url: string;
  port: number;
  pid: number;
  /** Folder of the data. */
  where: string;
  /** The server's process, for supervisors: its exit without `stop()` is a crash. */
  process: ChildProcess;
  /** Last lines the server wrote. */
  lastLines(): string[];
  /** Fast shutdown (open transactions are rolled back, a checkpoint is written); resolves when the process has ended. */
  stop(): Promise<void>;
}

const USER = 'beamdeck';
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const KEPT_LINES = 20;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A TCP port of 127.0.0.1 that is free now; `preferred` when it is. */
export function freePort(preferred = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (preferred !== 0 && (error.code === 'EADDRINUSE' || error.code === 'EACCES'))
        freePort().then(resolve, reject);
      else reject(error);
    });
    server.listen(preferred, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A C locale for messages and no PG* variables of the caller, which the binaries would obey. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', NODE_ENV: 'production' };
}

function initFault(lines: string[]): ClearFault {
  const text = lines.join('\n');
  if (/No space left/.test(text)) return new ClearFault('The disk is full: free some space and start again.');
  return new ClearFault(`The database could not be created: ${lines.slice(-4).join(' ')}`);
}

/** Makes the cluster under another name and renames it when whole: a start that was killed half-way leaves nothing to trip over. */
async function createCluster(place: PostgresPlace, password: string): Promise<void> {
  const partial = `${place.dataDir}.partial`;
  const passwordFile = `${place.dataDir}.password`;
  await rm(partial, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (place.user) await chown(passwordFile, place.user.uid, place.user.gid);
  try {
    const lines: string[] = [];
    const child = spawn(
      join(place.binDir, 'initdb'),
      [
        `--pgdata=${partial}`,
        `--username=${USER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-instructions',
      ],
      { ...place.user, cwd: '/', env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    eachLine(child.stdout, (line) => lines.push(line));
    eachLine(child.stderr, (line) => lines.push(line));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw initFault(lines);
    await rename(partial, place.dataDir);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * Clears what a server killed with SIGKILL left. Only the holder of this folder's lock calls this, so a server that still runs on
 * these data is an orphan of an earlier start: it is shut down. A pid that now belongs to another program is no server at all, though
 * PostgreSQL itself could not tell and would refuse to start.
 */
async function clearStalePid(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number((await readFile(file, 'utf8')).split('\n')[0]);
  const itsFolder =
    Number.isInteger(pid) && pid > 1 ? await readlink(`/proc/${pid}/cwd`).catch(() => null) : null;
  if (itsFolder === dataDir) {
    process.kill(pid, 'SIGINT');
    for (let waited = 0; existsSync(`/proc/${pid}`) && waited < STOP_TIMEOUT_MS; waited += 100)
      await sleep(100);
  } else {
    await rm(file, { force: true });
  }
}

type StartResult = { ready: true } | { ready: false; retry: boolean; fault: ClearFault };

async function waitUntilReady(url: string, child: ChildProcess, lines: string[]): Promise<StartResult> {
  const until = Date.now() + READY_TIMEOUT_MS;
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = signal ?? `exit code ${code}`;
  });
  let lastError = 'no answer';
  while (Date.now() < until) {
    if (ended !== null) {
      const text = lines.join('\n');
      // The port was taken between looking and binding, or old backends still let go of their memory.
      const retry = /Address already in use|could not bind|shared memory block .* is still in use/.test(text);
      const full = /No space left/.test(text);
      return {
        ready: false,
        retry,
        fault: new ClearFault(
          full
            ? 'The disk is full: free some space and start again.'
            : `PostgreSQL does not start (${ended}): ${lines.slice(-3).join(' ')}`,
        ),
      };
    }
    // Asking earlier would only fill its log with refusals.
    if (!lines.some((line) => line.includes('ready to accept connections'))) {
      await sleep(20);
      continue;
    }
    try {
      await withConnection(url, (client) => client.query('select 1'));
      return { ready: true };
    } catch (error) {
      lastError = error instanceof Error ? error.message : String(error);
      await sleep(50);
    }
  }
  return {
    ready: false,
    retry: false,
    fault: new ClearFault(`PostgreSQL does not answer after ${READY_TIMEOUT_MS / 1000} s: ${lastError}`),
  };
}

function ensureDatabase(serverUrl: string, name: string): Promise<void> {
  return withConnection(serverUrl, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database "${name}"`);
  });
}

async function ensureCluster(dir: string): Promise<{ place: PostgresPlace; password: string }> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const place = await choosePlace(dir);
  const passwordFile = join(dir, 'password');
  if (!existsSync(join(place.dataDir, 'PG_VERSION'))) {
    const password = randomBytes(24).toString('hex');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await createCluster(place, password);
    return { place, password };
  }
  if (!existsSync(passwordFile)) {
    throw new ClearFault(
      `The database's password (${passwordFile}) is gone: begin anew with --fresh, or bring the file back.`,
    );
  }
  return { place, password: await readFile(passwordFile, 'utf8') };
}

/** Ends the server in good order; SIGQUIT (no checkpoint, recovery at the next start) when that takes too long. */
async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

/** Starts the server of the cluster in `dir`, making both when needed. Throws `ClearFault`. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(options.name)) throw new Error(`not a database name: ${options.name}`);
  try {
    const { place, password } = await ensureCluster(options.dir);
    let fault: ClearFault | null = null;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await clearStalePid(place.dataDir);
      const port = await freePort(attempt === 0 ? options.port : 0);
      const result = await startOnce(place, password, port, options);
      if ('url' in result) return result;
      fault = result.fault;
      if (!result.retry) break;
      await sleep(500);
    }
    throw fault ?? new ClearFault('PostgreSQL does not start.');
  } catch (error) {
    throw explain(error, 'starting the database');
  }
}

async function startOnce(
  place: PostgresPlace,
  password: string,
  port: number,
  options: PostgresOptions,
): Promise<RunningPostgres | { retry: boolean; fault: ClearFault }> {
  const settings: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // A socket's path may have 107 bytes at most, less than many a checkout's; loopback and a password do.
    unix_socket_directories: '',
    max_connections: '100',
    log_min_messages: 'warning',
    // A statement may hold what does not belong into a log.
    log_min_error_statement: 'panic',
    log_line_prefix: '',
    timezone: 'UTC',
    ...options.settings,
  };
  const args = [
    '-D',
    place.dataDir,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ];
  const child = spawn(join(place.binDir, 'postgres'), args, {
    ...place.user,
    cwd: '/',
    env: cleanEnvironment(),
    // A process group of its own: the terminal's Ctrl-C must not end the database before those that write to it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  eachLine(child.stderr, (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    options.onLog?.(line);
  });
  if (child.pid !== undefined) watch({ pid: child.pid, signal: 'SIGINT', graceMs: STOP_TIMEOUT_MS });
  const serverUrl = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
  const result = await waitUntilReady(serverUrl, child, lines);
  if (!result.ready) {
    await stopServer(child);
    if (child.pid !== undefined) unwatch(child.pid);
    return result;
  }
  await ensureDatabase(serverUrl, options.name);
  return {
    url: serverUrl.replace(/postgres$/, options.name),
    port,
    pid: child.pid!,
    where: dirname(place.dataDir),
    process: child,
    lastLines: () => [...lines],
    async stop() {
      await stopServer(child);
      unwatch(child.pid!);
    },
  };
}
