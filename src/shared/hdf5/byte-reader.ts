import { damaged } from './hdf5-error.ts';
import { lookup3 } from './lookup3.ts';

/** How many bytes addresses and lengths have in a file (superblock: "Size of Offsets", "Size of Lengths"), and where address 0 is. */
export interface FileForm {
  addressBytes: number;
  lengthBytes: number;
  baseAddress: number;
}

const UTF8 = new TextDecoder('utf-8');
const CHECKSUM_BYTES = 4;

/** Reads the fields of one structure, little endian. Throws Hdf5Error where they end too early. */
export class ByteReader {
  readonly bytes: Uint8Array;
  private readonly form: FileForm;
  private readonly what: string;
  at = 0;

  constructor(bytes: Uint8Array, form: FileForm, what: string) {
    this.bytes = bytes;
    this.form = form;
    this.what = what;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  private take(length: number): number {
    const from = this.at;
    if (length < 0 || length > this.left)
      throw damaged(`${this.what} ends after ${this.bytes.length} bytes.`);
    this.at += length;
    return from;
  }

  skip(length: number): this {
    this.take(length);
    return this;
  }

  /** Null: all bits are set, which means "undefined" or "unlimited". */
  uintOrNull(length: number): number | null {
    const from = this.take(length);
    let value = 0;
    let isNone = true;
    for (let n = length - 1; n >= 0; n--) {
      const byte = this.bytes[from + n]!;
      isNone &&= byte === 255;
      value = value * 256 + byte;
    }
    if (isNone && length > 0) return null;
    if (value > Number.MAX_SAFE_INTEGER) throw damaged(`${this.what} has the number ${value}.`);
    return value;
  }

  uint(length: number): number {
    const value = this.uintOrNull(length);
    if (value !== null) return value;
    if (length <= 6) return 2 ** (8 * length) - 1;
    throw damaged(`${this.what} lacks a number.`);
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  u16(): number {
    return this.uint(2);
  }

  u32(): number {
    return this.uint(4);
  }

  length(): number {
    return this.uint(this.form.lengthBytes);
  }

  lengthOrNull(): number | null {
    return this.uintOrNull(this.form.lengthBytes);
  }

  /** Position in the file; null: undefined. */
  address(): number | null {
    const address = this.uintOrNull(this.form.addressBytes);
    return address === null ? null : address + this.form.baseAddress;
  }

  /** Throws where it is undefined. */
  definedAddress(): number {
    const address = this.address();
    if (address === null) throw damaged(`${this.what} lacks an address.`);
    return address;
  }

  raw(length: number): Uint8Array {
    const from = this.take(length);
    return this.bytes.subarray(from, from + length);
  }

  /** A part of this structure. */
  part(length: number, what = this.what): ByteReader {
    return new ByteReader(this.raw(length), this.form, what);
  }

  /** Text of a fixed length, up to its first NUL. */
  text(length: number): string {
    const bytes = this.raw(length);
    const end = bytes.indexOf(0);
    return UTF8.decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  textToNul(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw damaged(`${this.what} has a text without an end.`);
    const text = UTF8.decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  signature(expected: string): this {
    const found = this.text(expected.length);
    if (found !== expected) throw damaged(`${this.what} does not begin with ${expected}.`);
    return this;
  }

  version(...known: readonly number[]): number {
    const version = this.u8();
    if (!known.includes(version)) throw damaged(`${this.what} has version ${version}.`);
    return version;
  }

  /** All bytes before here are those whose checksum stands here. */
  checksum(): this {
    const computed = lookup3(this.bytes.subarray(0, this.at));
    const from = this.take(CHECKSUM_BYTES);
    const stored = new DataView(this.bytes.buffer, this.bytes.byteOffset + from, 4).getUint32(0, true);
    if (stored !== computed) throw damaged(`${this.what} has a wrong checksum.`);
    return this;
  }
}
