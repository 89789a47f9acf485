import { execFile } from 'node:child_process';
import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../shared/errors/app-error.ts';
import type { RunOutputFile } from './compute.port.ts';
import { openUntrusted } from './run-folder.ts';

/** More than this is not taken for results. */
const MAX_OUTPUT_FILES = 10_000;
const READ_BYTES = 1024 * 1024;

/** Does something with a path of a run that is over, opening it to its owner where the program closed it. (Nothing is closed to root.) */
async function evenIfClosed<T>(path: string, mode: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    await chmod(path, mode);
    return act();
  }
}

async function* walk(folder: string, prefix: string): AsyncGenerator<string> {
  const entries = await evenIfClosed(folder, 0o700, () => readdir(folder, { withFileTypes: true }));
  for (const entry of entries) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(join(folder, entry.name), path);
    else if (entry.isFile()) yield path;
  }
}

/** The regular files below a folder, sorted by path; none when there is no such folder. Throws TOO_LARGE. */
export async function listFilesBelow(folder: string): Promise<RunOutputFile[]> {
  // A program could have put a link in the place of its folder.
  if (!(await lstat(folder).catch(() => null))?.isDirectory()) return [];
  const files: RunOutputFile[] = [];
  for await (const path of walk(folder, '')) {
    if (files.length === MAX_OUTPUT_FILES) {
      throw new AppError('TOO_LARGE', `The run left more than ${MAX_OUTPUT_FILES} files.`);
    }
    files.push({ path, sizeBytes: (await lstat(join(folder, path))).size });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The bytes of a file a program left. Throws NOT_FOUND for what is no regular file. */
export async function* readFileBelow(folder: string, path: string): AsyncGenerator<Uint8Array> {
  const whole = join(folder, path);
  const opened = await evenIfClosed(whole, 0o600, () => openUntrusted(whole));
  if (!opened) throw new AppError('NOT_FOUND', `The run has no file ${path}.`);
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      const { bytesRead } = await opened.handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await opened.handle.close();
  }
}

const run = promisify(execFile);

/** Removes a folder whatever a program made in it: folders closed to their owner, or within one another deeper than a path can name. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    // rm(1) goes down folder by folder and needs no long paths.
    await run('chmod', ['-R', 'u+rwX', folder]);
    await run('rm', ['-rf', '--', folder]);
  }
}
