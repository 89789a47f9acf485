import type { Dtype } from '../model/dtype.ts';
import { byteLength } from '../model/dtype.ts';
import type { JsonLike, StreamArray, StreamImageArray } from '../model/stream.ts';
import { checkBslz4Framing } from './bslz4.ts';
import { checkBszstdFraming, MAX_BSZSTD_EXPANSION } from './bszstd.ts';
import { type CborMap, CborTag, type CborValue, float16 } from './cbor-reader.ts';
import { checkLz4Framing, frameRawLz4, isLz4Framed, readBlobHeader } from './lz4.ts';

/*
 * The array notations of Stream V2: tag 40 for dimensions and 64–87 for typed arrays (RFC 8746), tag 56500 for
 * compressed bytes wherever a byte string may stand.
 */
export const TAG_DATE = 0;
export const TAG_DIMENSIONS = 40;
export const TAG_COMPRESSED = 56500;
export const TAG_SELF_DESCRIBED = 55799;

/** Little-endian typed arrays. 68 is u1 with clamped arithmetic: the same bytes. */
export const TYPED_ARRAY_TAGS: ReadonlyMap<number, Dtype> = new Map([
  [64, 'u1'],
  [68, 'u1'],
  [69, 'u2'],
  [70, 'u4'],
  [71, 'u8'],
  [72, 'i1'],
  [77, 'i2'],
  [78, 'i4'],
  [79, 'i8'],
  [85, 'f4'],
  [86, 'f8'],
]);
const TAG_FLOAT16 = 84;
/** No detector has more pixels in one direction; keeps products within exact integers. */
const MAX_SIDE_PX = 2 ** 24;

/** A message that is not what it claims to be. `reason` is a short stable text. */
export class StreamDecodeError extends Error {
  readonly reason: string;

  constructor(reason: string, options?: { cause?: unknown }) {
    super(reason, options);
    this.name = 'StreamDecodeError';
    this.reason = reason;
  }
}

function decompressedView(value: CborValue): {
  filter: StreamArray['filter'];
  size: number;
  bytes: Uint8Array;
} {
  if (value instanceof Uint8Array) return { filter: 'none', size: 0, bytes: value };
  if (!(value instanceof CborTag) || value.tag !== TAG_COMPRESSED || !Array.isArray(value.value)) {
    throw new StreamDecodeError('typed array holds neither bytes nor compressed bytes');
  }
  const [algorithm, size, bytes] = value.value as readonly CborValue[];
  if (!(bytes instanceof Uint8Array) || typeof size !== 'number') {
    throw new StreamDecodeError('compression tag is not [algorithm, element size, bytes]');
  }
  if (algorithm === 'bslz4' || algorithm === 'bszstd') return { filter: algorithm, size, bytes };
  if (algorithm === 'lz4') return { filter: 'lz4', size: 0, bytes };
  throw new StreamDecodeError(`compression ${String(algorithm).slice(0, 32)} is not supported`);
}

function widenFloat16(bytes: Uint8Array): Uint8Array {
  const values = new Float32Array(bytes.length >> 1);
  for (let i = 0; i < values.length; i++) values[i] = float16(bytes[2 * i]! | (bytes[2 * i + 1]! << 8));
  return new Uint8Array(values.buffer);
}

/** A typed array of the message with `shape`; checks sizes and framing, decompresses nothing. */
function typedArray(value: CborValue, shape: readonly number[] | null): StreamArray {
  if (!(value instanceof CborTag)) throw new StreamDecodeError('array is not a typed array');
  const half = value.tag === TAG_FLOAT16;
  const dtype = half ? 'f4' : TYPED_ARRAY_TAGS.get(value.tag);
  if (!dtype) throw new StreamDecodeError(`typed array tag ${value.tag} is not supported`);
  const view = decompressedView(value.value);
  if (half && view.filter !== 'none')
    throw new StreamDecodeError('compressed half-precision floats are not supported');
  const bytes = half ? widenFloat16(view.bytes) : view.bytes;
  if ((view.filter === 'bslz4' || view.filter === 'bszstd') && view.size !== byteLength(dtype)) {
    throw new StreamDecodeError(`${view.filter} element size ${view.size} does not fit ${dtype}`);
  }
  return checkedArray({ dtype, filter: view.filter, bytes }, shape);
}

