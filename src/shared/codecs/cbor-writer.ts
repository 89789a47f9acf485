import { type CborMap, CborTag, type CborValue } from './cbor-reader.ts';
import { CodecError } from './codec-error.ts';

/** What can be written: plain objects become maps with text keys, undefined members are left out. */
export type CborInput =
  | CborValue
  | readonly CborInput[]
  | ReadonlyMap<CborInput, CborInput>
  | { readonly [key: string]: CborInput }
  | CborFloat
  | CborInputTag;

/** A number that is written as double even when it is whole, as detectors write physical quantities. */
export class CborFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A tag around anything that can be written. */
export class CborInputTag {
  readonly tag: number;
  readonly value: CborInput;

  constructor(tag: number, value: CborInput) {
    this.tag = tag;
    this.value = value;
  }
}

const encoder = new TextEncoder();

class Writer {
  private bytes = new Uint8Array(4096);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  private reserve(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, at + count));
      grown.set(this.bytes.subarray(0, at));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    this.length = at + count;
    return at;
  }

  private byte(value: number): void {
    // In two steps: `this.bytes[this.reserve(1)] = …` would look up the buffer before `reserve` replaces it.
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  private head(major: number, argument: number | bigint): void {
    const top = major << 5;
    if (argument < 24) this.byte(top | Number(argument));
    else if (argument < 2 ** 8) {
      const at = this.reserve(2);
      this.bytes[at] = top | 24;
      this.bytes[at + 1] = Number(argument);
    } else if (argument < 2 ** 16) {
      const at = this.reserve(3);
      this.bytes[at] = top | 25;
      this.view.setUint16(at + 1, Number(argument));
    } else if (argument < 2 ** 32) {
      const at = this.reserve(5);
      this.bytes[at] = top | 26;
      this.view.setUint32(at + 1, Number(argument));
    } else {
      const at = this.reserve(9);
      this.bytes[at] = top | 27;
      this.view.setBigUint64(at + 1, BigInt(argument));
    }
  }

  private string(major: 2 | 3, bytes: Uint8Array): void {
    this.head(major, bytes.length);
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  private double(value: number): void {
    const at = this.reserve(9);
    this.bytes[at] = 0xfb;
    this.view.setFloat64(at + 1, value);
  }

  private integer(value: number | bigint): void {
    if (value >= 0) this.head(0, value);
    else this.head(1, typeof value === 'bigint' ? -1n - value : -1 - value);
  }

  write(value: CborInput): void {
    if (typeof value === 'number') {
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.integer(value);
      else this.double(value);
    } else if (typeof value === 'bigint') {
      if (value >= 2n ** 64n || value < -(2n ** 64n))
        throw new CodecError(`CBOR: integer ${value} has no short form`);
      this.integer(value);
    } else if (typeof value === 'string') this.string(3, encoder.encode(value));
    else if (typeof value === 'boolean') this.byte(value ? 0xf5 : 0xf4);
    else if (value === null) this.byte(0xf6);
    else if (value === undefined) this.byte(0xf7);
    else if (value instanceof Uint8Array) this.string(2, value);
    else if (value instanceof CborFloat) this.double(value.value);
    else if (value instanceof CborTag || value instanceof CborInputTag) {
      this.head(6, value.tag);
      this.write(value.value);
    } else if (Array.isArray(value)) {
      this.head(4, value.length);
      for (const item of value) this.write(item);
    } else this.map(value as CborMap | { readonly [key: string]: CborInput });
  }

  private map(value: ReadonlyMap<CborInput, CborInput> | { readonly [key: string]: CborInput }): void {
    const entries: [CborInput, CborInput][] =
      value instanceof Map ? [...value] : Object.entries(value).filter(([, member]) => member !== undefined);
    this.head(5, entries.length);
    for (const [key, member] of entries) {
      this.write(key);
      this.write(member);
    }
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

/** Writes one data item with definite lengths and shortest integers (RFC 8949 section 4.2.1, keys in given order). */
export function writeCbor(value: CborInput): Uint8Array {
  const writer = new Writer();
  writer.write(value);
  return writer.finish();
}
