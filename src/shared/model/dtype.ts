/**
 * Element types of detector arrays, named as NumPy names them (kind + bytes per element), little endian always.
 * One list for decoder, writer, viewer and jobs.
 */
export const DTYPES = ['u1', 'u2', 'u4', 'u8', 'i1', 'i2', 'i4', 'i8', 'f4', 'f8'] as const;
export type Dtype = (typeof DTYPES)[number];

export type DtypeArray =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

export function isDtype(text: string): text is Dtype {
  return (DTYPES as readonly string[]).includes(text);
}

/** Bytes per element: 1, 2, 4 or 8. */
export function byteLength(dtype: Dtype): 1 | 2 | 4 | 8 {
  return Number(dtype[1]) as 1 | 2 | 4 | 8;
}

export function isSignedDtype(dtype: Dtype): boolean {
  return dtype[0] !== 'u';
}

export function isFloatDtype(dtype: Dtype): boolean {
  return dtype[0] === 'f';
}

/** Smallest finite value; 64-bit integers as bigint because a double cannot hold them. */
export function dtypeMin(dtype: Dtype): number | bigint {
  switch (dtype) {
    case 'i8':
      return -(2n ** 63n);
    case 'u8':
      return 0n;
    case 'f4':
      return -Math.fround(3.4028234663852886e38);
    case 'f8':
      return -Number.MAX_VALUE;
    default:
      return isSignedDtype(dtype) ? -(2 ** (8 * byteLength(dtype) - 1)) : 0;
  }
}

/** Largest finite value; 64-bit integers as bigint because a double cannot hold them. */
export function dtypeMax(dtype: Dtype): number | bigint {
  switch (dtype) {
    case 'i8':
      return 2n ** 63n - 1n;
    case 'u8':
      return 2n ** 64n - 1n;
    case 'f4':
      return Math.fround(3.4028234663852886e38);
    case 'f8':
      return Number.MAX_VALUE;
    default:
      return 2 ** (8 * byteLength(dtype) - (isSignedDtype(dtype) ? 1 : 0)) - 1;
  }
}

/**
 * The value that means "no measurement here": type maximum of unsigned pixels (EIGER), minimum of signed ones
 * (JUNGFRAU), NaN of floats. Also the fill value of frames that never arrived.
 */
export function dtypeInvalidValue(dtype: Dtype): number | bigint {
  if (isFloatDtype(dtype)) return Number.NaN;
  return isSignedDtype(dtype) ? dtypeMin(dtype) : dtypeMax(dtype);
}

/** A zeroed array of `length` elements. */
export function createDtypeArray(dtype: Dtype, length: number): DtypeArray {
  return typedArrayOver(dtype, new ArrayBuffer(length * byteLength(dtype)));
}

/**
 * The array over little-endian bytes. Shares the memory when the start is aligned to the element size, copies otherwise.
 * Throws RangeError when the bytes are not a whole number of elements.
 */
export function dtypeArrayFromBytes(dtype: Dtype, bytes: Uint8Array): DtypeArray {
  const elementBytes = byteLength(dtype);
  if (bytes.byteLength % elementBytes !== 0) {
    throw new RangeError(`${bytes.byteLength} bytes are not a whole number of ${dtype} elements`);
  }
  const shared = bytes.byteOffset % elementBytes === 0 && bytes.buffer instanceof ArrayBuffer;
  if (shared) {
    return typedArrayOver(
      dtype,
      bytes.buffer as ArrayBuffer,
      bytes.byteOffset,
      bytes.byteLength / elementBytes,
    );
  }
  return typedArrayOver(dtype, new Uint8Array(bytes).buffer);
}

/** A typed array over part of a buffer, without copying; RangeError when `byteOffset` is not a multiple of the element size. */
export function typedArrayOver(
  dtype: Dtype,
  buffer: ArrayBuffer,
  byteOffset = 0,
  length?: number,
): DtypeArray {
  switch (dtype) {
    case 'u1':
      return new Uint8Array(buffer, byteOffset, length);
    case 'u2':
      return new Uint16Array(buffer, byteOffset, length);
    case 'u4':
      return new Uint32Array(buffer, byteOffset, length);
    case 'u8':
      return new BigUint64Array(buffer, byteOffset, length);
    case 'i1':
      return new Int8Array(buffer, byteOffset, length);
    case 'i2':
      return new Int16Array(buffer, byteOffset, length);
    case 'i4':
      return new Int32Array(buffer, byteOffset, length);
    case 'i8':
      return new BigInt64Array(buffer, byteOffset, length);
    case 'f4':
      return new Float32Array(buffer, byteOffset, length);
    case 'f8':
      return new Float64Array(buffer, byteOffset, length);
  }
}
