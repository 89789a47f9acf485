import { visitBTree2 } from './b-tree-2.ts';
import { visitExtensibleArray } from './extensible-array.ts';
import { visitFixedArray } from './fixed-array.ts';
import { damaged, Hdf5Error } from './hdf5-error.ts';
import type { Layout } from './layout.ts';
import type { Metadata } from './metadata.ts';
import type { ChunkVisitor } from './stored-chunk.ts';

export interface ChunkedDataset {
  shape: readonly number[];
  maxShape: readonly (number | null)[];
  elementBytes: number;
  isFiltered: boolean;
  layout: Extract<Layout, { kind: 'chunked' }>;
}

const MAX_DEPTH = 32;
const MAX_CHUNK_BYTES = 2 ** 32;

export const chunkBytesOf = ({ layout, elementBytes }: ChunkedDataset): number => {
  const bytes = layout.chunk.reduce((product, side) => product * side, elementBytes);
  if (bytes > MAX_CHUNK_BYTES) throw damaged(`A chunk has ${bytes} bytes.`);
  return bytes;
};

/** Chunks on each axis, by the present extent or by the largest one. */
const gridOf = (shape: readonly (number | null)[], chunk: readonly number[]) =>
  shape.map((extent, axis) => (extent === null ? null : Math.ceil(extent / chunk[axis]!)));

/** How far apart neighbours on each axis are in an index that counts through a grid, the last axis fastest. */
function strides(grid: readonly number[]): number[] {
  const found = grid.map(() => 1);
  for (let axis = grid.length - 2; axis >= 0; axis--) found[axis] = found[axis + 1]! * grid[axis + 1]!;
  return found;
}

function positionOf(index: number, steps: readonly number[]): number[] {
  let rest = index;
  return steps.map((step) => {
    const at = step > 0 ? Math.floor(rest / step) : 0;
    rest -= at * step;
    return at;
  });
}

/** Arrays count through the grid of the largest extent: that of a fixed array ends everywhere. */
function gridPositions(dataset: ChunkedDataset): (index: number) => number[] {
  const grid = gridOf(dataset.maxShape, dataset.layout.chunk).map((side) => side ?? 1);
  const steps = strides(grid);
  return (index) => positionOf(index, steps);
}

/** In an extensible array the axis without limit goes slowest, wherever it stands in the dataset. */
function growingPositions(dataset: ChunkedDataset): (index: number) => number[] {
  const axis = dataset.maxShape.indexOf(null);
  if (axis < 0) throw damaged('An extensible array needs an axis without limit.');
  const grid = gridOf(dataset.maxShape, dataset.layout.chunk).map((side) => side ?? 1);
  const order = [axis, ...grid.map((_, n) => n).filter((n) => n !== axis)];
  const steps = strides(order.map((n) => grid[n]!));
  return (index) => {
    const swapped = positionOf(index, steps);
    const at: number[] = grid.map(() => 0);
    for (const [n, to] of order.entries()) at[to] = swapped[n]!;
    return at;
  };
}

/** Calls `visit` with every stored chunk inside the dataset's extent. */
export async function visitChunks(
  metadata: Metadata,
  dataset: ChunkedDataset,
  visit: ChunkVisitor,
): Promise<void> {
  const { layout, shape, isFiltered } = dataset;
  const { index, chunk } = layout;
  if (index.address === null || shape.includes(0)) return;
  const chunkBytes = chunkBytesOf(dataset);
  const grid = gridOf(shape, chunk) as number[];
  const { sizeBytes: fileBytes } = metadata.source;
  const checked: ChunkVisitor = (one) => {
    // An array may have entries beyond an extent that was made smaller.
    if (one.at.some((at, axis) => at >= grid[axis]!)) return;
    if (one.offset + one.sizeBytes > fileBytes) {
      throw damaged(`Chunk ${one.at.join(', ')} lies outside the file of ${fileBytes} bytes.`);
    }
    visit(one);
  };
  switch (index.kind) {
    case 'b-tree-1':
      return visitBTree1(metadata, index.address, shape.length, chunk, checked);
    case 'single':
      return checked({
        at: shape.map(() => 0),
        offset: index.address,
        sizeBytes: index.sizeBytes ?? chunkBytes,
        filterMask: index.filterMask,
      });
    case 'implicit':
      return visitImplicit(dataset, index.address, chunkBytes, grid, checked);
    case 'fixed-array':
      return visitFixedArray(
        metadata,
        { address: index.address, isFiltered, chunkBytes, positionOf: gridPositions(dataset) },
        checked,
      );
    case 'extensible-array':
      return visitExtensibleArray(
        metadata,
        { address: index.address, isFiltered, chunkBytes, positionOf: growingPositions(dataset) },
        checked,
      );
    case 'b-tree-2':
      return visitBTree2Chunks(metadata, index.address, shape.length, chunkBytes, checked);
  }
}

