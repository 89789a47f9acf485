import {
  BlockBuffer,
  type ElementSize,
  transposeBlock,
  untransposeBlock,
  wordView,
} from './bit-transpose.ts';
import { CodecError } from './codec-error.ts';
import {
  BLOB_HEADER_BYTES,
  checkBlockLengths,
  readBlobHeader,
  readUint32Be,
  writeBlobHeader,
  writeUint32Be,
} from './lz4.ts';
import { type BitshuffleKernel, bitshuffleKernel, suitsKernel } from './wasm/bitshuffle-kernel.ts';

/*
 * Bitshuffle in the framing of HDF5 filter 32008, which detectors use on the wire too, with LZ4 or Zstandard inside: u64 BE
 * uncompressed bytes, u32 BE block bytes; per block u32 BE length + the compressed bit-transposed elements. The last block
 * is cut down to a multiple of 8 elements; fewer than 8 left-over elements follow as they are.
 */

export const BITSHUFFLE_BLOCK_BYTES = 8192;
/** Larger blocks than this are in no detector and no file; a limit keeps the scratch memory of a broken blob small. */
const MAX_BLOCK_BYTES = 2 ** 26;
const ELEMENTS_PER_BIT_ROW_BYTE = 8;

/** What compresses the blocks. */
export interface BlockCodec {
  name: 'bslz4' | 'bszstd';
  isLz4: boolean;
  /** A blob announcing more bytes than this times its own length is broken. */
  maxExpansion: number;
  /** Decompresses `source[from, to)` into exactly `target[0, bytes)`. Throws CodecError. */
  decompress(source: Uint8Array, from: number, to: number, target: Uint8Array, bytes: number): void;
  /** Most bytes `compress` makes of a block. */
  maxCompressedBytes(blockBytes: number): number;
  /** Compresses `source[0, bytes)` into `target` at `at`; returns the position behind. */
  compress(source: Uint8Array, bytes: number, target: Uint8Array, at: number): number;
}

function checkLayout(
  { name }: BlockCodec,
  totalBytes: number,
  elementSize: number,
  blockBytes: number,
): asserts elementSize is ElementSize {
  if (elementSize !== 1 && elementSize !== 2 && elementSize !== 4 && elementSize !== 8) {
    throw new CodecError(`${name} element size ${elementSize} is not 1, 2, 4 or 8`);
  }
  if (totalBytes % elementSize !== 0) {
    throw new CodecError(`${totalBytes} bytes are no whole number of ${elementSize}-byte elements`);
  }
  const granule = ELEMENTS_PER_BIT_ROW_BYTE * elementSize;
  if (!Number.isInteger(blockBytes) || blockBytes < granule || blockBytes % granule !== 0) {
    throw new CodecError(`${name} block size ${blockBytes} is no positive multiple of 8 elements`);
  }
  if (blockBytes > MAX_BLOCK_BYTES) throw new CodecError(`${name} block size ${blockBytes} is beyond 64 MiB`);
}

/**
 * @param source elements in little-endian order, a whole number of them
 * @returns the blob with its 12-byte header, as it may stand in a stream message or as one HDF5 chunk
 * @throws CodecError when sizes do not fit
 */
export function encodeBitshuffled(
  codec: BlockCodec,
  source: Uint8Array,
  elementSize: ElementSize,
  blockBytes: number,
): Uint8Array {
  checkLayout(codec, source.length, elementSize, blockBytes);
  const granule = ELEMENTS_PER_BIT_ROW_BYTE * elementSize;
  const shuffledBytes = source.length - (source.length % granule);
  const rows = new BlockBuffer(Math.min(blockBytes, shuffledBytes));
  const blocks = Math.ceil(shuffledBytes / blockBytes);
  const target = new Uint8Array(
    BLOB_HEADER_BYTES + blocks * (4 + codec.maxCompressedBytes(blockBytes)) + granule,
  );
  writeBlobHeader(target, source.length, blockBytes);
  const sourceWords = wordView(source);
  let out = BLOB_HEADER_BYTES;
  for (let at = 0; at < shuffledBytes; at += blockBytes) {
    const bytes = Math.min(blockBytes, shuffledBytes - at);
    transposeBlock(source, sourceWords, at, rows, bytes / elementSize, elementSize);
    const end = codec.compress(rows.bytes, bytes, target, out + 4);
    writeUint32Be(target, out, end - out - 4);
    out = end;
  }
  target.set(source.subarray(shuffledBytes), out);
  return target.slice(0, out + source.length - shuffledBytes);
}

/**
 * Decodes whole blocks with the kernel, as many as fit into its memory at a time.
 * @returns the position behind them; null where something is wrong with one of them
 */
