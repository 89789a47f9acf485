import { CodecError } from './codec-error.ts';

/*
 * A strict reader of CBOR (RFC 8949) for messages from a network. Own, because general decoders copy byte strings,
 * reserve arrays of any announced length before reading them, or drop unknown tags: here byte strings are views of the
 * message, nothing is reserved on the word of a length, depth and number of items are bounded, tags are kept.
 */

export class CborTag {
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

export type CborMap = ReadonlyMap<CborValue, CborValue>;
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly CborValue[]
  | CborMap
  | CborTag;

export interface CborLimits {
  /** Nesting of arrays, maps and tags. */
  maxDepth: number;
  /** Items of all levels together; a map costs about 200 bytes, the longest real image messages have some 40 000 items. */
  maxItems: number;
}
export const CBOR_LIMITS: CborLimits = { maxDepth: 32, maxItems: 300_000 };

const BREAK = Symbol('break');
const text = new TextDecoder();

/** Half precision to a number (RFC 8949 appendix D). */
export function float16(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly limits: CborLimits;
  private items = 0;
  position = 0;

  constructor(bytes: Uint8Array, limits: CborLimits) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limits = limits;
  }

  private fail(what: string): never {
    throw new CodecError(`CBOR: ${what} at byte ${this.position}`);
  }

  private take(count: number): number {
    const at = this.position;
    if (count > this.bytes.length - at) this.fail(`message ends inside an item of ${count} bytes`);
    this.position = at + count;
    return at;
  }

  /** The argument of an initial byte; null for "indefinite". Beyond 2^53 a bigint. */
  private argument(info: number): number | bigint | null {
    if (info < 24) return info;
    if (info === 24) return this.view.getUint8(this.take(1));
    if (info === 25) return this.view.getUint16(this.take(2));
    if (info === 26) return this.view.getUint32(this.take(4));
    if (info === 27) {
      const value = this.view.getBigUint64(this.take(8));
      return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
    }
    if (info === 31) return null;
    return this.fail(`reserved length code ${info}`);
  }

  /** How many items or bytes follow, checked against what is left: every item has at least one byte. */
  private count(argument: number | bigint, bytesEach: number): number {
    if (typeof argument === 'bigint' || argument * bytesEach > this.bytes.length - this.position) {
      this.fail(`length ${argument} reaches beyond the message`);
    }
    return argument;
  }

  read(depth: number): CborValue {
    const value = this.readOrBreak(depth);
    if (value === BREAK) this.fail('break outside an indefinite item');
    return value as CborValue;
  }

  private readOrBreak(depth: number): CborValue | typeof BREAK {
    if (depth > this.limits.maxDepth) this.fail(`nesting deeper than ${this.limits.maxDepth}`);
    if (++this.items > this.limits.maxItems) this.fail(`more than ${this.limits.maxItems} items`);
    const initial = this.bytes[this.take(1)]!;
    const major = initial >> 5;
    const info = initial & 31;
    if (major === 7) return this.simple(info);
    const argument = this.argument(info);
    switch (major) {
      case 0:
      case 1:
        if (argument === null) return this.fail('integer without value');
        if (major === 0) return argument;
        return typeof argument === 'bigint' ? -1n - argument : -1 - argument;
      case 2:
        return argument === null ? this.pieces(2) : this.byteString(argument);
      case 3:
        return text.decode(argument === null ? this.pieces(3) : this.byteString(argument));
      case 4:
        return this.array(argument, depth);
      case 5:
        return this.map(argument, depth);
      default:
        if (argument === null || typeof argument === 'bigint') return this.fail('tag number not usable');
        return new CborTag(argument, this.read(depth + 1));
    }
  }

