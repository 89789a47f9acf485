import type { ByteReader } from './byte-reader.ts';
import { globalHeapObject } from './global-heap.ts';
import { damaged, Hdf5Error, unsupported } from './hdf5-error.ts';
import type { Metadata } from './metadata.ts';

/*
 * What a virtual dataset is made of: sections III.F "Global Heap Block for Virtual Datasets" and VIII "Appendix: Dataspace Selection
 * Encoding". Of selections those are read that are one block, or equal blocks at equal distances.
 */

/** Along one axis: `count` blocks of `block` elements, `stride` apart. */
export interface AxisSelection {
  start: number;
  stride: number;
  /** Null: without limit. */
  count: number | null;
  block: number;
}

/** By axis, slowest first; 'all': everything. */
export type Selection = AxisSelection[] | 'all';

export interface VirtualSource {
  /** '.': the file itself. */
  file: string;
  object: string;
  source: Selection;
  target: Selection;
}

const MAX_SOURCES = 100_000;
const MAX_RANK = 32;
const HYPERSLAB = 2;
const ALL = 3;

export async function virtualSources(
  metadata: Metadata,
  heapAddress: number,
  heapIndex: number,
): Promise<VirtualSource[]> {
  const reader = await globalHeapObject(metadata, heapAddress, heapIndex, 'A virtual mapping');
  const version = reader.u8();
  if (version !== 0) throw unsupported(`A virtual mapping has version ${version}.`);
  const count = reader.length();
  if (count > MAX_SOURCES) throw new Hdf5Error('too-large', `A virtual dataset has ${count} sources.`);
  const found: VirtualSource[] = [];
  for (let n = 0; n < count; n++) {
    const names = { file: reader.textToNul(), object: reader.textToNul() };
    const source = readSelection(reader);
    found.push({ ...names, source, target: readSelection(reader) });
  }
  reader.checksum();
  return found;
}

function rankOf(reader: ByteReader): number {
  const rank = reader.u32();
  if (rank < 1 || rank > MAX_RANK) throw damaged(`A selection has ${rank} axes.`);
  return rank;
}

function readSelection(reader: ByteReader): Selection {
  const kind = reader.u32();
  const version = reader.u32();
  if (kind === ALL) {
    reader.skip(8);
    return 'all';
  }
  if (kind !== HYPERSLAB || version < 1 || version > 3) {
    throw unsupported('A virtual dataset has a selection of another kind.');
  }
  if (version === 1) {
    reader.skip(8);
    return blocksOf(reader, rankOf(reader), 4, 4);
  }
  const isRegular = (reader.u8() & 1) !== 0;
  const width = version === 3 ? reader.u8() : 8;
  if (version === 2) reader.skip(4);
  const rank = rankOf(reader);
  if (!isRegular) return blocksOf(reader, rank, width, width);
  return Array.from({ length: rank }, (): AxisSelection => {
    const start = reader.uint(width);
    const stride = reader.uint(width);
    const count = reader.uintOrNull(width);
    const block = reader.uintOrNull(width);
    // "Without limit" may stand at the block: one that goes on.
    if (block === null) return { start, stride: 1, count: null, block: 1 };
    return { start, stride, count, block };
  });
}

/** Blocks by their first and last index on each axis: one, or equal ones at equal distances along the slowest axis. */
function blocksOf(reader: ByteReader, rank: number, width: number, countWidth: number): Selection {
  const count = reader.uint(countWidth);
  if (count < 1 || count * 2 * rank * width > reader.left) throw damaged(`A selection has ${count} blocks.`);
  const blocks = Array.from({ length: count }, () => {
    const first = Array.from({ length: rank }, () => reader.uint(width));
    return first.map((start) => ({ start, block: reader.uint(width) - start + 1 }));
  });
  const [one, two] = blocks as [(typeof blocks)[0], (typeof blocks)[0] | undefined];
  if (one.some(({ block }) => block < 1)) throw damaged('A selection ends before it begins.');
  const stride = two ? two[0]!.start - one[0]!.start : 1;
  const isEven = blocks.every((block, n) =>
    block.every(
      (side, axis) =>
        side.block === one[axis]!.block && side.start === one[axis]!.start + (axis === 0 ? n * stride : 0),
    ),
  );
  if (!isEven || stride < 1) throw unsupported('A virtual dataset has a selection of unequal blocks.');
  return one.map((side, axis) => ({ ...side, stride, count: axis === 0 ? count : 1 }));
}
