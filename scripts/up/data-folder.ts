import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memorySpoolDir } from '#hub/agent/spool.ts';
import { requireSpace } from '../lib/clear-fault.ts';
import { freePort } from '../lib/embedded-postgres.ts';
import { removeCluster } from '../lib/postgres-place.ts';

/** Least room on the disk to start with: the database alone takes 100 MB, and a stream fills the rest soon enough. */
const LEAST_FREE_BYTES = 1e9;

/** What lies where in `.data`. Everything is private to the user who started Beamdeck (mode 700). */
export interface DataFolder {
  dir: string;
  postgres: string;
  store: string;
  runs: string;
  hub: string;
  /** The HUB's journal; its path also names the HUB's spool in memory. */
  hubState: string;
  log: string;
  lock: string;
  demoFile: string;
  versionFile: string;
  pidsFile: string;
}

export function dataFolder(dir: string): DataFolder {
  return {
    dir,
    postgres: join(dir, 'postgres'),
    store: join(dir, 'store'),
    runs: join(dir, 'runs'),
    hub: join(dir, 'hub'),
    hubState: join(dir, 'hub', 'state'),
    log: join(dir, 'log'),
    lock: join(dir, 'lock', 'up.json'),
    demoFile: join(dir, 'demo.json'),
    versionFile: join(dir, 'version.json'),
    pidsFile: join(dir, 'pids.json'),
  };
}

export async function prepareDataFolder(folder: DataFolder): Promise<void> {
  await mkdir(folder.dir, { recursive: true, mode: 0o700 });
  await chmod(folder.dir, 0o700);
  await requireSpace(folder.dir, LEAST_FREE_BYTES);
  for (const dir of [folder.store, folder.runs, folder.hub, folder.log])
    await mkdir(dir, { recursive: true, mode: 0o700 });
}

/**
 * Removes all but the lock, which this process holds, and what belongs to the folder but lies elsewhere: the database of root and
 * the HUB's spool in memory. Neither the HUB nor the database may run.
 */
export async function emptyDataFolder(folder: DataFolder): Promise<void> {
  await rm(memorySpoolDir(folder.hubState), { recursive: true, force: true });
  if (!existsSync(folder.dir)) return;
  await removeCluster(folder.postgres);
  for (const name of await readdir(folder.dir)) {
    if (name !== 'lock') await rm(join(folder.dir, name), { recursive: true, force: true });
  }
}

/** Writes a file whole or not at all, readable by its owner only. */
export async function writePrivate(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  await writeFile(partial, text, { mode: 0o600 });
  await chmod(partial, 0o600);
  await rename(partial, file);
}

export async function readJson<T>(file: string): Promise<T | null> {
  if (!existsSync(file)) return null;
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

/** The secret from which signing keys are derived, made at the first start. */
export async function ensureSecret(folder: DataFolder): Promise<string> {
  const file = join(folder.dir, 'secret');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  const secret = randomBytes(48).toString('base64url');
  await writePrivate(file, `${secret}\n`);
  return secret;
}

export interface Ports {
  postgres: number;
  data: number;
  simulator: number;
}

/** Free ports, the same as last time where they are still free: a browser's tab and a HUB's journal stay right over a restart. */
export async function choosePorts(folder: DataFolder): Promise<Ports> {
  const file = join(folder.dir, 'ports.json');
  const before: Partial<Ports> = (await readJson<Partial<Ports>>(file)) ?? {};
  const ports: Ports = { postgres: 0, data: 0, simulator: 0 };
  const taken = new Set<number>();
  for (const name of ['postgres', 'data', 'simulator'] as const) {
    let port = await freePort(before[name]);
    while (taken.has(port)) port = await freePort();
    taken.add(port);
    ports[name] = port;
  }
  await writePrivate(file, `${JSON.stringify(ports)}\n`);
  return ports;
}
