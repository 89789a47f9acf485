import { createDtypeArray, type Dtype, dtypeMax, dtypeMin, isFloatDtype } from '../model/dtype.ts';
import { CodecError } from './codec-error.ts';

/*
 * Compression x-CBF_BYTE_OFFSET of CBF (imgCIF dictionary, CBFlib): each pixel is its difference from the one before, the first
 * from 0. The difference takes one byte; 0x80 (−128) says that 16 bits follow, 0x8000 there that 32 bits follow, 0x80000000
 * there that 64 bits follow; all little-endian.
 */

export type ByteOffsetArray = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

function typedTarget(dtype: Dtype, elements: number): ByteOffsetArray {
  const target = createDtypeArray(dtype, elements);
  if (isFloatDtype(dtype) || target instanceof BigInt64Array || target instanceof BigUint64Array) {
    throw new CodecError(`byte-offset frames of element type ${dtype} are not supported`);
  }
  return target as ByteOffsetArray;
}

/**
 * @param bytes exactly the compressed section, without padding
 * @returns `elements` pixels of integer type `dtype` (at most 32 bits)
 * @throws CodecError when the section ends early, goes on, or holds a value outside of the type's range
 */
export function decodeByteOffset(bytes: Uint8Array, dtype: Dtype, elements: number): ByteOffsetArray {
  // Every pixel takes at least a byte: nobody allocates on the word of a broken header.
  if (elements > bytes.length)
    throw new CodecError(`${bytes.length} bytes cannot hold ${elements} byte-offset pixels`);
  const target = typedTarget(dtype, elements);
  const low = Number(dtypeMin(dtype));
  const high = Number(dtypeMax(dtype));
  const { length } = bytes;
  let position = 0;
  let value = 0;
  for (let pixel = 0; pixel < elements; pixel++) {
    if (position >= length) throw new CodecError(`byte-offset section ends before pixel ${pixel}`);
    const step = bytes[position++]!;
    if (step !== 0x80) value += (step << 24) >> 24;
    else {
      if (length - position < 2) throw new CodecError(`byte-offset section ends inside pixel ${pixel}`);
      const wide = ((bytes[position]! | (bytes[position + 1]! << 8)) << 16) >> 16;
      position += 2;
      if (wide !== -0x8000) value += wide;
      else {
        if (length - position < 4) throw new CodecError(`byte-offset section ends inside pixel ${pixel}`);
        const wider = readInt32(bytes, position);
        position += 4;
        if (wider !== -0x80000000) value += wider;
        else {
          if (length - position < 8) throw new CodecError(`byte-offset section ends inside pixel ${pixel}`);
          value += readInt32(bytes, position + 4) * 2 ** 32 + (readInt32(bytes, position) >>> 0);
          position += 8;
        }
      }
    }
    if (value < low || value > high)
      throw new CodecError(`byte-offset pixel ${pixel} is outside of ${dtype}`);
    target[pixel] = value;
  }
  if (position !== length) {
    throw new CodecError(`${length - position} bytes follow the last byte-offset pixel`);
  }
  return target;
}

function readInt32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
