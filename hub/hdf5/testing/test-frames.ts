import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { encodeBszstd } from '#src/shared/codecs/bszstd.ts';
import { encodeLz4Framed } from '#src/shared/codecs/lz4.ts';
import {
  byteLength,
  createDtypeArray,
  type Dtype,
  type DtypeArray,
  dtypeMax,
  dtypeMin,
} from '#src/shared/model/dtype.ts';
import type { ChunkFilter } from '../chunk-filters.ts';

/** Pixels that differ from frame to frame and contain both ends of the type's range. */
export function testPixels(dtype: Dtype, count: number, frame: number): DtypeArray {
  const pixels = createDtypeArray(dtype, count);
  for (let index = 0; index < count; index++) {
    const value = (index * 7 + frame * 13) % 101;
    if (pixels instanceof BigUint64Array || pixels instanceof BigInt64Array) pixels[index] = BigInt(value);
    else pixels[index] = value;
  }
  const ends = [dtypeMin(dtype), dtypeMax(dtype)];
  for (const [index, end] of ends.entries()) {
    if (pixels instanceof BigUint64Array || pixels instanceof BigInt64Array) pixels[index] = BigInt(end);
    else pixels[index] = Number(end);
  }
  return pixels;
}

export function encodeTestChunk(filter: ChunkFilter, dtype: Dtype, pixels: DtypeArray): Uint8Array {
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  if (filter === 'bslz4') return encodeBslz4(bytes, byteLength(dtype));
  if (filter === 'bszstd') return encodeBszstd(bytes, byteLength(dtype));
  if (filter === 'lz4') return encodeLz4Framed(bytes);
  return bytes;
}