function decodeByKernel(
  codec: BlockCodec,
  kernel: BitshuffleKernel,
  blob: Uint8Array,
  target: Uint8Array,
  { blocks, blockBytes, elementSize }: { blocks: number; blockBytes: number; elementSize: ElementSize },
): number | null {
  const atOnce = Math.floor(kernel.output.length / blockBytes);
  let position = BLOB_HEADER_BYTES;
  for (let done = 0; done < blocks; ) {
    const start = position;
    let count = 0;
    for (; count < atOnce && done + count < blocks; count++) {
      if (blob.length - position < 4) return null;
      const length = readUint32Be(blob, position);
      const next = position + 4 + length;
      if (next > blob.length) return null;
      if (codec.isLz4 && next - start > kernel.input.length) break;
      if (!codec.isLz4) {
        codec.decompress(blob, position + 4, next, kernel.scratch, blockBytes);
        kernel.untranspose(count * blockBytes, blockBytes, elementSize);
      }
      position = next;
    }
    // A block larger than all of the kernel's memory is none that LZ4 makes.
    if (count === 0) return null;
    if (codec.isLz4) {
      kernel.input.set(blob.subarray(start, position));
      if (!kernel.decode(count, blockBytes, elementSize)) return null;
    }
    target.set(kernel.output.subarray(0, count * blockBytes), done * blockBytes);
    done += count;
  }
  return position;
}

/**
 * @param out target of exactly the uncompressed size (fastest when 4-byte aligned); allocated when absent
 * @param kernel what decodes whole blocks; null: nothing but this code
 * @returns the elements in little-endian order
 * @throws CodecError on any blob that does not follow the format; never reads or writes outside blob and target
 */
export function decodeBitshuffled(
  codec: BlockCodec,
  blob: Uint8Array,
  elementSize: ElementSize,
  out?: Uint8Array,
  kernel: BitshuffleKernel | null = bitshuffleKernel(),
): Uint8Array {
  const header = readBlobHeader(blob, codec.maxExpansion);
  const total = header.uncompressedBytes;
  // A block size of 0 means the library's default: 8192 bytes for every element size detectors use.
  const blockBytes = header.blockBytes === 0 ? BITSHUFFLE_BLOCK_BYTES : header.blockBytes;
  checkLayout(codec, total, elementSize, blockBytes);
  if (out && out.length !== total) {
    throw new CodecError(`blob holds ${total} bytes, the target takes ${out.length}`);
  }
  const target = out ?? new Uint8Array(total);
  const granule = ELEMENTS_PER_BIT_ROW_BYTE * elementSize;
  const shuffledBytes = total - (total % granule);
  const rows = new BlockBuffer(Math.min(blockBytes, shuffledBytes));
  const targetWords = wordView(target);
  const blocks = Math.floor(shuffledBytes / blockBytes);
  const behind =
    kernel && blocks > 0 && suitsKernel(blockBytes, elementSize)
      ? decodeByKernel(codec, kernel, blob, target, { blocks, blockBytes, elementSize })
      : null;
  // What the kernel refuses is gone through once more, to say what is wrong.
  let position = behind ?? BLOB_HEADER_BYTES;
  for (let at = behind === null ? 0 : blocks * blockBytes; at < shuffledBytes; at += blockBytes) {
    const bytes = Math.min(blockBytes, shuffledBytes - at);
    if (blob.length - position < 4)
      throw new CodecError(`${codec.name} blob ends before the block at byte ${at}`);
    const length = readUint32Be(blob, position);
    position += 4;
    if (length > blob.length - position)
      throw new CodecError(`${codec.name} blob ends inside the block at byte ${at}`);
    codec.decompress(blob, position, position + length, rows.bytes, bytes);
    position += length;
    untransposeBlock(rows, target, targetWords, at, bytes / elementSize, elementSize);
  }
  const leftOver = total - shuffledBytes;
  if (blob.length - position !== leftOver) {
    throw new CodecError(
      `${codec.name} blob has ${blob.length - position} bytes after its blocks instead of ${leftOver}`,
    );
  }
  target.set(blob.subarray(position), shuffledBytes);
  return target;
}

/**
 * Follows the block lengths of a blob from header to end without decompressing (about 10 ns per 8 kB block): finds cut
 * and padded blobs before they are stored as a chunk that no reader can open.
 * @throws CodecError as `decodeBitshuffled` would; damage inside a block is only found by decoding
 */
export function checkBitshuffledFraming(codec: BlockCodec, blob: Uint8Array, elementSize: ElementSize): void {
  const { uncompressedBytes, blockBytes: announced } = readBlobHeader(blob, codec.maxExpansion);
  const blockBytes = announced === 0 ? BITSHUFFLE_BLOCK_BYTES : announced;
  checkLayout(codec, uncompressedBytes, elementSize, blockBytes);
  const leftOver = uncompressedBytes % (ELEMENTS_PER_BIT_ROW_BYTE * elementSize);
  checkBlockLengths(codec.name, blob, Math.ceil((uncompressedBytes - leftOver) / blockBytes), leftOver);
}
