import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FileFault, faultOf } from './file-faults.ts';
import { bytesOf, joinPath, type PathBytes, pathBytes } from './path-bytes.ts';

/** Looked at beside each other: a network file system answers many questions in the time of one. */
const AT_ONCE = 32;
/** With `lowIo`: a pause after each group, so that at most a few hundred files are looked at per second. */
const LOW_IO_PAUSE_MS = 100;

export interface ScanVisitor {
  /** Before its entries are listed, so that what comes later is an event; the start included. */
  directory(path: PathBytes): void;
  /** Anything but a directory. */
  entry(path: PathBytes, stats: BigIntStats): Promise<void> | void;
  /** It is there and cannot be looked into or at. */
  unreadable(path: PathBytes, fault: FileFault): void;
}

/**
 * Walks the tree from `start` ("" = everything) below `root` (absolute), links not followed. Returns how many entries it saw. Rejects
 * with the signal's reason, and with the error when the folder itself cannot be listed.
 */
export async function scanTree(
  root: PathBytes,
  start: PathBytes,
  visitor: ScanVisitor,
  options: { lowIo: boolean; signal: AbortSignal },
): Promise<number> {
  const { lowIo, signal } = options;
  let entries = 0;
  const waiting: PathBytes[] = [start];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const own = directory;
    const names = await list(root, own, visitor);
    for (let first = 0; first < names.length; first += AT_ONCE) {
      signal.throwIfAborted();
      const look = async (name: PathBytes) => {
        const path = joinPath(own, name);
        const stats = await statOf(root, path, visitor);
        if (stats === null) return;
        entries++;
        if (stats.isDirectory()) waiting.push(path);
        else await visitor.entry(path, stats);
      };
      await Promise.all(names.slice(first, first + AT_ONCE).map(look));
      if (lowIo) await sleep(LOW_IO_PAUSE_MS, undefined, { signal });
    }
  }
  return entries;
}

async function list(root: PathBytes, path: PathBytes, visitor: ScanVisitor): Promise<PathBytes[]> {
  try {
    visitor.directory(path);
    const names = await readdir(bytesOf(joinPath(root, path)), { encoding: 'buffer' });
    return names.map(pathBytes);
  } catch (error) {
    if (path === '') throw error;
    tell(error, path, visitor);
    return [];
  }
}

async function statOf(root: PathBytes, path: PathBytes, visitor: ScanVisitor): Promise<BigIntStats | null> {
  try {
    return await lstat(bytesOf(joinPath(root, path)), { bigint: true });
  } catch (error) {
    tell(error, path, visitor);
    return null;
  }
}

function tell(error: unknown, path: PathBytes, visitor: ScanVisitor): void {
  const { code } = error as NodeJS.ErrnoException;
  // Gone between listing and looking: nothing to tell.
  if (code === 'ENOENT' || code === 'ENOTDIR') return;
  const fault = faultOf(error);
  if (fault === null) throw error;
  visitor.unreadable(path, fault);
}
