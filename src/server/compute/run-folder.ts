import { randomBytes } from 'node:crypto';
import { constants as O } from 'node:fs';
import { chmod, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/errors/app-error.ts';
import type { Isolation, RunEnding, RunLimits, RunUse } from './compute.port.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { ControlGroups } from './run-group.ts';

/**
 * The folder of one run of the `process` driver. `job/` is the program's; all else belongs to driver and supervisor and
 * is out of the program's reach when it is confined.
 *
 *   plan.json    what the supervisor shall start (written by the driver before the folder gets its name)
 *   run.json     the supervisor that took the run; whoever links it first has it
 *   program.json the program it started
 *   group.json   the control group it made for it
 *   cancel.json  why the run shall end
 *   feed/        what it is told while it goes on; the program can read it and no more
 *   log          what the program printed, valid UTF-8 without NUL
 *   exit.json    how it ended; nothing changes after it is there
 *   job/         input.json, progress.json, metrics.json, plots.json, out/
 */
export interface RunPlan {
  argv: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  timeLimitMs: number;
  /** From the polite signal to the one that cannot be refused. */
  killAfterMs: number;
  logMaxBytes: number;
  isolation: Isolation;
  limits: RunLimits;
  /** With less than this free on its disk the run is ended. */
  diskReserveBytes: number;
  /** Where to make the run's control group; null: there are none here. */
  groups: ControlGroups | null;
  /** Whether `argv` is bubblewrap's, which tells on descriptor 3 whether the program was started. */
  sandboxed: boolean;
  /** Added niceness: jobs yield to receiving and storing data. */
  niceness: number;
}

export interface RunClaim extends ProcessIdentity {
  startedAt: string;
}

export interface RunExit {
  ending: Exclude<RunEnding, 'lost'>;
  exitCode: number | null;
  signal: string | null;
  reason: string | null;
  use: RunUse | null;
  startedAt: string;
  finishedAt: string;
}

export interface CancelRequest {
  why: 'cancelled' | 'interrupted';
}

export const runFile = (folder: string, name: string): string => join(folder, name);

/** Readers see the old text or the new one, never half of it; after a loss of power too, unless it is of no use then. */
export async function writeWhole(path: string, text: string, { flush = true } = {}): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(temporary, text, { flush });
  await rename(temporary, path);
}

/** Below the run's folder, out of the program's reach but for a mount that it can only read. */
export const RUN_FEED = { folder: 'feed', file: 'feed.json' } as const;

/** Readable for whatever user the run gets. */
export async function makeFeedFolder(folder: string): Promise<void> {
  const feed = join(folder, RUN_FEED.folder);
  await mkdir(feed);
  await chmod(feed, 0o755);
}

/** Does nothing for a run without such a folder. */
export async function writeFeed(folder: string, text: string): Promise<void> {
  const path = join(folder, RUN_FEED.folder, RUN_FEED.file);
  // The program sees the folder: what is not whole has a name that it does not look for.
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, text);
    await chmod(temporary, 0o644);
    await rename(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** The JSON of a file that driver or supervisor wrote whole; null when it is not there. */
export async function readOwnJson<T>(path: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Opens a file the program wrote. The program is not trusted: a link could lead anywhere the worker may read, and a
 * pipe would never end. Null when there is no such regular file.
 */
export async function openUntrusted(path: string) {
  try {
    const handle = await open(path, O.O_RDONLY | O.O_NOFOLLOW | O.O_NONBLOCK);
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, sizeBytes: stat.size };
    await handle.close();
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/** Text of a small file the program wrote. Throws TOO_LARGE beyond `maxBytes`. */
export async function readUntrustedText(path: string, maxBytes: number): Promise<string | null> {
  const opened = await openUntrusted(path);
  if (!opened) return null;
  try {
    if (opened.sizeBytes > maxBytes) {
      throw new AppError('TOO_LARGE', `The report is larger than ${maxBytes} bytes.`);
    }
    const buffer = Buffer.alloc(opened.sizeBytes);
    const { bytesRead } = await opened.handle.read(buffer, 0, buffer.length, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await opened.handle.close();
  }
}
