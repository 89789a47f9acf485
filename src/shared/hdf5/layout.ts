import type { ByteReader } from './byte-reader.ts';
import { damaged, unsupported } from './hdf5-error.ts';

// Sections IV.A.2.i "The Data Layout Message", IV.A.2.l "The Data Storage - Filter Pipeline Message", IV.A.2.f "Fill Value".

/** How the chunks of a dataset are found. */
export type ChunkIndexKind =
  | { kind: 'b-tree-1'; address: number | null }
  | { kind: 'single'; address: number | null; sizeBytes: number | null; filterMask: number }
  | { kind: 'implicit'; address: number | null }
  | { kind: 'fixed-array'; address: number | null }
  | { kind: 'extensible-array'; address: number | null }
  | { kind: 'b-tree-2'; address: number | null };

export type Layout =
  | { kind: 'compact'; bytes: Uint8Array }
  | { kind: 'contiguous'; address: number | null }
  /** `chunk`: elements on each axis. */
  | { kind: 'chunked'; chunk: number[]; index: ChunkIndexKind; skipsFilterAtEdges: boolean }
  | { kind: 'virtual'; heapAddress: number; heapIndex: number };

const COMPACT = 0;
const CONTIGUOUS = 1;
const CHUNKED = 2;
const VIRTUAL = 3;
const MAX_RANK = 33;

function chunkOf(sides: number[]): number[] {
  // The last is the element size.
  const chunk = sides.slice(0, -1);
  if (chunk.length === 0 || sides.length > MAX_RANK || chunk.some((side) => side < 1)) {
    throw damaged(`A dataset has chunks of ${chunk.join(' × ') || 'no'} elements.`);
  }
  return chunk;
}

function oldLayout(reader: ByteReader): Layout {
  const rank = reader.u8();
  const kind = reader.u8();
  reader.skip(5);
  const address = kind === COMPACT ? null : reader.address();
  const sides = Array.from({ length: Math.min(rank, MAX_RANK + 1) }, () => reader.u32());
  if (kind === COMPACT) return { kind: 'compact', bytes: reader.raw(reader.u32()) };
  if (kind === CONTIGUOUS) return { kind: 'contiguous', address };
  if (kind !== CHUNKED) throw damaged(`A dataset has layout class ${kind}.`);
  const index: ChunkIndexKind = { kind: 'b-tree-1', address };
  return { kind: 'chunked', chunk: chunkOf(sides), index, skipsFilterAtEdges: false };
}

const SINGLE_WITH_FILTER = 2;
const NO_FILTER_AT_EDGES = 1;

function newIndex(reader: ByteReader, flags: number): ChunkIndexKind {
  const kind = reader.u8();
  switch (kind) {
    case 1: {
      const isFiltered = (flags & SINGLE_WITH_FILTER) !== 0;
      const sizeBytes = isFiltered ? reader.length() : null;
      const filterMask = isFiltered ? reader.u32() : 0;
      return { kind: 'single', address: reader.address(), sizeBytes, filterMask };
    }
    case 2:
      return { kind: 'implicit', address: reader.address() };
    // What is skipped stands in the index itself once more.
    case 3:
      return { kind: 'fixed-array', address: reader.skip(1).address() };
    case 4:
      return { kind: 'extensible-array', address: reader.skip(5).address() };
    case 5:
      return { kind: 'b-tree-2', address: reader.skip(6).address() };
    default:
      throw unsupported(`A dataset has a chunk index of type ${kind}.`);
  }
}

function chunkedLayout(reader: ByteReader, version: number): Layout {
  if (version === 3) {
    const rank = reader.u8();
    const address = reader.address();
    const sides = Array.from({ length: Math.min(rank, MAX_RANK + 1) }, () => reader.u32());
    const index: ChunkIndexKind = { kind: 'b-tree-1', address };
    return { kind: 'chunked', chunk: chunkOf(sides), index, skipsFilterAtEdges: false };
  }
  const flags = reader.u8();
  const rank = reader.u8();
  const width = reader.u8();
  const sides = Array.from({ length: Math.min(rank, MAX_RANK + 1) }, () => reader.uint(width));
  const chunk = chunkOf(sides);
  const index = newIndex(reader, flags);
  return { kind: 'chunked', chunk, index, skipsFilterAtEdges: (flags & NO_FILTER_AT_EDGES) !== 0 };
}

export function readLayout(reader: ByteReader): Layout {
  const version = reader.u8();
  if (version === 1 || version === 2) return oldLayout(reader);
  if (version !== 3 && version !== 4) throw unsupported(`A dataset has a layout of version ${version}.`);
  const kind = reader.u8();
  switch (kind) {
    case COMPACT:
      return { kind: 'compact', bytes: reader.raw(reader.u16()) };
    case CONTIGUOUS:
      return { kind: 'contiguous', address: reader.address() };
    case CHUNKED:
      return chunkedLayout(reader, version);
    case VIRTUAL:
      return { kind: 'virtual', heapAddress: reader.definedAddress(), heapIndex: reader.u32() };
    default:
      throw damaged(`A dataset has layout class ${kind}.`);
  }
}

export interface Hdf5Filter {
  id: number;
  values: number[];
}

const MAX_FILTERS = 32;
const MAX_VALUES = 4096;
const FIRST_NAMED_FILTER = 256;

export function readFilters(reader: ByteReader): Hdf5Filter[] {
  const version = reader.version(1, 2);
  const count = reader.u8();
  if (count > MAX_FILTERS) throw damaged(`A dataset has ${count} filters.`);
  if (version === 1) reader.skip(6);
  return Array.from({ length: count }, () => {
    const id = reader.u16();
    const hasName = version === 1 || id >= FIRST_NAMED_FILTER;
    const nameBytes = hasName ? reader.u16() : 0;
    reader.skip(2);
    const valueCount = reader.u16();
    if (valueCount > MAX_VALUES) throw damaged(`A filter has ${valueCount} values.`);
    reader.skip(version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes);
    const values = Array.from({ length: valueCount }, () => reader.u32());
    if (version === 1 && valueCount % 2 === 1) reader.skip(4);
    return { id, values };
  });
}

/** The bytes of one element; null: none is said, which means zeros. */
export function readFillValue(reader: ByteReader): Uint8Array | null {
  const version = reader.version(1, 2, 3);
  if (version === 3) {
    const flags = reader.u8();
    return (flags & 0x20) === 0 ? null : reader.raw(reader.u32()).slice();
  }
  const isDefined = reader.skip(2).u8() !== 0;
  if (version === 2 && !isDefined) return null;
  const length = reader.u32();
  return length === 0 || length === 0xffffffff ? null : reader.raw(length).slice();
}
