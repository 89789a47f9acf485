import { createDtypeArray, type Dtype } from '#src/shared/model/dtype.ts';
import type { ChunkFilter } from './chunk-filters.ts';
import type { ElementType } from './format/datatype.ts';
import type { StoredChunk } from './format/fixed-array.ts';
import type { VirtualSource } from './format/virtual-mapping.ts';

// The description of a file's content that tree-writer.ts turns into bytes.

/** A value with its type: content of an attribute or of a small dataset. `bytes` are little endian, C order. */
export interface TypedValue {
  type: ElementType;
  shape: readonly number[];
  bytes: Uint8Array;
}

export type Attributes = Readonly<Record<string, TypedValue>>;

export interface GroupNode {
  kind: 'group';
  attributes: Attributes;
  links: ReadonlyMap<string, LinkNode>;
}

export interface DatasetNode {
  kind: 'dataset';
  attributes: Attributes;
  value: TypedValue;
  /** Keep the data out of the header even when small, so that they have a position in the file. */
  contiguous?: boolean;
}

/** Chunks that the writer places itself (`bytes`) or that lie at known addresses of the same file (`stored`). */
export type ChunkSource =
  | { place: 'bytes'; chunks: readonly (Uint8Array | undefined)[] }
  | { place: 'stored'; chunks: readonly (StoredChunk | undefined)[] };

export interface ChunkedDatasetNode {
  kind: 'chunkedDataset';
  attributes: Attributes;
  dtype: Dtype;
  shape: readonly number[];
  chunkShape: readonly number[];
  filter: ChunkFilter;
  fillValue: TypedValue | undefined;
  /** One entry per chunk of the grid, C order; undefined = never written. */
  source: ChunkSource;
}

export interface VirtualDatasetNode {
  kind: 'virtualDataset';
  attributes: Attributes;
  dtype: Dtype;
  shape: readonly number[];
  fillValue: TypedValue | undefined;
  sources: readonly VirtualSource[];
}

export type ObjectNode = GroupNode | DatasetNode | ChunkedDatasetNode | VirtualDatasetNode;

/** What a name in a group stands for. The same object node under two names becomes two hard links to one object. */
export type LinkNode =
  | ObjectNode
  | { kind: 'softLink'; path: string }
  | { kind: 'externalLink'; fileName: string; path: string };

export function softLink(path: string): LinkNode {
  return { kind: 'softLink', path };
}

export function externalLink(fileName: string, path: string): LinkNode {
  return { kind: 'externalLink', fileName, path };
}

/** Undefined entries are left out, so that callers can write optional content inline. */
export function group(
  nxClass: string | undefined,
  links: Readonly<Record<string, LinkNode | undefined>>,
  attributes: Attributes = {},
): GroupNode {
  const present = new Map<string, LinkNode>();
  for (const [name, link] of Object.entries(links)) if (link !== undefined) present.set(name, link);
  const nxClassAttribute: Attributes = nxClass === undefined ? {} : { NX_class: text(nxClass) };
  return { kind: 'group', attributes: { ...nxClassAttribute, ...attributes }, links: present };
}

export function dataset(value: TypedValue, attributes: Attributes = {}): DatasetNode {
  return { kind: 'dataset', attributes, value };
}

/** Scalar text, UTF-8, padded with NUL; at least one byte because HDF5 has no empty strings of fixed length. */
export function text(value: string): TypedValue {
  const utf8 = new TextEncoder().encode(value);
  const bytes = utf8.length === 0 ? new Uint8Array(1) : utf8;
  return { type: { textBytes: bytes.length, utf8: utf8.length !== value.length }, shape: [], bytes };
}

/** A list of texts, each padded to the longest. */
export function texts(values: readonly string[]): TypedValue {
  const encoded = values.map((value) => text(value));
  const textBytes = Math.max(1, ...encoded.map(({ bytes }) => bytes.length));
  const bytes = new Uint8Array(values.length * textBytes);
  for (const [index, one] of encoded.entries()) bytes.set(one.bytes, index * textBytes);
  const utf8 = encoded.some(({ type }) => typeof type !== 'string' && type.utf8);
  return { type: { textBytes, utf8 }, shape: [values.length], bytes };
}

export function scalar(dtype: Dtype, value: number): TypedValue {
  return { ...vector(dtype, [value]), shape: [] };
}

export function vector(dtype: Dtype, values: readonly number[]): TypedValue {
  const array = createDtypeArray(dtype, values.length);
  if (array instanceof BigUint64Array || array instanceof BigInt64Array) {
    for (const [index, value] of values.entries()) array[index] = BigInt(value);
  } else {
    array.set(values);
  }
  return { type: dtype, shape: [values.length], bytes: new Uint8Array(array.buffer) };
}

/** The one-element value that marks pixels without a measurement (fill value of frames that never arrived). */
export function scalarOf(dtype: Dtype, value: number | bigint): TypedValue {
  const array = createDtypeArray(dtype, 1);
  if (array instanceof BigUint64Array || array instanceof BigInt64Array) array[0] = BigInt(value);
  else array[0] = Number(value);
  return { type: dtype, shape: [], bytes: new Uint8Array(array.buffer) };
}
