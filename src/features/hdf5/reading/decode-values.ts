import {
  createDtypeArray,
  type Dtype,
  type DtypeArray,
  dtypeArrayFromBytes,
} from '#src/shared/model/dtype.ts';
import { elementBytes, isNumeric, product, type ValueType } from '../value-type.ts';

/** What lies beside the elements: texts and lists in the memory of the library, names of what is referred to. */
export interface ValueMemory {
  /** Bytes [address, address + length) of the library's memory. */
  bytes(address: number, length: number): Uint8Array;
  /** Length of the text at an address, up to its end mark. */
  textLength(address: number): number;
  nameOf(reference: Uint8Array, isRegion: boolean): string;
}

/** Numbers of one dataset, ready to be drawn; f4 where the file has half precision. */
export interface Numbers {
  dtype: Dtype;
  values: DtypeArray;
}

export type Cell = string | number | bigint | boolean | null;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');

/** HDF5 knows ASCII and UTF-8 alone; what is neither was mostly written as Latin-1. */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
}

function fixedText(bytes: Uint8Array, spacePadded: boolean): string {
  const end = bytes.indexOf(0);
  const text = textOf(end < 0 ? bytes : bytes.subarray(0, end));
  return spacePadded ? text.replace(/ +$/, '') : text;
}

/** IEEE 754 binary16. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

/** All elements as an array, without copying where that can be. */
export function decodeNumbers(bytes: Uint8Array, type: ValueType): Numbers | null {
  if (!isNumeric(type)) return null;
  if (type.kind !== 'half') return { dtype: type.dtype, values: dtypeArrayFromBytes(type.dtype, bytes) };
  const bits = dtypeArrayFromBytes('u2', bytes);
  const values = createDtypeArray('f4', bits.length) as Float32Array<ArrayBuffer>;
  for (let i = 0; i < bits.length; i++) values[i] = halfToNumber(Number(bits[i]));
  return { dtype: 'f4', values };
}

function decodeNumber(bytes: Uint8Array, dtype: Dtype, bigEndian: boolean): number | bigint {
  const own = bigEndian ? bytes.slice().reverse() : bytes.slice();
  return dtypeArrayFromBytes(dtype, own)[0]!;
}

const MOST_IN_CELL = 64;

function listCell(
  bytes: Uint8Array,
  base: ValueType,
  count: number,
  memory: ValueMemory,
  bigEndian: boolean,
) {
  const size = elementBytes(base);
  const shown = Math.min(count, MOST_IN_CELL);
  const parts: string[] = [];
  for (let i = 0; i < shown; i++) {
    parts.push(cellText(decodeCell(bytes.subarray(i * size, (i + 1) * size), base, memory, bigEndian)));
  }
  return `[${parts.join(', ')}${count > shown ? `, … ${count} in all` : ''}]`;
}

/** One element, for people. */
export function decodeCell(bytes: Uint8Array, type: ValueType, memory: ValueMemory, bigEndian = false): Cell {
  switch (type.kind) {
    case 'number':
      return decodeNumber(bytes, type.dtype, bigEndian);
    case 'half':
      return halfToNumber(Number(decodeNumber(bytes, 'u2', bigEndian)));
    case 'enum': {
      const value = decodeNumber(bytes, type.dtype, bigEndian);
      return type.names[String(value)] ?? value;
    }
    case 'truth':
      return Number(decodeNumber(bytes, type.dtype, bigEndian)) !== 0;
    case 'text': {
      if (!type.variable) return fixedText(bytes, type.spacePadded);
      const address = Number(decodeNumber(bytes, 'u4', false));
      return address === 0 ? '' : textOf(memory.bytes(address, memory.textLength(address)));
    }
    case 'list': {
      const count = Number(decodeNumber(bytes.subarray(0, 4), 'u4', false));
      const address = Number(decodeNumber(bytes.subarray(4, 8), 'u4', false));
      const shown = Math.min(count, MOST_IN_CELL) * elementBytes(type.base);
      return listCell(memory.bytes(address, shown), type.base, count, memory, bigEndian);
    }
    case 'array':
      return listCell(bytes, type.base, product(type.shape), memory, bigEndian);
    case 'compound':
      return `(${type.members
        .map((member) => `${member.name}: ${cellText(decodeMember(bytes, member, memory))}`)
        .join(', ')})`;
    case 'reference': {
      if (bytes.every((byte) => byte === 0)) return null;
      return memory.nameOf(bytes.slice(), type.region);
    }
    case 'bytes':
      return `0x${[...bytes.subarray(0, 32)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}${bytes.length > 32 ? '…' : ''}`;
  }
}

type MemberOf = Extract<ValueType, { kind: 'compound' }>['members'][number];

function decodeMember(bytes: Uint8Array, member: MemberOf, memory: ValueMemory): Cell {
  const size = elementBytes(member.type);
  return decodeCell(
    bytes.subarray(member.offset, member.offset + size),
    member.type,
    memory,
    member.bigEndian,
  );
}

export const cellText = (cell: Cell): string => (cell === null ? 'none' : String(cell));

/** Elements that are no numbers, as columns of cells: one for each member of a record, else a single one without a name. */
export function decodeCells(
  bytes: Uint8Array,
  type: ValueType,
  memory: ValueMemory,
): { columns: string[]; cells: Cell[][] } {
  const size = elementBytes(type);
  const count = Math.floor(bytes.length / size);
  const columns = type.kind === 'compound' ? type.members.map(({ name }) => name) : [''];
  const cells: Cell[][] = columns.map(() => []);
  for (let i = 0; i < count; i++) {
    const element = bytes.subarray(i * size, (i + 1) * size);
    if (type.kind === 'compound') {
      for (const [n, member] of type.members.entries()) cells[n]!.push(decodeMember(element, member, memory));
    } else {
      cells[0]!.push(decodeCell(element, type, memory));
    }
  }
  return { columns, cells };
}
