import type { Dtype } from '../model/dtype.ts';
import type { ByteReader } from './byte-reader.ts';
import { damaged } from './hdf5-error.ts';

// Sections IV.A.2.b "The Dataspace Message" and IV.A.2.d "The Datatype Message".

export interface Dataspace {
  /** Slowest axis first; empty: one value. */
  shape: number[];
  /** Null: without limit. */
  maxShape: (number | null)[];
}

const MAX_RANK = 32;
const NULL_SPACE = 2;

export function readDataspace(reader: ByteReader): Dataspace {
  const version = reader.version(1, 2);
  const rank = reader.u8();
  const hasMax = (reader.u8() & 1) !== 0;
  const kind = version === 2 ? reader.u8() : 1;
  if (version === 1) reader.skip(5);
  if (rank > MAX_RANK) throw damaged(`A dataspace has ${rank} axes.`);
  if (version === 2 && kind === NULL_SPACE) return { shape: [0], maxShape: [0] };
  const shape = Array.from({ length: rank }, () => reader.length());
  const maxShape = hasMax ? shape.map(() => reader.lengthOrNull()) : shape;
  return { shape, maxShape };
}

export type Hdf5Type =
  | { kind: 'number'; sizeBytes: number; dtype: Dtype | null; isBigEndian: boolean }
  | { kind: 'text'; sizeBytes: number }
  | { kind: 'variable-text'; sizeBytes: number }
  | { kind: 'other'; sizeBytes: number };

const FIXED_POINT = 0;
const FLOATING_POINT = 1;
const STRING = 3;
const ENUMERATION = 8;
const VARIABLE_LENGTH = 9;
const SIZES = new Set([1, 2, 4, 8]);

function numberType(kind: 'u' | 'i' | 'f', sizeBytes: number, isBigEndian: boolean): Hdf5Type {
  const isKnown = SIZES.has(sizeBytes) && !(kind === 'f' && sizeBytes < 4);
  return {
    kind: 'number',
    sizeBytes,
    dtype: isKnown ? (`${kind}${sizeBytes}` as Dtype) : null,
    isBigEndian: isBigEndian && sizeBytes > 1,
  };
}

const MAX_DEPTH = 4;

export function readDatatype(reader: ByteReader, depth = 0): Hdf5Type {
  const head = reader.u8();
  const bits = reader.u8() | (reader.u8() << 8) | (reader.u8() << 16);
  const sizeBytes = reader.u32();
  const isBigEndian = (bits & 1) !== 0;
  switch (head & 15) {
    case FIXED_POINT: {
      const [offset, precision] = [reader.u16(), reader.u16()];
      // Numbers that fill only some bits of their bytes are none that a typed array has.
      if (offset !== 0 || precision !== 8 * sizeBytes) return { kind: 'other', sizeBytes };
      return numberType((bits & 8) !== 0 ? 'i' : 'u', sizeBytes, isBigEndian);
    }
    case FLOATING_POINT:
      return numberType('f', sizeBytes, isBigEndian);
    case STRING:
      return { kind: 'text', sizeBytes };
    case VARIABLE_LENGTH:
      return (bits & 15) === 1 ? { kind: 'variable-text', sizeBytes } : { kind: 'other', sizeBytes };
    case ENUMERATION:
      if (depth >= MAX_DEPTH) throw damaged('A datatype goes on for ever.');
      return readDatatype(reader, depth + 1);
    default:
      return { kind: 'other', sizeBytes };
  }
}
