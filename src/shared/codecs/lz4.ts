import { CodecError } from './codec-error.ts';

/*
 * LZ4 block format (lz4_Block_format.md of the LZ4 project) and the framing of HDF5 filter 32004, which detectors use on
 * the wire too: u64 BE uncompressed bytes, u32 BE block bytes, then per block u32 BE length + LZ4 block; a block whose
 * length equals its raw length is stored raw.
 */

const MIN_MATCH = 4;
/** The format demands that the last match starts at least 12 bytes before the end and that 5 literals end a block. */
const MATCH_START_MARGIN = 12;
const LAST_LITERALS = 5;
const HASH_BITS = 12;
export const BLOB_HEADER_BYTES = 12;
/** One LZ4 byte extends a match by at most 255, so nothing honest grows more than that. */
export const MAX_EXPANSION = 255;

export interface BlobHeader {
  uncompressedBytes: number;
  blockBytes: number;
}

/** Worst case of `compressLz4Block`: incompressible input costs one length byte per 255 literals and a token. */
export function maxLz4BlockBytes(sourceBytes: number): number {
  return sourceBytes + Math.floor(sourceBytes / 255) + 16;
}

/** A table of recent positions; one per caller, so that a hot loop allocates nothing. */
export type Lz4HashTable = Int32Array;
export function createLz4HashTable(): Lz4HashTable {
  return new Int32Array(1 << HASH_BITS);
}

function writeLength(target: Uint8Array, at: number, length: number): number {
  let rest = length;
  let position = at;
  while (rest >= 255) {
    target[position++] = 255;
    rest -= 255;
  }
  target[position++] = rest;
  return position;
}

/**
 * Greedy LZ4 compression of `source[from, to)` as one block into `target` at `at`.
 * `target` must have `maxLz4BlockBytes(to - from)` bytes of room.
 * @returns the position after the block
 */
export function compressLz4Block(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
  table: Lz4HashTable = createLz4HashTable(),
): number {
  let out = at;
  let anchor = from;
  const matchLimit = to - LAST_LITERALS;
  const startLimit = to - MATCH_START_MARGIN;
  if (startLimit > from) {
    table.fill(-1);
    let position = from;
    let misses = 0;
    while (position <= startLimit) {
      const word =
        source[position]! |
        (source[position + 1]! << 8) |
        (source[position + 2]! << 16) |
        (source[position + 3]! << 24);
      const hash = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
      const candidate = table[hash]!;
      table[hash] = position;
      if (
        candidate < from ||
        position - candidate > 65535 ||
        source[candidate] !== source[position] ||
        source[candidate + 1] !== source[position + 1] ||
        source[candidate + 2] !== source[position + 2] ||
        source[candidate + 3] !== source[position + 3]
      ) {
        // Longer steps through data that does not compress: noise costs time, not ratio.
        position += 1 + (misses++ >> 5);
        continue;
      }
      misses = 0;
      let end = position + MIN_MATCH;
      let behind = candidate + MIN_MATCH;
      while (end < matchLimit && source[end] === source[behind]) {
        end++;
        behind++;
      }
      const literals = position - anchor;
      const matchExtra = end - position - MIN_MATCH;
      target[out++] = (Math.min(literals, 15) << 4) | Math.min(matchExtra, 15);
      if (literals >= 15) out = writeLength(target, out, literals - 15);
      for (let i = anchor; i < position; i++) target[out++] = source[i]!;
      const offset = position - candidate;
      target[out++] = offset & 255;
      target[out++] = offset >> 8;
      if (matchExtra >= 15) out = writeLength(target, out, matchExtra - 15);
      position = end;
      anchor = end;
    }
  }
  const literals = to - anchor;
  target[out++] = Math.min(literals, 15) << 4;
  if (literals >= 15) out = writeLength(target, out, literals - 15);
  target.set(source.subarray(anchor, to), out);
  return out + literals;
}

/**
 * Decompresses the LZ4 block `source[from, to)` into exactly `target[at, end)`.
 * @throws CodecError when the block reads or writes outside its bounds or yields another number of bytes
 */
