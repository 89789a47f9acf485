import type { BigIntStats, Stats } from 'node:fs';

/** What tells one content of a file from another without reading it. Times in nanoseconds since 1970, 0 = the system knows none. */
export interface FileSignature {
  dev: bigint;
  ino: bigint;
  sizeBytes: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  birthNs: bigint;
}

/** SQLite's integers are signed. */
const signed = (value: bigint) => BigInt.asIntN(64, value);

export function signatureOf(stats: BigIntStats): FileSignature {
  return {
    dev: signed(stats.dev),
    ino: signed(stats.ino),
    sizeBytes: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    birthNs: stats.birthtimeNs,
  };
}

/**
 * Whether nobody wrote between. The change time tells also of a rewrite that keeps size and modification time. The device is left out:
 * its number changes when a network folder is mounted anew.
 */
export function isSameContent(a: FileSignature, b: FileSignature): boolean {
  return a.ino === b.ino && a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/** Whether both are the same file, perhaps with other contents: inode numbers are given again, birth times are not. */
export function isSameInode(a: FileSignature, b: FileSignature): boolean {
  return a.ino === b.ino && (a.birthNs === b.birthNs || a.birthNs === 0n || b.birthNs === 0n);
}

/** Whether `now` is the file `before` under another name: renaming keeps everything but the change time. */
export function isRenamed(before: FileSignature, now: FileSignature): boolean {
  if (before.ino !== now.ino || before.dev !== now.dev) return false;
  // Inode numbers are given again: without a birth time only an unchanged content says that it is the same file.
  if (before.birthNs > 0n || now.birthNs > 0n) return before.birthNs === now.birthNs;
  return before.sizeBytes === now.sizeBytes && before.mtimeNs === now.mtimeNs;
}

export const msOf = (ns: bigint): number => Number(ns / 1000n) / 1000;

/** The last change that the file system knows of, in ms since 1970. */
export const changedMs = ({ mtimeNs, ctimeNs }: FileSignature): number =>
  msOf(mtimeNs > ctimeNs ? mtimeNs : ctimeNs);

export type EntryKind = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'device';

interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

export function kindOf(entry: Kinds | Stats | BigIntStats): EntryKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isFIFO()) return 'fifo';
  return entry.isSocket() ? 'socket' : 'device';
}
