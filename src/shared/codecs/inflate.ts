import { CodecError } from './codec-error.ts';

/*
 * Deflate (RFC 1951) in the zlib frame (RFC 1950): what HDF5's filter 1 stores. Decodes into a target of known size, at once and without
 * waiting, where the browser's own decoder works in a stream.
 */

/** A code of one bit each for a length of 258 and its distance (RFC 1951): nothing grows more. */
export const MAX_DEFLATE_EXPANSION = 1032;

const MAX_BITS = 15;
const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK = 256;

/** A code as a table over the next bits, lowest first: symbol · 16 + length; 0: no code. */
interface Huffman {
  table: Uint16Array;
  bits: number;
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let n = 0; n < length; n++) result |= ((code >> n) & 1) << (length - 1 - n);
  return result;
}

function huffmanOf(lengths: Uint8Array): Huffman {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  let bits = MAX_BITS;
  while (bits > 1 && counts[bits] === 0) bits--;
  const next = new Uint32Array(MAX_BITS + 2);
  for (let length = 1; length <= MAX_BITS; length++) {
    next[length + 1] = (next[length]! + counts[length]!) << 1;
    if (next[length]! + counts[length]! > 1 << length)
      throw new CodecError('deflate: a code has too many symbols');
  }
  const table = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    const first = reversed(next[length]!++, length);
    for (let at = first; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { table, bits };
}

const FIXED_LITERALS = huffmanOf(
  Uint8Array.from({ length: 288 }, (_, n) => (n < 144 ? 8 : n < 256 ? 9 : n < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = huffmanOf(new Uint8Array(30).fill(5));

class Inflater {
  private readonly source: Uint8Array;
  private readonly target: Uint8Array;
  private position: number;
  private out = 0;
  private hold = 0;
  private held = 0;

  constructor(source: Uint8Array, from: number, target: Uint8Array) {
    this.source = source;
    this.position = from;
    this.target = target;
  }

  private need(count: number): void {
    while (this.held < count) {
      // Codes may be looked up with bits behind the end; more than a few of them are a cut stream.
      if (this.position > this.source.length + 4) throw new CodecError('deflate: the data end too early');
      this.hold |= (this.source[this.position++] ?? 0) << this.held;
      this.held += 8;
    }
  }

  private take(count: number): number {
    if (count === 0) return 0;
    this.need(count);
    const value = this.hold & ((1 << count) - 1);
    this.hold >>>= count;
    this.held -= count;
    return value;
  }

  private symbol({ table, bits }: Huffman): number {
    this.need(bits);
    const entry = table[this.hold & ((1 << bits) - 1)]!;
    const length = entry & 15;
    if (length === 0) throw new CodecError('deflate: bits that are no code');
    this.hold >>>= length;
    this.held -= length;
    return entry >> 4;
  }

  /** Returns the position behind the data. */
  run(): number {
    let isLast = false;
    while (!isLast) {
      isLast = this.take(1) === 1;
      const kind = this.take(2);
      if (kind === 0) this.stored();
      else if (kind === 1) this.compressed(FIXED_LITERALS, FIXED_DISTANCES);
      else if (kind === 2) this.dynamic();
      else throw new CodecError('deflate: a block of an unknown kind');
    }
    const end = this.position - (this.held >> 3);
    if (end > this.source.length) throw new CodecError('deflate: the data end too early');
    if (this.out !== this.target.length) {
      throw new CodecError(`deflate: ${this.out} bytes instead of ${this.target.length}`);
    }
    return end;
  }

  private stored(): void {
    this.take(this.held & 7);
    const length = this.take(8) | (this.take(8) << 8);
    const check = this.take(8) | (this.take(8) << 8);
    if ((length ^ check) !== 0xffff) throw new CodecError('deflate: a stored block with a wrong length');
    const from = this.position - (this.held >> 3);
    if (from + length > this.source.length) throw new CodecError('deflate: the data end too early');
    if (this.out + length > this.target.length) throw new CodecError('deflate: more bytes than announced');
    this.target.set(this.source.subarray(from, from + length), this.out);
    this.out += length;
    this.position = from + length;
    this.hold = 0;
    this.held = 0;
  }

  private dynamic(): void {
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const codes = this.take(4) + 4;
    const own = new Uint8Array(19);
    for (let n = 0; n < codes; n++) own[CODE_LENGTH_ORDER[n]!] = this.take(3);
    const code = huffmanOf(own);
    const lengths = new Uint8Array(literals + distances);
    for (let n = 0; n < lengths.length; ) {
      const symbol = this.symbol(code);
      if (symbol < 16) {
        lengths[n++] = symbol;
        continue;
      }
      if (symbol === 16 && n === 0) throw new CodecError('deflate: nothing to repeat');
      const value = symbol === 16 ? lengths[n - 1]! : 0;
      const times = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (n + times > lengths.length) throw new CodecError('deflate: more code lengths than codes');
      lengths.fill(value, n, n + times);
      n += times;
    }
    this.compressed(huffmanOf(lengths.subarray(0, literals)), huffmanOf(lengths.subarray(literals)));
  }

  private compressed(literals: Huffman, distances: Huffman): void {
    const { target } = this;
    while (true) {
      const symbol = this.symbol(literals);
      if (symbol < END_OF_BLOCK) {
        if (this.out >= target.length) throw new CodecError('deflate: more bytes than announced');
        target[this.out++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) return;
      const size = symbol - END_OF_BLOCK - 1;
      if (size >= LENGTH_BASE.length) throw new CodecError('deflate: a length of no meaning');
      const length = LENGTH_BASE[size]! + this.take(LENGTH_BITS[size]!);
      const far = this.symbol(distances);
      if (far >= DISTANCE_BASE.length) throw new CodecError('deflate: a distance of no meaning');
      const distance = DISTANCE_BASE[far]! + this.take(DISTANCE_BITS[far]!);
      if (distance > this.out) throw new CodecError('deflate: a distance before the start');
      if (this.out + length > target.length) throw new CodecError('deflate: more bytes than announced');
      this.copy(distance, length);
    }
  }

  private copy(distance: number, length: number): void {
    const { target, out } = this;
    if (distance === 1) target.fill(target[out - 1]!, out, out + length);
    else for (let at = out; at < out + length; at++) target[at] = target[at - distance]!;
    this.out += length;
  }
}

/** RFC 1950: sums of at most 5552 bytes stay below 2^32. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let from = 0; from < bytes.length; from += 5552) {
    const end = Math.min(bytes.length, from + 5552);
    for (let at = from; at < end; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** @param target takes exactly what the data hold. @throws CodecError on anything that is not zlib data of that size */
export function inflateZlib(source: Uint8Array, target: Uint8Array): void {
  const [method, flags] = [source[0] ?? 0, source[1] ?? 0];
  const isZlib = (method & 15) === 8 && (method * 256 + flags) % 31 === 0 && (flags & 32) === 0;
  if (source.length < 6 || !isZlib) throw new CodecError('deflate: it does not begin as zlib data do');
  const end = new Inflater(source, 2, target).run();
  if (end + 4 > source.length) throw new CodecError('deflate: the checksum is cut off');
  const stored = new DataView(source.buffer, source.byteOffset + end, 4).getUint32(0, false);
  if (stored !== adler32(target)) throw new CodecError('deflate: the checksum is wrong');
}

/** Undoes HDF5's shuffle (filter 2): all first bytes of the elements, then all second ones, … */
export function unshuffle(bytes: Uint8Array, target: Uint8Array, elementBytes: number): void {
  const elements = Math.floor(bytes.length / elementBytes);
  for (let k = 0; k < elementBytes; k++) {
    const from = k * elements;
    for (let n = 0, at = k; n < elements; n++, at += elementBytes) target[at] = bytes[from + n]!;
  }
  target.set(bytes.subarray(elements * elementBytes), elements * elementBytes);
}
