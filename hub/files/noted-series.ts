import { readdir } from 'node:fs/promises';
import type { FrameRange } from '#src/shared/contracts/agent-api.ts';
import type { FileDatasetOpenRequest } from '#src/shared/contracts/agent-files.ts';
import { type FrameName, frameNameOf } from './cbf-series.ts';
import type { Continuity } from './goes-on.ts';
import { bytesOf, joinPath, type PathBytes, pathBytes, splitPath } from './path-bytes.ts';

/** As it is noted in the journal. */
export interface NotedSeries {
  kind: 'cbf-series';
  stem: PathBytes;
  request: FileDatasetOpenRequest;
  /** Number in the name of frame 0. */
  firstNumber: number;
  /** Null: not opened yet. */
  datasetId: string | null;
  state: 'open' | 'refused' | 'ended';
  /** Own clock; null while it goes on. Set and not ended yet: another acquisition has its names since, and takes what came later. */
  endedMs: number | null;
  /** Frames stored when another acquisition took its names; their files are known as that one's since. */
  storedBefore?: readonly FrameRange[];
}

export interface Series extends NotedSeries {
  lastProgressMs: number;
  /** Files that were told their place and are not stored yet. */
  underWay: number;
  opening: Promise<void> | null;
  ending: boolean;
  continuity: Continuity;
}

/**
 * The lowest number that files of this stem have which lie there, since files come in any order.
 * @param isFree whether a file may be of a series that begins now
 */
export async function lowestNumber(
  root: PathBytes,
  stem: PathBytes,
  { number: own, kind }: Pick<FrameName, 'number' | 'kind'>,
  isFree: (path: PathBytes) => Promise<boolean>,
): Promise<number> {
  const { parent } = splitPath(stem);
  const names = await readdir(bytesOf(joinPath(root, parent)), { encoding: 'buffer' }).catch(() => []);
  let lowest = own;
  for (const bytes of names) {
    const path = joinPath(parent, pathBytes(bytes));
    const found = frameNameOf(path);
    if (found?.stem !== stem || found.kind !== kind || found.number >= lowest) continue;
    if (await isFree(path)) lowest = found.number;
  }
  return lowest;
}

/** Rejects with the signal's reason when it fires. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
