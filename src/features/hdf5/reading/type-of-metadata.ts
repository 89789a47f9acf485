import type { Metadata } from 'h5wasm';
import { type Dtype, isDtype } from '#src/shared/model/dtype.ts';
import type { Member, ValueType } from '../value-type.ts';

/* Classes of HDF5's datatypes (H5T_class_t). */
const INTEGER = 0;
const FLOAT = 1;
const TIME = 2;
const TEXT = 3;
const BITS = 4;
const OPAQUE = 5;
const COMPOUND = 6;
const REFERENCE = 7;
const ENUM = 8;
const LIST = 9;
const ARRAY = 10;
const SPACE_PADDED = 2;

type Described = Omit<Metadata, 'shape' | 'maxshape' | 'chunks' | 'total_size'> & { shape?: number[] | null };

function numberType(letter: 'u' | 'i' | 'f', sizeBytes: number): Dtype | null {
  const name = `${letter}${sizeBytes}`;
  return isDtype(name) ? name : null;
}

const unread = (what: string, sizeBytes: number): ValueType => ({ kind: 'bytes', what, sizeBytes });

function enumType(of: Described): ValueType {
  const dtype = numberType(of.signed ? 'i' : 'u', of.size);
  if (dtype === null || !of.enum_type) return unread('names of an unusual size', of.size);
  const members = Object.entries(of.enum_type.members);
  const isTruth = members.length === 2 && of.enum_type.members.FALSE === 0 && of.enum_type.members.TRUE === 1;
  if (isTruth) return { kind: 'truth', dtype };
  return {
    kind: 'enum',
    dtype,
    names: Object.fromEntries(members.map(([name, value]) => [String(value), name])),
  };
}

/** Numbers below a type all lie the same way round, or each its own (H5Tget_order: "mixed"). */
function orders(of: Described, found: Set<boolean> = new Set()): Set<boolean> {
  if (of.type === COMPOUND) for (const member of of.compound_type?.members ?? []) orders(member, found);
  else if (of.type === ARRAY && of.array_type) orders(of.array_type, found);
  else if (of.type === LIST && of.vlen_type) orders(of.vlen_type, found);
  else if ([INTEGER, FLOAT, ENUM, BITS].includes(of.type)) found.add(of.littleEndian);
  return found;
}

/** The library turns what lies big-endian throughout, and leaves records of mixed order as they are. */
export const isTurned = (of: Described): boolean => !orders(of).has(true);

function withOrder(of: Described, turned: boolean): ValueType {
  switch (of.type) {
    case INTEGER:
    case BITS: {
      const dtype = numberType(of.type === INTEGER && of.signed ? 'i' : 'u', of.size);
      return dtype ? { kind: 'number', dtype } : unread(`integers of ${of.size} bytes`, of.size);
    }
    case FLOAT: {
      const dtype = numberType('f', of.size);
      if (dtype) return { kind: 'number', dtype };
      return of.size === 2 ? { kind: 'half' } : unread(`floating-point numbers of ${of.size} bytes`, of.size);
    }
    case TEXT:
      return { kind: 'text', variable: of.vlen, sizeBytes: of.size, spacePadded: of.strpad === SPACE_PADDED };
    case ENUM:
      return enumType(of);
    case COMPOUND: {
      const members = (of.compound_type?.members ?? []).map(
        (member): Member => ({
          name: member.name,
          offset: member.offset,
          type: withOrder(member, turned),
          bigEndian: !turned && !orders(member).has(true),
        }),
      );
      return { kind: 'compound', sizeBytes: of.size, members };
    }
    case ARRAY:
      if (!of.array_type) return unread('arrays of unknown elements', of.size);
      return { kind: 'array', base: withOrder(of.array_type, turned), shape: of.array_type.shape ?? [] };
    case LIST:
      if (!of.vlen_type) return unread('lists of unknown elements', of.size);
      return { kind: 'list', base: withOrder(of.vlen_type, turned) };
    case REFERENCE:
      return { kind: 'reference', region: of.ref_type === 'region', sizeBytes: of.size };
    case OPAQUE:
      return unread('opaque bytes', of.size);
    case TIME:
      return unread('times of HDF5', of.size);
    default:
      return unread('elements of an unknown type', of.size);
  }
}

/** The type of what the library puts into memory. */
export function typeOfMetadata(of: Described): ValueType {
  return withOrder(of, isTurned(of));
}
