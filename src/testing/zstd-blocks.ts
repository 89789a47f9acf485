import { constants, zstdCompressSync } from 'node:zlib';
import type { ElementSize } from '../shared/codecs/bit-transpose.ts';
import { BITSHUFFLE_BLOCK_BYTES, type BlockCodec, encodeBitshuffled } from '../shared/codecs/bitshuffle.ts';

/** A bitshuffle-Zstandard blob whose blocks come from the reference implementation of Zstandard, as a detector's do. */
export function encodeBszstdReference(
  source: Uint8Array,
  elementSize: ElementSize,
  options: { level?: number; blockBytes?: number } = {},
): Uint8Array {
  const { level = 3, blockBytes = BITSHUFFLE_BLOCK_BYTES } = options;
  const codec: BlockCodec = {
    name: 'bszstd',
    isLz4: false,
    maxExpansion: 1,
    decompress: () => {
      throw new Error('made for encoding');
    },
    maxCompressedBytes: (bytes) => bytes + 64,
    compress: (block, bytes, target, at) => {
      const frame = zstdCompressSync(block.subarray(0, bytes), {
        params: { [constants.ZSTD_c_compressionLevel]: level },
      });
      target.set(frame, at);
      return at + frame.length;
    },
  };
  return encodeBitshuffled(codec, source, elementSize, blockBytes);
}