export function decompressLz4Block(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
  end: number,
): void {
  let position = from;
  let out = at;
  while (true) {
    if (position >= to) throw new CodecError('LZ4 block ends before its last literals');
    const token = source[position++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255) {
        if (position >= to) throw new CodecError('LZ4 block ends inside a literal length');
        more = source[position++]!;
        literals += more;
      }
    }
    if (literals > to - position) throw new CodecError('LZ4 literals reach beyond the block');
    if (literals > end - out) throw new CodecError('LZ4 block yields more bytes than announced');
    if (literals > 64) {
      target.set(source.subarray(position, position + literals), out);
      out += literals;
      position += literals;
    } else {
      for (const stop = out + literals; out < stop; ) target[out++] = source[position++]!;
    }
    if (position === to) break;
    if (to - position < 2) throw new CodecError('LZ4 block ends inside a match offset');
    const offset = source[position]! | (source[position + 1]! << 8);
    position += 2;
    if (offset === 0 || offset > out - at) throw new CodecError('LZ4 match points before the block');
    let match = (token & 15) + MIN_MATCH;
    if (match === 15 + MIN_MATCH) {
      let more = 255;
      while (more === 255) {
        if (position >= to) throw new CodecError('LZ4 block ends inside a match length');
        more = source[position++]!;
        match += more;
      }
    }
    if (match > end - out) throw new CodecError('LZ4 block yields more bytes than announced');
    if (offset === 1 && match > 16) {
      target.fill(target[out - 1]!, out, out + match);
      out += match;
    } else if (offset >= match && match > 64) {
      target.copyWithin(out, out - offset, out - offset + match);
      out += match;
    } else {
      for (const stop = out + match; out < stop; out++) target[out] = target[out - offset]!;
    }
  }
  if (out !== end) throw new CodecError(`LZ4 block yields ${out - at} bytes instead of ${end - at}`);
}

