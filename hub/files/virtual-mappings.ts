import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { FrameRange } from '#src/shared/contracts/agent-api.ts';
import { lookup3 } from '#src/shared/hdf5/lookup3.ts';

/*
 * Where the sources of a virtual dataset lie in it. The HDF5 library in WebAssembly tells their names only. The mapping is an object of a
 * global heap collection (HDF5 File Format Specification 3.0, III.E "Global Heap", III.F "Global Heap Block for Virtual Datasets",
 * appendix "Dataspace Selection Encoding"). Collections are found by their signature, mappings by their checksum, so nothing else is
 * taken for one.
 */

export interface MappedSource {
  file: string;
  object: string;
  /** What it fills along the slowest axis; null: all of it, or what grows without limit. */
  rows: FrameRange[] | null;
}

const SIGNATURE = Buffer.from('GCOL');
const WINDOW_BYTES = 4 * 1024 * 1024;
/** A collection holds one mapping of thousands of files in less. */
const MAX_COLLECTION_BYTES = 64 * 1024 * 1024;
/** Masters are far smaller; what is larger is not read from end to end. */
const MAX_FILE_BYTES = 1024 ** 3;
const COLLECTION_HEAD_BYTES = 16;
const OBJECT_HEAD_BYTES = 16;
const CHECKSUM_BYTES = 4;

/** All mappings in a file, in the order in which they lie there. Throws Error of the file system. */
export function virtualMappings(path: string): MappedSource[][] {
  const handle = openSync(path, 'r');
  try {
    const { size } = fstatSync(handle);
    if (size > MAX_FILE_BYTES) return [];
    return [...collectionsOf(handle, size)].flatMap(mappingsOf);
  } finally {
    closeSync(handle);
  }
}

function read(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(handle, bytes, 0, length, position));
}

function* collectionsOf(handle: number, size: number): Generator<Buffer> {
  for (let start = 0; start < size; start += WINDOW_BYTES) {
    // The windows overlap by what a signature may lie across.
    const bytes = read(handle, start, Math.min(WINDOW_BYTES + SIGNATURE.length - 1, size - start));
    for (let at = bytes.indexOf(SIGNATURE); at >= 0; at = bytes.indexOf(SIGNATURE, at + 1)) {
      const head = read(handle, start + at, COLLECTION_HEAD_BYTES);
      if (head.length < COLLECTION_HEAD_BYTES || head[4] !== 1) continue;
      const length = Number(head.readBigUInt64LE(8));
      if (length <= MAX_COLLECTION_BYTES && start + at + length <= size)
        yield read(handle, start + at, length);
    }
  }
}

function mappingsOf(collection: Buffer): MappedSource[][] {
  const found: MappedSource[][] = [];
  for (let at = COLLECTION_HEAD_BYTES; at + OBJECT_HEAD_BYTES <= collection.length; ) {
    const index = collection.readUInt16LE(at);
    const length = Number(collection.readBigUInt64LE(at + 8));
    const first = at + OBJECT_HEAD_BYTES;
    // Object 0 is the free space behind all others.
    if (index === 0 || first + length > collection.length) break;
    const mapping = mappingOf(collection.subarray(first, first + length));
    if (mapping !== null) found.push(mapping);
    at = first + Math.ceil(length / 8) * 8;
  }
  return found;
}

/** Null: another kind of object, or a mapping in a form that is not known. */
function mappingOf(bytes: Buffer): MappedSource[] | null {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < 9 || bytes[0] !== 0 || lookup3(bytes, end) !== bytes.readUInt32LE(end)) return null;
  const reader = new Reader(bytes.subarray(0, end));
  reader.leap(1);
  const sources: MappedSource[] = [];
  try {
    for (let left = reader.uint(8); left > 0; left--) {
      const [file, object] = [reader.text(), reader.text()];
      selectionOf(reader);
      sources.push({ file, object, rows: selectionOf(reader) });
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return sources;
}

/** Throws RangeError where the bytes end too early. */
class Reader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  leap(length: number): void {
    this.at += length;
  }

  uint(length: number): number {
    const value =
      length === 8 ? Number(this.bytes.readBigUInt64LE(this.at)) : this.bytes.readUIntLE(this.at, length);
    this.at += length;
    return value;
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new RangeError('a text without an end');
    const value = this.bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return value;
  }
}

const HYPERSLAB = 2;
const ALL = 3;
const MAX_RANK = 32;
/** A count or block "without limit" in its field of 8 bytes. */
const UNLIMITED = 2 ** 64;

/** Extent of a selection along the slowest axis. Throws RangeError for kinds that virtual datasets do not have. */
function selectionOf(reader: Reader): FrameRange[] | null {
  const kind = reader.uint(4);
  const version = reader.uint(4);
  if (kind === ALL) {
    reader.leap(8);
    return null;
  }
  if (kind !== HYPERSLAB || version < 1 || version > 3) throw new RangeError('another kind of selection');
  if (version === 1) {
    reader.leap(8);
    return blocksOf(reader, rankOf(reader), 4, 4);
  }
  const isRegular = (reader.uint(1) & 1) === 1;
  const width = version === 3 ? reader.uint(1) : 8;
  if (version === 2) reader.leap(4);
  const rank = rankOf(reader);
  return isRegular ? regularRows(reader, rank, width) : blocksOf(reader, rank, width, width);
}

function rankOf(reader: Reader): number {
  const rank = reader.uint(4);
  if (rank < 1 || rank > MAX_RANK) throw new RangeError('no number of axes');
  return rank;
}

/** Blocks by their first and last index on each axis. */
function blocksOf(reader: Reader, rank: number, width: number, countWidth: number): FrameRange[] {
  const ranges: FrameRange[] = [];
  for (let left = reader.uint(countWidth); left > 0; left--) {
    const first = reader.uint(width);
    reader.leap((rank - 1) * width);
    ranges.push([first, reader.uint(width)]);
    reader.leap((rank - 1) * width);
  }
  return ranges;
}

/** Start, stride, count and block of each axis. Of blocks with room between them the first and the last. */
function regularRows(reader: Reader, rank: number, width: number): FrameRange[] | null {
  const start = reader.uint(width);
  const stride = reader.uint(width);
  const count = reader.uint(width);
  const block = reader.uint(width);
  reader.leap(4 * (rank - 1) * width);
  if (count >= UNLIMITED || block >= UNLIMITED) return null;
  const lastStart = start + (count - 1) * stride;
  if (stride <= block || count === 1) return [[start, lastStart + block - 1]];
  return [
    [start, start + block - 1],
    [lastStart, lastStart + block - 1],
  ];
}
