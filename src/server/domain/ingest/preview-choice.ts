import { ENTRY_BYTES } from './frame-entries.ts';

export interface FrameInStore {
  frame: number;
  storeKey: string;
  offset: number;
  sizeBytes: number;
}

const MOST_KEPT = 40;
/** While nobody knows how many come, each kept frame lies this much further on than the one before. */
const OPEN_ENDED_GROWTH = 1.25;

interface Table {
  storeKey: string;
  firstFrame: number;
  rows: number;
  entries: Uint8Array;
}

/** Frames of tables in the order of their frames, from this one on; those that never came are passed over. */
function* framesFrom(tables: readonly Table[], from: number): Generator<FrameInStore> {
  for (const { storeKey, firstFrame, rows, entries } of tables) {
    const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
    for (let row = Math.max(0, from - firstFrame); row < rows; row++) {
      const at = row * ENTRY_BYTES;
      const sizeBytes = view.getUint32(at + 8, true);
      if (sizeBytes === 0) continue;
      yield { frame: firstFrame + row, storeKey, offset: Number(view.getBigUint64(at, true)), sizeBytes };
    }
  }
}

/** Frames where the parts of a series begin: 40 at most where its length is known, else fewer and fewer of them. */
function* beginnings(end: number, length: number | null): Generator<number> {
  const every = length === null ? null : Math.max(1, Math.ceil(length / MOST_KEPT));
  for (let frame = 0; frame < end; ) {
    yield frame;
    frame = every === null ? Math.max(frame + 1, Math.ceil(frame * OPEN_ENDED_GROWTH)) : frame + every;
  }
}

/**
 * Which frames of a dataset become previews: the first that is stored of each of its parts, kept; and the last, until a later one comes.
 * @param length how many frames there will be; null = nobody knows yet
 */
export function previewChoice(
  tables: readonly Table[],
  length: number | null,
): { kept: FrameInStore[]; newest: FrameInStore | null } {
  const end = tables.reduce((most, { firstFrame, rows }) => Math.max(most, firstFrame + rows), 0);
  const begin = [...beginnings(end, length)];
  const kept: FrameInStore[] = [];
  for (const [n, first] of begin.entries()) {
    const [found] = framesFrom(tables, first);
    if (found && found.frame < (begin[n + 1] ?? end)) kept.push(found);
  }
  let newest: FrameInStore | null = null;
  for (let n = tables.length - 1; n >= 0 && newest === null; n--) {
    newest = [...framesFrom([tables[n]!], 0)].at(-1) ?? null;
  }
  return { kept, newest };
}