export function readUint32Be(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function writeUint32Be(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = (value >>> 16) & 255;
  bytes[at + 2] = (value >>> 8) & 255;
  bytes[at + 3] = value & 255;
}

export function writeBlobHeader(target: Uint8Array, uncompressedBytes: number, blockBytes: number): void {
  writeUint32Be(target, 0, Math.floor(uncompressedBytes / 2 ** 32));
  writeUint32Be(target, 4, uncompressedBytes % 2 ** 32);
  writeUint32Be(target, 8, blockBytes);
}

/**
 * Reads the 12-byte header that bitshuffled and framed lz4 blobs share, and refuses sizes no honest blob of this length can have,
 * so that nobody allocates on the word of a broken message.
 */
export function readBlobHeader(blob: Uint8Array, maxExpansion = MAX_EXPANSION): BlobHeader {
  if (blob.length < BLOB_HEADER_BYTES) {
    throw new CodecError(`compressed blob has ${blob.length} bytes, its header alone needs 12`);
  }
  const uncompressedBytes = readUint32Be(blob, 0) * 2 ** 32 + readUint32Be(blob, 4);
  if (uncompressedBytes > blob.length * maxExpansion) {
    throw new CodecError(`blob of ${blob.length} bytes announces ${uncompressedBytes} uncompressed bytes`);
  }
  return { uncompressedBytes, blockBytes: readUint32Be(blob, 8) };
}

/** Compresses in the framing of HDF5 filter 32004. Blocks that do not shrink are stored raw. */
export function encodeLz4Framed(source: Uint8Array, blockBytes = 8192): Uint8Array {
  if (!Number.isInteger(blockBytes) || blockBytes < 1 || blockBytes > 0x7e000000) {
    throw new CodecError(`LZ4 block size ${blockBytes} is outside 1 to 2113929216 bytes`);
  }
  const blocks = Math.ceil(source.length / blockBytes);
  const target = new Uint8Array(BLOB_HEADER_BYTES + blocks * (4 + maxLz4BlockBytes(blockBytes)));
  writeBlobHeader(target, source.length, blockBytes);
  const table = createLz4HashTable();
  let out = BLOB_HEADER_BYTES;
  for (let from = 0; from < source.length; from += blockBytes) {
    const to = Math.min(from + blockBytes, source.length);
    let end = compressLz4Block(source, from, to, target, out + 4, table);
    if (end - out - 4 >= to - from) {
      target.set(source.subarray(from, to), out + 4);
      end = out + 4 + (to - from);
    }
    writeUint32Be(target, out, end - out - 4);
    out = end;
  }
  return target.slice(0, out);
}

/** Whether a blob of `["lz4", …]` or `lz4<` starts with the 12-byte header rather than with a bare LZ4 block. */
export function isLz4Framed(blob: Uint8Array): boolean {
  // A bare block with content cannot start with a zero byte: its token would ask for a match before any output. The
  // header always does, sizes being below 2^56.
  return blob.length >= BLOB_HEADER_BYTES && blob[0] === 0;
}

/** Puts the 12-byte header before a bare LZ4 block (one block of everything), as HDF5 filter 32004 wants it. Copies. */
export function frameRawLz4(raw: Uint8Array, uncompressedBytes: number): Uint8Array {
  const framed = new Uint8Array(BLOB_HEADER_BYTES + 4 + raw.length);
  writeBlobHeader(framed, uncompressedBytes, uncompressedBytes);
  writeUint32Be(framed, BLOB_HEADER_BYTES, raw.length);
  framed.set(raw, BLOB_HEADER_BYTES + 4);
  return framed;
}

function targetOf(bytes: number, out: Uint8Array | undefined): Uint8Array {
  if (!out) return new Uint8Array(bytes);
  if (out.length !== bytes) throw new CodecError(`blob holds ${bytes} bytes, the target takes ${out.length}`);
  return out;
}

/**
 * Decodes the framing of HDF5 filter 32004.
 * @param uncompressedBytes when given, blobs without header (one bare LZ4 block, as `lz4<` of Stream V1) are accepted too
 * @param out target of exactly the uncompressed size; allocated when absent
 */
export function decodeLz4Framed(blob: Uint8Array, uncompressedBytes?: number, out?: Uint8Array): Uint8Array {
  if (uncompressedBytes !== undefined && !isLz4Framed(blob)) {
    if (uncompressedBytes > blob.length * MAX_EXPANSION) {
      throw new CodecError(`LZ4 block of ${blob.length} bytes cannot hold ${uncompressedBytes} bytes`);
    }
    const target = targetOf(uncompressedBytes, out);
    decompressLz4Block(blob, 0, blob.length, target, 0, uncompressedBytes);
    return target;
  }
  const header = readBlobHeader(blob);
  const total = header.uncompressedBytes;
  if (uncompressedBytes !== undefined && total !== uncompressedBytes) {
    throw new CodecError(`LZ4 blob holds ${total} bytes instead of ${uncompressedBytes}`);
  }
  const blockBytes = header.blockBytes === 0 ? total : header.blockBytes;
  const target = targetOf(total, out);
  let position = BLOB_HEADER_BYTES;
  for (let at = 0; at < total; at += blockBytes) {
    const end = Math.min(at + blockBytes, total);
    if (blob.length - position < 4) throw new CodecError(`LZ4 blob ends before the block at byte ${at}`);
    const length = readUint32Be(blob, position);
    position += 4;
    if (length > blob.length - position) throw new CodecError(`LZ4 blob ends inside the block at byte ${at}`);
    if (length === end - at) target.set(blob.subarray(position, position + length), at);
    else decompressLz4Block(blob, position, position + length, target, at, end);
    position += length;
  }
  if (position !== blob.length)
    throw new CodecError(`${blob.length - position} bytes follow the last LZ4 block`);
  return target;
}

const CACHE_LINE_BYTES = 64;
/** Only so that no compiler takes the reading below for needless. */
const touchedLines = { last: 0 };

/**
 * Brings a blob into the processor's cache, line after line, as it expects: three times as fast as hopping through it from block to
 * block, where each hop waits for memory, and whoever reads the blob next (file, checksum) has it there.
 */
function touch(blob: Uint8Array): void {
  let touched = 0;
  for (let at = 0; at < blob.length; at += CACHE_LINE_BYTES) touched ^= blob[at]!;
  touchedLines.last ^= touched;
}

/**
 * Follows the u32 BE block lengths after a blob's header.
 * @param leftOver bytes that have to follow the last block
 */
export function checkBlockLengths(what: string, blob: Uint8Array, blocks: number, leftOver: number): void {
  touch(blob);
  let position = BLOB_HEADER_BYTES;
  for (let block = 0; block < blocks; block++) {
    if (blob.length - position < 4)
      throw new CodecError(`${what} blob ends before block ${block} of ${blocks}`);
    position += 4 + readUint32Be(blob, position);
    if (position > blob.length) throw new CodecError(`${what} blob ends inside block ${block} of ${blocks}`);
  }
  if (blob.length - position !== leftOver) {
    throw new CodecError(
      `${what} blob has ${blob.length - position} bytes after its blocks instead of ${leftOver}`,
    );
  }
}

/** The same for a framed lz4 blob. @throws CodecError */
export function checkLz4Framing(blob: Uint8Array): void {
  const { uncompressedBytes, blockBytes } = readBlobHeader(blob);
  checkBlockLengths('lz4', blob, Math.ceil(uncompressedBytes / (blockBytes || uncompressedBytes || 1)), 0);
}
