import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eachLine } from '../lib/child-lines.ts';
import { ClearFault } from '../lib/clear-fault.ts';
import { lockHolder, takeLock } from '../lib/folder-lock.mjs';
import { unwatch, watch } from '../lib/watchdog.ts';
import type { CommonLog } from './common-log.ts';
import { killGroup } from './supervisor.ts';

/** All that a build is made from. */
const SOURCES = [
  'src',
  'public',
  'templates',
  'next.config.mjs',
  'postcss.config.mjs',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
];
const NEXT_BIN = ['node_modules', 'next', 'dist', 'bin', 'next'];
const STAMP = ['.next', 'beamdeck-build.json'];
const KEPT_LINES = 40;
const BUILD_LOOK_MS = 500;

async function filesUnder(root: string, path: string): Promise<string[]> {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  const entries = await readdir(full, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (entries === null) return [path];
  const lists = await Promise.all(
    entries.map((entry) => {
      const inner = `${path}/${entry.name}`;
      return entry.isDirectory() ? filesUnder(root, inner) : Promise.resolve([inner]);
    }),
  );
  return lists.flat();
}

/** Hash over names and contents of the sources, tests left out. */
export async function sourceHash(root: string): Promise<string> {
  const lists = await Promise.all(SOURCES.map((path) => filesUnder(root, path)));
  const hash = createHash('sha256');
  for (const file of lists
    .flat()
    .filter((name) => !/\.test\.tsx?$/.test(name))
    .sort()) {
    hash.update(`${file}\n`).update(await readFile(join(root, file)));
  }
  return hash.digest('hex');
}

async function isBuilt(root: string, hash: string): Promise<boolean> {
  const stamp = join(root, ...STAMP);
  if (!existsSync(stamp) || !existsSync(join(root, '.next', 'BUILD_ID'))) return false;
  return (JSON.parse(await readFile(stamp, 'utf8')) as { hash?: string }).hash === hash;
}

async function runBuild(root: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [join(root, ...NEXT_BIN), 'build'], {
    cwd: root,
    env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1', FORCE_COLOR: '0' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  eachLine(child.stdout, keep);
  eachLine(child.stderr, keep);
  const pid = child.pid;
  if (pid === undefined) throw new ClearFault('The build of the web app cannot be started.');
  watch({ pid, signal: 'SIGTERM', graceMs: 2000 });
  const abort = () => killGroup(pid);
  signal.addEventListener('abort', abort, { once: true });
  const how = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, name) => resolve(code === 0 ? null : (name ?? `exit code ${code}`)));
  });
  signal.removeEventListener('abort', abort);
  unwatch(pid);
  signal.throwIfAborted();
  if (how === null) return;
  const text = lines.join('\n');
  const reason = /ENOSPC/.test(text)
    ? 'The disk is full: free some space and start again.'
    : how === 'SIGKILL'
      ? 'It was killed, perhaps because the machine has too little memory (2 GB are needed).'
      : 'What the build said:';
  throw new ClearFault(`The web app could not be built (${how}). ${reason}\n  ${lines.join('\n  ')}`);
}

/** The lock of builds in this folder, once nobody else holds it. */
async function buildLock(root: string, log: CommonLog, signal: AbortSignal) {
  for (let isTold = false; !signal.aborted; await sleep(BUILD_LOOK_MS)) {
    const lock = takeLock(join(root, '.data', 'lock', 'build.json'));
    if (!lock.holder) return lock;
    if (!isTold)
      log.info('another start is building the web app in this folder: waiting for it', {
        pid: lock.holder.pid,
      });
    isTold = true;
  }
  throw new ClearFault('Stopped while another start was building the web app.');
}

/**
 * Builds the web app when its sources have changed since the last build. `upLock` is the lock of the `up` of this folder: a build
 * under a running web app would take its files away.
 */
export async function ensureWebBuild(
  root: string,
  env: NodeJS.ProcessEnv,
  log: CommonLog,
  signal: AbortSignal,
): Promise<void> {
  const hash = await sourceHash(root);
  if (await isBuilt(root, hash)) return;
  const running = lockHolder(join(root, '.data', 'lock', 'up.json'));
  if (running && running.pid !== process.pid) {
    throw new ClearFault(
      `The web app must be built anew, but Beamdeck is running from this folder (process ${running.pid}): stop it first.`,
    );
  }
  const lock = await buildLock(root, log, signal);
  try {
    if (await isBuilt(root, hash)) return;
    log.info('building the web app (after an update only, about a minute)');
    const startedAt = Date.now();
    await runBuild(root, env, signal);
    await writeFile(join(root, ...STAMP), `${JSON.stringify({ hash })}\n`);
    log.info('web app built', { seconds: Math.round((Date.now() - startedAt) / 1000) });
  } finally {
    lock.release();
  }
}

/** Command line that serves the build. */
export const nextStartArgs = (root: string, host: string, port: number): string[] => [
  join(root, ...NEXT_BIN),
  'start',
  '-H',
  host,
  '-p',
  String(port),
];
