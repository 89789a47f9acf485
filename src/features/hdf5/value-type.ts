import type { Dtype } from '#src/shared/model/dtype.ts';

/** What the elements of a dataset or attribute are. */
export type ValueType =
  | { kind: 'number'; dtype: Dtype }
  /** IEEE half precision; becomes f4. */
  | { kind: 'half' }
  | { kind: 'text'; variable: boolean; sizeBytes: number; spacePadded: boolean }
  | { kind: 'enum'; dtype: Dtype; names: Readonly<Record<string, string>> }
  | { kind: 'truth'; dtype: Dtype }
  | { kind: 'compound'; sizeBytes: number; members: readonly Member[] }
  | { kind: 'array'; base: ValueType; shape: readonly number[] }
  | { kind: 'list'; base: ValueType }
  | { kind: 'reference'; region: boolean; sizeBytes: number }
  | { kind: 'bytes'; sizeBytes: number; what: string };

export interface Member {
  name: string;
  /** Byte in the record. */
  offset: number;
  type: ValueType;
  /** Its bytes lie the other way round. */
  bigEndian: boolean;
}

export function elementBytes(type: ValueType): number {
  switch (type.kind) {
    case 'number':
    case 'enum':
    case 'truth':
      return Number(type.dtype[1]);
    case 'half':
      return 2;
    case 'text':
      return type.variable ? 4 : type.sizeBytes;
    case 'list':
      return 8;
    case 'array':
      return elementBytes(type.base) * product(type.shape);
    default:
      return type.sizeBytes;
  }
}

export const product = (numbers: readonly number[]): number => numbers.reduce((all, one) => all * one, 1);

/** Elements that hold addresses of memory the library allocates while it reads. */
export function holdsMemory(type: ValueType): boolean {
  if (type.kind === 'text') return type.variable;
  if (type.kind === 'array') return holdsMemory(type.base);
  if (type.kind === 'compound') return type.members.some((member) => holdsMemory(member.type));
  return type.kind === 'list';
}

const KINDS: Readonly<Record<string, string>> = { u: 'unsigned', i: 'signed', f: 'floating point' };

/** In words: "16-bit unsigned", "text of 12 bytes", "record of 3". */
export function typeLabel(type: ValueType): string {
  switch (type.kind) {
    case 'number':
      return `${Number(type.dtype[1]) * 8}-bit ${KINDS[type.dtype[0]!]}`;
    case 'half':
      return '16-bit floating point';
    case 'text':
      return type.variable ? 'text' : `text of ${type.sizeBytes} bytes`;
    case 'enum':
      return `one of ${Object.keys(type.names).length} names`;
    case 'truth':
      return 'true or false';
    case 'compound':
      return `record of ${type.members.length}`;
    case 'array':
      return `${type.shape.join(' × ')} of ${typeLabel(type.base)}`;
    case 'list':
      return `lists of ${typeLabel(type.base)}`;
    case 'reference':
      return type.region ? 'reference to a region' : 'reference';
    case 'bytes':
      return type.what;
  }
}

/** As NumPy writes it, short enough for a row of the tree. */
export function shortType(type: ValueType): string {
  switch (type.kind) {
    case 'number':
      return (
        { u: 'uint', i: 'int', f: 'float' }[type.dtype[0] as 'u' | 'i' | 'f'] + Number(type.dtype[1]) * 8
      );
    case 'half':
      return 'float16';
    case 'text':
      return 'text';
    case 'enum':
      return 'enum';
    case 'truth':
      return 'bool';
    case 'compound':
      return 'record';
    case 'array':
      return `${shortType(type.base)}[${type.shape.join('×')}]`;
    case 'list':
      return `lists of ${shortType(type.base)}`;
    case 'reference':
      return 'reference';
    case 'bytes':
      return type.what;
  }
}

/** Becomes numbers in an array, which can be drawn. */
export function isNumeric(
  type: ValueType,
): type is Extract<ValueType, { kind: 'number' | 'half' | 'enum' | 'truth' }> {
  return type.kind === 'number' || type.kind === 'half' || type.kind === 'enum' || type.kind === 'truth';
}
