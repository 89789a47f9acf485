import { statfsSync, statSync } from 'node:fs';
import type { SpoolPool } from './spool.ts';
import type { SpoolPlaces } from './spool-places.ts';

/** One of the folders of the buffer. */
export interface BufferPlace {
  dir: string;
  /** What its configured size leaves. */
  leftBytes: number;
  /** Of files that are kept to be used again: they take no new room of the disk. */
  keptBytes: number;
}

/** @param usedInMain bytes of the buffer that lie in its first place */
export function bufferPlaces(
  { main, spill }: SpoolPlaces,
  pool: Pick<SpoolPool, 'keptBytes'>,
  usedInMain: number,
  usedBytes: number,
): BufferPlace[] {
  const left = (maxBytes: number, used: number) => Math.max(0, maxBytes - used);
  const places = [{ dir: main.dir, leftBytes: left(main.maxBytes, usedInMain), keptBytes: pool.keptBytes }];
  if (spill !== null)
    places.push({ dir: spill.dir, leftBytes: left(spill.maxBytes, usedBytes - usedInMain), keptBytes: 0 });
  return places;
}

/**
 * Bytes that the buffer can really take: of each place what its size leaves, and of places on one disk together no more than is free
 * there. A place that is gone takes nothing.
 */
export function roomIn(places: readonly BufferPlace[], freeOn = freeOnDisk): number {
  const disks = new Map<bigint, { leftBytes: number; freeBytes: number }>();
  for (const { dir, leftBytes, keptBytes } of places) {
    const found = freeOn(dir);
    if (found === null) continue;
    const disk = disks.get(found.dev) ?? { leftBytes: 0, freeBytes: found.freeBytes };
    disks.set(found.dev, {
      leftBytes: disk.leftBytes + leftBytes,
      freeBytes: disk.freeBytes + Math.min(leftBytes, keptBytes),
    });
  }
  return [...disks.values()].reduce((sum, one) => sum + Math.min(one.leftBytes, one.freeBytes), 0);
}

/** Which disk a folder lies on, and what is free there for this account; null when it is not there. */
function freeOnDisk(dir: string): { dev: bigint; freeBytes: number } | null {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return { dev: statSync(dir, { bigint: true }).dev, freeBytes: bavail * bsize };
  } catch {
    return null;
  }
}
