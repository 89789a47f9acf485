import { type BigIntStats, type Dir, lstatSync } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FileFault, faultOf } from './file-faults.ts';
import type { FolderPlace } from './folder-place.ts';
import { bytesOf, joinPath, type PathBytes, pathBytes } from './path-bytes.ts';
import type { ScanPace } from './scan-pace.ts';

/** Looked at beside each other: a network file system answers many questions in the time of one. */
const AT_ONCE = 32;
/** Where a look is not waited for but done: a few, so that a disk that is slow holds up nothing else for long. */
const LOCAL_AT_ONCE = 8;
/** Names that the system is asked for at once. */
const READ_AT_ONCE = 256;
/** With `lowIo`: a pause after each group, so that at most a few hundred files are looked at per second. */
const LOW_IO_PAUSE_MS = 100;

export interface ScanVisitor {
  /** Before its entries are listed, so that what comes later is an event; the start included. */
  directory(path: PathBytes): void;
  /** Anything but a directory. Nothing is waited for where nothing is returned. */
  entry(path: PathBytes, stats: BigIntStats): Promise<void> | undefined;
  /** It is there and cannot be looked into or at. */
  unreadable(path: PathBytes, fault: FileFault): void;
}

export interface ScanOptions {
  lowIo: boolean;
  pace: ScanPace;
  signal: AbortSignal;
}

interface Waiting {
  path: PathBytes;
  /** It is on another disk than its parent. */
  isOnOther: boolean;
  dev: bigint | null;
}

/**
 * Walks the tree from `start` ("" = everything) in the folder, links not followed. On a disk of this machine a look costs no question to
 * another one, so there it is cheaper at once than in another thread. Directories are read in pieces: one may
 * hold a million names. Returns how many entries it saw. Rejects with the signal's reason, and with the error when the folder itself
 * cannot be listed.
 */
export async function scanTree(
  place: FolderPlace,
  start: PathBytes,
  visitor: ScanVisitor,
  options: ScanOptions,
): Promise<number> {
  const { lowIo, pace, signal } = options;
  const { root } = place;
  let entries = 0;
  const waiting: Waiting[] = [{ path: start, isOnOther: false, dev: await deviceOf(root, start) }];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const { path: own, dev, isOnOther } = directory;
    if (isOnOther) await place.comeUpon(own);
    const isLocal = place.isLocal(own);
    const look = (name: PathBytes): Promise<void> | undefined => {
      const path = joinPath(own, name);
      const seen = (stats: BigIntStats | null) => {
        if (stats === null) return undefined;
        entries++;
        if (!stats.isDirectory()) return visitor.entry(path, stats);
        waiting.push({ path, dev: stats.dev, isOnOther: dev !== null && stats.dev !== dev });
        return undefined;
      };
      return isLocal ? seen(statNow(root, path, visitor)) : statOf(root, path, visitor).then(seen);
    };
    for await (const names of namesIn(root, own, visitor, isLocal)) {
      signal.throwIfAborted();
      await Promise.all(names.map(look).filter((one) => one !== undefined));
      if (lowIo) await sleep(LOW_IO_PAUSE_MS, undefined, { signal });
      await pace.rest(signal);
    }
  }
  return entries;
}

async function deviceOf(root: PathBytes, path: PathBytes): Promise<bigint | null> {
  // What cannot be looked at is found so when it is listed.
  return lstat(bytesOf(joinPath(root, path)), { bigint: true }).then(
    ({ dev }) => dev,
    () => null,
  );
}

/** The names in a directory, in groups. */
async function* namesIn(
  root: PathBytes,
  path: PathBytes,
  visitor: ScanVisitor,
  isLocal: boolean,
): AsyncGenerator<PathBytes[]> {
  const directory = await open(root, path, visitor);
  if (directory === null) return;
  const atOnce = isLocal ? LOCAL_AT_ONCE : AT_ONCE;
  try {
    for (;;) {
      const names: PathBytes[] = [];
      while (names.length < atOnce) {
        const entry = isLocal ? directory.readSync() : await directory.read();
        if (entry === null) break;
        names.push(pathBytes(entry.name as unknown as Uint8Array));
      }
      if (names.length === 0) return;
      yield names;
    }
  } catch (error) {
    if (path === '') throw error;
    tell(error, path, visitor);
  } finally {
    await directory.close();
  }
}

async function open(root: PathBytes, path: PathBytes, visitor: ScanVisitor): Promise<Dir | null> {
  try {
    visitor.directory(path);
    // Names as bytes: the declared types know only texts.
    const options = { encoding: 'buffer' as BufferEncoding, bufferSize: READ_AT_ONCE };
    return await opendir(bytesOf(joinPath(root, path)), options);
  } catch (error) {
    if (path === '') throw error;
    tell(error, path, visitor);
    return null;
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

function statNow(root: PathBytes, path: PathBytes, visitor: ScanVisitor): BigIntStats | null {
  try {
    const where = bytesOf(joinPath(root, path));
    return lstatSync(where, { bigint: true, throwIfNoEntry: false }) ?? null;
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