/**
 * The array that `claim` says it is: checks size and framing, decompresses nothing. A bare lz4 block gets the 12-byte header
 * of HDF5 filter 32004 (one block of everything), since the filter reads nothing else; that copies it.
 * @param shape null = a list of as many elements as the bytes hold
 * @throws StreamDecodeError, CodecError
 */
export function checkedArray(
  claim: Pick<StreamArray, 'dtype' | 'filter' | 'bytes'>,
  shape: readonly number[] | null,
): StreamArray {
  const { dtype, filter } = claim;
  const elementSize = byteLength(dtype);
  let { bytes } = claim;
  let contentBytes = bytes.length;
  if (filter !== 'none') {
    if (filter === 'lz4' && !isLz4Framed(bytes)) {
      if (!shape) throw new StreamDecodeError('bare lz4 block without dimensions');
      contentBytes = elementSize * shape.reduce((product, side) => product * side, 1);
      bytes = frameRawLz4(bytes, contentBytes);
    }
    contentBytes = readBlobHeader(
      bytes,
      filter === 'bszstd' ? MAX_BSZSTD_EXPANSION : undefined,
    ).uncompressedBytes;
  }
  const sides = shape ?? [contentBytes / elementSize];
  const wantedBytes = elementSize * sides.reduce((product, side) => product * side, 1);
  if (contentBytes !== wantedBytes || contentBytes % elementSize !== 0) {
    throw new StreamDecodeError(`array of ${sides.join('×')} ${dtype} holds ${contentBytes} bytes`);
  }
  if (filter === 'bslz4') checkBslz4Framing(bytes, elementSize);
  else if (filter === 'bszstd') checkBszstdFraming(bytes, elementSize);
  else if (filter === 'lz4') checkLz4Framing(bytes);
  return { dtype, shape: sides, filter, elementSize, bytes };
}

/** A side of an image, rows or columns. */
export function isSidePx(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_SIDE_PX;
}

/** An array with or without dimensions. @throws StreamDecodeError, CodecError */
export function readStreamArray(value: CborValue): StreamArray {
  if (!(value instanceof CborTag) || value.tag !== TAG_DIMENSIONS) return typedArray(value, null);
  const content = value.value;
  if (!Array.isArray(content) || content.length !== 2 || !Array.isArray(content[0])) {
    throw new StreamDecodeError('dimensions tag is not [[rows, columns], array]');
  }
  const shape: number[] = [];
  for (const side of content[0] as readonly CborValue[]) {
    if (!isSidePx(side)) throw new StreamDecodeError('array dimension is no positive integer');
    shape.push(side);
  }
  return typedArray(content[1] as CborValue, shape);
}

/** An array of exactly two dimensions. @throws StreamDecodeError, CodecError */
export function readImageArray(value: CborValue): StreamImageArray {
  const array = readStreamArray(value);
  const [rows, columns] = array.shape;
  if (array.shape.length !== 2 || !rows || !columns) {
    throw new StreamDecodeError(`array with ${array.shape.length} dimensions where an image was expected`);
  }
  return { ...array, shape: [rows, columns] };
}

/** Members that JSON cannot express (bytes, typed arrays) are left out; the reader has bounded depth and size. */
export function toJsonLike(value: CborValue): JsonLike | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return value.toString();
  if (value === undefined || value instanceof Uint8Array) return undefined;
  if (value instanceof CborTag) return value.tag === TAG_DATE ? toJsonLike(value.value) : undefined;
  if (Array.isArray(value)) return value.map((item: CborValue) => toJsonLike(item) ?? null);
  const members: [string, JsonLike][] = [];
  for (const [key, member] of value as CborMap) {
    const json = toJsonLike(member);
    if (json !== undefined && (typeof key === 'string' || typeof key === 'number'))
      members.push([String(key), json]);
  }
  // fromEntries defines own properties, so that a key "__proto__" stays a key.
  return Object.fromEntries(members);
}