  private byteString(argument: number | bigint): Uint8Array {
    const length = this.count(argument, 1);
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** An indefinite string: pieces of the same major type up to a break. The only case in which bytes are copied. */
  private pieces(major: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let total = 0;
    while (true) {
      const initial = this.bytes[this.take(1)]!;
      if (initial === 0xff) break;
      if (initial >> 5 !== major) this.fail('piece of another type in an indefinite string');
      if (++this.items > this.limits.maxItems) this.fail(`more than ${this.limits.maxItems} items`);
      const argument = this.argument(initial & 31);
      if (argument === null) return this.fail('indefinite piece in an indefinite string');
      const part = this.byteString(argument);
      parts.push(part);
      total += part.length;
    }
    const joined = new Uint8Array(total);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  private array(argument: number | bigint | null, depth: number): CborValue[] {
    const values: CborValue[] = [];
    if (argument === null) {
      for (let value = this.readOrBreak(depth + 1); value !== BREAK; value = this.readOrBreak(depth + 1)) {
        values.push(value as CborValue);
      }
      return values;
    }
    const length = this.count(argument, 1);
    for (let i = 0; i < length; i++) values.push(this.read(depth + 1));
    return values;
  }

  private map(argument: number | bigint | null, depth: number): CborMap {
    const entries = new Map<CborValue, CborValue>();
    if (argument === null) {
      for (let key = this.readOrBreak(depth + 1); key !== BREAK; key = this.readOrBreak(depth + 1)) {
        entries.set(key as CborValue, this.read(depth + 1));
      }
      return entries;
    }
    const length = this.count(argument, 2);
    for (let i = 0; i < length; i++) {
      const key = this.read(depth + 1);
      entries.set(key, this.read(depth + 1));
    }
    return entries;
  }

  /** Where the values of a map's text keys stand; tags around the map are passed over. */
  mapSpans(): Map<string, ByteSpan> {
    let initial = this.bytes[this.take(1)]!;
    while (initial >> 5 === 6) {
      this.argument(initial & 31);
      initial = this.bytes[this.take(1)]!;
    }
    if (initial >> 5 !== 5) this.fail('message is no map');
    const argument = this.argument(initial & 31);
    const length = argument === null ? Number.POSITIVE_INFINITY : this.count(argument, 2);
    const spans = new Map<string, ByteSpan>();
    for (let i = 0; i < length; i++) {
      const key = this.readOrBreak(1);
      if (key === BREAK) {
        if (argument === null) break;
        this.fail('break outside an indefinite item');
      }
      const from = this.position;
      this.read(1);
      if (typeof key === 'string') spans.set(key, { from, to: this.position });
    }
    return spans;
  }

  private simple(info: number): CborValue | typeof BREAK {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info === 23) return undefined;
    if (info === 24) {
      this.take(1);
      return undefined;
    }
    if (info === 25) return float16(this.view.getUint16(this.take(2)));
    if (info === 26) return this.view.getFloat32(this.take(4));
    if (info === 27) return this.view.getFloat64(this.take(8));
    if (info === 31) return BREAK;
    if (info < 20) return undefined;
    return this.fail(`reserved simple value ${info}`);
  }
}

export interface ByteSpan {
  from: number;
  to: number;
}

/**
 * Where in a message (one map, tags around it allowed) the values of its text keys stand, for exchanging single values
 * while every other byte stays as it is. @throws CodecError
 */
export function readMapSpans(message: Uint8Array, limits: CborLimits = CBOR_LIMITS): Map<string, ByteSpan> {
  return new Reader(message, limits).mapSpans();
}

/**
 * Reads exactly one data item. Byte strings are views of `message`, so keep the message unchanged while they live.
 * Unassigned simple values read as undefined; text that is not UTF-8 gets replacement characters; of doubled keys the
 * last wins.
 * @throws CodecError on truncated or malformed input, bytes after the item, or input beyond the limits
 */
export function readCbor(message: Uint8Array, limits: CborLimits = CBOR_LIMITS): CborValue {
  const reader = new Reader(message, limits);
  const value = reader.read(0);
  if (reader.position !== message.length) {
    throw new CodecError(`CBOR: ${message.length - reader.position} bytes follow the message`);
  }
  return value;
}
