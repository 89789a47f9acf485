import { lstatSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** How much a run may leave in its working folder. */
export interface OutputLimits {
  bytes: number;
  /** Files and folders. */
  entries: number;
  /** Taken elsewhere, and counted with it. */
  takenBytes?: number;
}

/** Folders within folders: beyond, their paths could not be named any more. */
const MAX_DEPTH = 40;

export const wordsOfBytes = (bytes: number): string =>
  bytes >= 1024 ** 3
    ? `${Math.round(bytes / 1024 ** 3)} GiB`
    : `${Math.round((bytes / 1024 ** 2) * 10) / 10} MiB`;

/**
 * Why what a run has written is too much, as a sentence; null when it is not. Looks no further than it must, and without giving way to anything
 * else: ten thousand files are looked at in some hundredths of a second so. A sparse file counts with its whole size, for it would be stored so.
 */
export function excessOf(folder: string, limits: OutputLimits): string | null {
  let bytes = limits.takenBytes ?? 0;
  let entries = 0;
  function excessIn(path: string, depth: number): string | null {
    if (depth > MAX_DEPTH) return `The run made more than ${MAX_DEPTH} folders within one another.`;
    for (const entry of unlessGone(() => readdirSync(path, { withFileTypes: true })) ?? []) {
      entries++;
      if (entries > limits.entries) return `The run wrote more than ${limits.entries} files.`;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) {
        const excess = excessIn(inside, depth + 1);
        if (excess) return excess;
      } else if (entry.isFile()) {
        bytes += unlessGone(() => lstatSync(inside))?.size ?? 0;
        // Equal counts: the last byte is where the limit of a single file stops the program.
        if (bytes >= limits.bytes) return `The run wrote ${wordsOfBytes(limits.bytes)}, which is all it may.`;
      }
    }
    return null;
  }
  return excessIn(folder, 0);
}

/** Null for what was removed since its folder was read, or cannot be read now: it is looked at again, and at last when results are stored. */
function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Bytes that are free on the disk of a folder for those who are not root. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
