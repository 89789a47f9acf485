import type { ElementSize } from './bit-transpose.ts';
import {
  BITSHUFFLE_BLOCK_BYTES,
  type BlockCodec,
  checkBitshuffledFraming,
  decodeBitshuffled,
  encodeBitshuffled,
} from './bitshuffle.ts';
import {
  compressLz4Block,
  createLz4HashTable,
  decompressLz4Block,
  MAX_EXPANSION,
  maxLz4BlockBytes,
} from './lz4.ts';
import type { BitshuffleKernel } from './wasm/bitshuffle-kernel.ts';

/** bitshuffle-LZ4: HDF5 filter 32008 with client value 2, `bslz4` of Stream V2, `bs16-lz4<` of Stream V1. */

const table = createLz4HashTable();

const LZ4_BLOCKS: BlockCodec = {
  name: 'bslz4',
  isLz4: true,
  maxExpansion: MAX_EXPANSION,
  decompress: (source, from, to, target, bytes) => decompressLz4Block(source, from, to, target, 0, bytes),
  maxCompressedBytes: maxLz4BlockBytes,
  compress: (source, bytes, target, at) => compressLz4Block(source, 0, bytes, target, at, table),
};

/** See `encodeBitshuffled`. @throws CodecError when sizes do not fit */
export function encodeBslz4(
  source: Uint8Array,
  elementSize: ElementSize,
  blockBytes = BITSHUFFLE_BLOCK_BYTES,
): Uint8Array {
  return encodeBitshuffled(LZ4_BLOCKS, source, elementSize, blockBytes);
}

/** See `decodeBitshuffled`. @throws CodecError on any blob that does not follow the format */
export function decodeBslz4(
  blob: Uint8Array,
  elementSize: ElementSize,
  out?: Uint8Array,
  kernel?: BitshuffleKernel | null,
): Uint8Array {
  return decodeBitshuffled(LZ4_BLOCKS, blob, elementSize, out, kernel);
}

/** See `checkBitshuffledFraming`. @throws CodecError */
export function checkBslz4Framing(blob: Uint8Array, elementSize: ElementSize): void {
  checkBitshuffledFraming(LZ4_BLOCKS, blob, elementSize);
}