const MAX_IMPLICIT_CHUNKS = 10_000_000;

/** Section VII.B "Implicit": all chunks, one behind the other. */
function visitImplicit(
  dataset: ChunkedDataset,
  address: number,
  chunkBytes: number,
  grid: readonly number[],
  visit: ChunkVisitor,
): void {
  const count = grid.reduce((product, side) => product * side, 1);
  if (count > MAX_IMPLICIT_CHUNKS) throw new Hdf5Error('too-large', `A dataset has ${count} chunks.`);
  const steps = strides(grid);
  const allSteps = strides(gridOf(dataset.maxShape, dataset.layout.chunk).map((side) => side ?? 1));
  for (let n = 0; n < count; n++) {
    const at = positionOf(n, steps);
    const index = at.reduce((sum, position, axis) => sum + position * allSteps[axis]!, 0);
    visit({ at, offset: address + index * chunkBytes, sizeBytes: chunkBytes, filterMask: 0 });
  }
}

/** Section VII.F "Version 2 B-tree": record types 10 (no filter) and 11. */
async function visitBTree2Chunks(
  metadata: Metadata,
  address: number,
  rank: number,
  chunkBytes: number,
  visit: ChunkVisitor,
): Promise<void> {
  const positionBytes = 8;
  await visitBTree2(metadata, address, [10, 11], (record, type) => {
    const offset = record.address();
    const sizeField = record.left - 4 - rank * positionBytes;
    if (type === 11 && (sizeField < 1 || sizeField > 8)) throw damaged('A record of a chunk has no size.');
    const sizeBytes = type === 11 ? record.uint(sizeField) : chunkBytes;
    const filterMask = type === 11 ? record.u32() : 0;
    const at = Array.from({ length: rank }, () => record.uint(positionBytes));
    if (offset !== null) visit({ at, offset, sizeBytes, filterMask });
  });
}

const BRANCHES_AT_ONCE = 8;

/** Section III.A.1 "Version 1 B-trees", nodes of type 1. */
async function visitBTree1(
  metadata: Metadata,
  address: number,
  rank: number,
  chunk: readonly number[],
  visit: ChunkVisitor,
  level: number | null = null,
): Promise<void> {
  const { addressBytes } = metadata.form;
  const headBytes = 8 + 2 * addressBytes;
  const keyBytes = 8 + (rank + 1) * 8;
  const what = 'A node of a chunk index';
  const head = (await metadata.read(address, headBytes, what)).signature('TREE');
  if (head.u8() !== 1) throw damaged(`${what} is one of a group.`);
  const own = head.u8();
  if (own > MAX_DEPTH || (level !== null && own !== level)) throw damaged(`${what} is at a wrong level.`);
  const entries = head.u16();
  const body = await metadata.read(address + headBytes, entries * (keyBytes + addressBytes), what);
  const children: number[] = [];
  for (let n = 0; n < entries; n++) {
    const sizeBytes = body.u32();
    const filterMask = body.u32();
    const at = chunk.map((side) => Math.floor(body.uint(8) / side));
    const offset = body.skip(8).address();
    if (offset === null) continue;
    if (own === 0) visit({ at, offset, sizeBytes, filterMask });
    else children.push(offset);
  }
  for (let n = 0; n < children.length; n += BRANCHES_AT_ONCE) {
    const some = children.slice(n, n + BRANCHES_AT_ONCE);
    // They lie far apart: their heads are fetched together, and then found in memory.
    await Promise.all(some.map((child) => metadata.read(child, headBytes, what)));
    for (const child of some) await visitBTree1(metadata, child, rank, chunk, visit, own - 1);
  }
}
