import { byteLength, type Dtype, type DtypeArray, typedArrayOver } from '../model/dtype.ts';
import { decodeBslz4 } from './bslz4.ts';
import { decodeBszstd, MAX_BSZSTD_EXPANSION } from './bszstd.ts';
import { decodeByteOffset } from './cbf-byte-offset.ts';
import { CodecError } from './codec-error.ts';
import { inflateZlib, MAX_DEFLATE_EXPANSION, unshuffle } from './inflate.ts';
import { decodeLz4Framed, MAX_EXPANSION } from './lz4.ts';
import { decodeTiff } from './tiff.ts';

export type ChunkFilterName =
  | 'bslz4'
  | 'bszstd'
  | 'lz4'
  | 'gzip'
  | 'shuffle-gzip'
  | 'byte-offset'
  | 'tiff'
  | 'none';

const EXPANSIONS: Partial<Record<ChunkFilterName, number>> = {
  bszstd: MAX_BSZSTD_EXPANSION,
  gzip: MAX_DEFLATE_EXPANSION,
  'shuffle-gzip': MAX_DEFLATE_EXPANSION,
};

export interface EncodedChunk {
  filter: ChunkFilterName;
  dtype: Dtype;
  bytes: Uint8Array;
  /** Pixels of the frame: rows × columns. */
  elements: number;
}

/**
 * One stored frame → its pixels in a typed array, little-endian.
 * @param memory bytes of a frame before, to be overwritten when they are as many; without it, or else, the array is a fresh one
 * @throws CodecError when the bytes do not hold exactly `elements` elements of `dtype`
 */
export function decodeChunk(chunk: EncodedChunk, memory?: ArrayBuffer): DtypeArray {
  const { filter, dtype, bytes, elements } = chunk;
  const size = byteLength(dtype);
  const wantedBytes = elements * size;
  if (!Number.isSafeInteger(elements) || elements < 0) {
    throw new CodecError(`a frame cannot have ${elements} pixels`);
  }
  if (filter === 'byte-offset') return decodeByteOffset(bytes, dtype, elements) as DtypeArray;
  // A whole file, which says itself how it packs them.
  if (filter === 'tiff') return decodeTiff(bytes, dtype, elements);
  const expansion = EXPANSIONS[filter] ?? MAX_EXPANSION;
  if (wantedBytes > Math.max(bytes.length * expansion, 64)) {
    throw new CodecError(`${bytes.length} bytes cannot hold ${elements} pixels`);
  }
  const out = new Uint8Array(memory?.byteLength === wantedBytes ? memory : new ArrayBuffer(wantedBytes));
  if (filter === 'bslz4') decodeBslz4(bytes, size, out);
  else if (filter === 'bszstd') decodeBszstd(bytes, size, out);
  else if (filter === 'lz4') decodeLz4Framed(bytes, wantedBytes, out);
  else if (filter === 'gzip') inflateZlib(bytes, out);
  else if (filter === 'shuffle-gzip') {
    const shuffled = new Uint8Array(wantedBytes);
    inflateZlib(bytes, shuffled);
    unshuffle(shuffled, out, size);
  } else if (bytes.length === wantedBytes) out.set(bytes);
  else throw new CodecError(`frame has ${bytes.length} bytes instead of ${wantedBytes}`);
  return typedArrayOver(dtype, out.buffer, 0, elements);
}
