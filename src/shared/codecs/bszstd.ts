import type { ElementSize } from './bit-transpose.ts';
import {
  BITSHUFFLE_BLOCK_BYTES,
  type BlockCodec,
  checkBitshuffledFraming,
  decodeBitshuffled,
  encodeBitshuffled,
} from './bitshuffle.ts';
import type { BitshuffleKernel } from './wasm/bitshuffle-kernel.ts';
import { decompressZstdFrame } from './zstd.ts';
import { encodeZstdRuns, maxZstdRunsBytes } from './zstd-runs.ts';

/** bitshuffle-Zstandard: HDF5 filter 32008 with client value 3, `bszstd` of Jungfraujoch. Every block is a Zstandard frame. */

/** An empty block of 64 KiB in 16 bytes: more than any detector's. */
export const MAX_BSZSTD_EXPANSION = 4096;

const ZSTD_BLOCKS: BlockCodec = {
  name: 'bszstd',
  isLz4: false,
  maxExpansion: MAX_BSZSTD_EXPANSION,
  decompress: (source, from, to, target, bytes) => decompressZstdFrame(source, from, to, target, 0, bytes),
  maxCompressedBytes: maxZstdRunsBytes,
  compress: (source, bytes, target, at) => {
    const frame = encodeZstdRuns(source, 0, bytes);
    target.set(frame, at);
    return at + frame.length;
  },
};

/** See `encodeBitshuffled`. Only runs are compressed (`encodeZstdRuns`). @throws CodecError when sizes do not fit */
export function encodeBszstd(
  source: Uint8Array,
  elementSize: ElementSize,
  blockBytes = BITSHUFFLE_BLOCK_BYTES,
): Uint8Array {
  return encodeBitshuffled(ZSTD_BLOCKS, source, elementSize, blockBytes);
}

/** See `decodeBitshuffled`. @throws CodecError on any blob that does not follow the format */
export function decodeBszstd(
  blob: Uint8Array,
  elementSize: ElementSize,
  out?: Uint8Array,
  kernel?: BitshuffleKernel | null,
): Uint8Array {
  return decodeBitshuffled(ZSTD_BLOCKS, blob, elementSize, out, kernel);
}

/** See `checkBitshuffledFraming`. @throws CodecError */
export function checkBszstdFraming(blob: Uint8Array, elementSize: ElementSize): void {
  checkBitshuffledFraming(ZSTD_BLOCKS, blob, elementSize);
}
