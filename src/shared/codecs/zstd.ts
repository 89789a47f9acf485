import { CodecError } from './codec-error.ts';
import { SequenceDecoder } from './zstd-sequences.ts';
import { HuffmanTable } from './zstd-tables.ts';

/*
 * Decoder of Zstandard frames (RFC 8878), made for the small blocks of bitshuffle-Zstandard: the decompressed size is known,
 * nothing is allocated per frame, every length is checked before it is used. No dictionaries, no skippable frames. A
 * content checksum is skipped (bitshuffle writes none; transport is checked by CRC-32C and SHA-256).
 */

export const ZSTD_MAGIC = 0xfd2fb528;
export const MAX_ZSTD_BLOCK_BYTES = 128 * 1024;
export const ZSTD_BLOCK_HEADER_BYTES = 3;

const literalsBuffer = new Uint8Array(MAX_ZSTD_BLOCK_BYTES);
const huffman = new HuffmanTable();
const sequences = new SequenceDecoder();
let huffmanKnown = false;

function littleEndian(source: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let n = bytes - 1; n >= 0; n--) value = value * 256 + source[at + n]!;
  return value;
}

/** @returns the position of the first block */
function readFrameHeader(source: Uint8Array, from: number, to: number, wantedBytes: number): number {
  if (to - from < 5 || littleEndian(source, from, 4) !== ZSTD_MAGIC) {
    throw new CodecError('block is no Zstandard frame');
  }
  const descriptor = source[from + 4]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSizeFlag = descriptor >> 6;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const contentSizeBytes = contentSizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << contentSizeFlag;
  const dictionaryAt = from + 5 + (singleSegment ? 0 : 1);
  const contentSizeAt = dictionaryAt + dictionaryBytes;
  const end = contentSizeAt + contentSizeBytes;
  if (end > to) throw new CodecError('Zstandard frame ends inside its header');
  if ((descriptor & 8) !== 0) throw new CodecError('Zstandard frame uses a reserved bit');
  if (littleEndian(source, dictionaryAt, dictionaryBytes) !== 0) {
    throw new CodecError('Zstandard frame needs a dictionary');
  }
  if (contentSizeBytes > 0) {
    const size = littleEndian(source, contentSizeAt, contentSizeBytes) + (contentSizeFlag === 1 ? 256 : 0);
    if (size !== wantedBytes)
      throw new CodecError(`Zstandard frame holds ${size} bytes instead of ${wantedBytes}`);
  }
  return end;
}

/** Reads the literals section of a block into `literalsBuffer`; `[position behind it, number of literals]`. */
function readLiterals(source: Uint8Array, from: number, to: number): [next: number, count: number] {
  if (to - from < 1) throw new CodecError('Zstandard block is empty');
  const type = source[from]! & 3;
  const format = (source[from]! >> 2) & 3;
  const stored = type < 2;
  const headerBytes = stored ? [1, 2, 1, 3][format]! : [3, 3, 4, 5][format]!;
  if (to - from < headerBytes) throw new CodecError('Zstandard literals are cut');
  const header = littleEndian(source, from, headerBytes);
  let position = from + headerBytes;
  if (stored) {
    const count = format % 2 === 0 ? header >> 3 : header >> 4;
    if (count > MAX_ZSTD_BLOCK_BYTES || to - position < (type === 0 ? count : 1)) {
      throw new CodecError('Zstandard literals are cut');
    }
    if (type === 0) literalsBuffer.set(source.subarray(position, position + count));
    else literalsBuffer.fill(source[position]!, 0, count);
    return [position + (type === 0 ? count : 1), count];
  }
  const width = [10, 10, 14, 18][format]!;
  const count = Math.floor(header / 16) % 2 ** width;
  const bytes = Math.floor(header / 2 ** (4 + width));
  const end = position + bytes;
  if (count > MAX_ZSTD_BLOCK_BYTES || end > to) throw new CodecError('Zstandard literals are cut');
  if (type === 2) {
    huffmanKnown = false;
    position = huffman.read(source, position, end);
    huffmanKnown = true;
  } else if (!huffmanKnown) throw new CodecError('Zstandard block repeats a table that never came');
  if (format === 0) huffman.decode(source, position, end, literalsBuffer, 0, count);
  else decodeFourStreams(source, position, end, count);
  return [end, count];
}

function decodeFourStreams(source: Uint8Array, from: number, to: number, count: number): void {
  const share = (count + 3) >> 2;
  if (to - from < 6 || count < 3 * share) throw new CodecError('Zstandard literals are cut');
  let position = from + 6;
  for (let stream = 0; stream < 4; stream++) {
    const end = stream < 3 ? position + littleEndian(source, from + 2 * stream, 2) : to;
    if (end > to) throw new CodecError('Zstandard literals are cut');
    const first = stream * share;
    huffman.decode(source, position, end, literalsBuffer, first, stream < 3 ? first + share : count);
    position = end;
  }
}

/**
 * Decompresses the one Zstandard frame `source[from, to)` into exactly `target[at, end)`.
 * @throws CodecError when the frame does not follow the format or yields another number of bytes; never reads or writes
 * outside of the given ranges, and takes time in proportion to them
 */
export function decompressZstdFrame(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
  end: number,
): void {
  let position = readFrameHeader(source, from, to, end - at);
  const hasChecksum = (source[from + 4]! & 4) !== 0;
  sequences.reset();
  huffmanKnown = false;
  let out = at;
  for (let last = false; !last; ) {
    if (to - position < ZSTD_BLOCK_HEADER_BYTES)
      throw new CodecError('Zstandard frame ends before its last block');
    const header = littleEndian(source, position, ZSTD_BLOCK_HEADER_BYTES);
    last = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    position += ZSTD_BLOCK_HEADER_BYTES;
    const stored = type === 1 ? 1 : size;
    if (stored > to - position) throw new CodecError('Zstandard frame ends inside a block');
    if (type === 3 || size > MAX_ZSTD_BLOCK_BYTES)
      throw new CodecError('Zstandard block has an unknown form');
    if (type === 2) {
      const [next, count] = readLiterals(source, position, position + size);
      out = sequences.run(source, next, position + size, literalsBuffer, count, target, at, out, end);
    } else {
      if (size > end - out) throw new CodecError('Zstandard frame yields more bytes than announced');
      if (type === 1) target.fill(source[position]!, out, out + size);
      else target.set(source.subarray(position, position + size), out);
      out += size;
    }
    position += stored;
  }
  if (out !== end) throw new CodecError(`Zstandard frame yields ${out - at} bytes instead of ${end - at}`);
  if (position + (hasChecksum ? 4 : 0) !== to) throw new CodecError('bytes follow the Zstandard frame');
}
