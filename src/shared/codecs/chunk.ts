import { byteLength, type Dtype, type DtypeArray, typedArrayOver } from '../model/dtype.ts';
import { decodeBslz4 } from './bslz4.ts';
import { CodecError } from './codec-error.ts';
import { decodeLz4Framed } from './lz4.ts';

export type ChunkFilterName = 'bslz4' | 'lz4' | 'none';

export interface EncodedChunk {
  filter: ChunkFilterName;
  dtype: Dtype;
  bytes: Uint8Array;
  /** Pixels of the frame: rows × columns. */
  elements: number;
}

/**
 * One stored frame → its pixels in a fresh typed array, little-endian.
 * @throws CodecError when the bytes do not hold exactly `elements` elements of `dtype`
 */
export function decodeChunk(chunk: EncodedChunk): DtypeArray {
  const size = byteLength(chunk.dtype);
  const wantedBytes = chunk.elements * size;
  if (!Number.isSafeInteger(chunk.elements) || chunk.elements < 0) {
    throw new CodecError(`a frame cannot have ${chunk.elements} pixels`);
  }
  if (wantedBytes > Math.max(chunk.bytes.length * 256, 64)) {
    throw new CodecError(`${chunk.bytes.length} bytes cannot hold ${chunk.elements} pixels`);
  }
  const out = new Uint8Array(wantedBytes);
  if (chunk.filter === 'bslz4') decodeBslz4(chunk.bytes, size, out);
  else if (chunk.filter === 'lz4') decodeLz4Framed(chunk.bytes, wantedBytes, out);
  else if (chunk.bytes.length === wantedBytes) out.set(chunk.bytes);
  else throw new CodecError(`frame has ${chunk.bytes.length} bytes instead of ${wantedBytes}`);
  return typedArrayOver(chunk.dtype, out.buffer, 0, chunk.elements);
}
