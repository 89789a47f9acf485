import { CodecError } from './codec-error.ts';

/*
 * The two kinds of entropy table of Zstandard (RFC 8878 section 4): finite state entropy (FSE) and Huffman. Tables are
 * made once and filled again and again, so that decoding small frames allocates nothing.
 */

/** Position of the highest set bit; 0 for 1. */
export function highestBit(value: number): number {
  return 31 - Math.clz32(value);
}

/** 32 bits from byte `at` on, little-endian; bytes outside of the array count as zero. */
export function load32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/**
 * A bit stream that is read from its end (RFC 8878 section 4.1): the highest set bit of the last byte marks where it starts.
 * @returns its number of bits, which is the position behind the first bit to read
 * @throws CodecError when the mark is missing
 */
export function backwardBits(source: Uint8Array, from: number, to: number): number {
  const last = to > from ? source[to - 1]! : 0;
  if (last === 0) throw new CodecError('Zstandard bit stream has no end mark');
  return (to - from - 1) * 8 + highestBit(last);
}

/** FSE decoding table: what a state means, and how the next one is found. */
export class FseTable {
  accuracyLog = 0;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
  private readonly counts = new Int16Array(256);
  private readonly next = new Uint16Array(256);

  constructor(maxAccuracyLog: number) {
    const size = 1 << maxAccuracyLog;
    this.symbols = new Uint8Array(size);
    this.bits = new Uint8Array(size);
    this.base = new Uint16Array(size);
  }

  /** The state of a table of one symbol that costs no bits (mode RLE). */
  fillSingle(symbol: number): void {
    this.accuracyLog = 0;
    this.symbols[0] = symbol;
    this.bits[0] = 0;
    this.base[0] = 0;
  }

  /** From normalized counts, −1 = "less than one". */
  fill(counts: ArrayLike<number>, symbolCount: number, accuracyLog: number): void {
    const { symbols, bits, base, next } = this;
    const size = 1 << accuracyLog;
    this.accuracyLog = accuracyLog;
    let high = size;
    for (let symbol = 0; symbol < symbolCount; symbol++) {
      const count = counts[symbol]!;
      if (count === -1) symbols[--high] = symbol;
      next[symbol] = count === -1 ? 1 : count;
    }
    const step = (size >> 1) + (size >> 3) + 3;
    let at = 0;
    for (let symbol = 0; symbol < symbolCount; symbol++) {
      for (let n = 0; n < counts[symbol]!; n++) {
        symbols[at] = symbol;
        do at = (at + step) & (size - 1);
        while (at >= high);
      }
    }
    if (at !== 0) throw new CodecError('Zstandard FSE table does not close');
    for (let state = 0; state < size; state++) {
      const symbol = symbols[state]!;
      const value = next[symbol]!;
      next[symbol] = value + 1;
      const width = accuracyLog - highestBit(value);
      bits[state] = width;
      base[state] = (value << width) - size;
    }
  }

  /**
   * Reads a table description from `source[from, to)`.
   * @returns the position behind it
   */
  read(source: Uint8Array, from: number, to: number, maxAccuracyLog: number, maxSymbol: number): number {
    if (from >= to) throw new CodecError('Zstandard FSE table is missing');
    const accuracyLog = (source[from]! & 15) + 5;
    if (accuracyLog > maxAccuracyLog) throw new CodecError('Zstandard FSE table is too large');
    const { counts } = this;
    let bit = from * 8 + 4;
    let remaining = 1 << accuracyLog;
    let symbol = 0;
    while (remaining > 0) {
      if (symbol > maxSymbol || bit >= to * 8) throw new CodecError('Zstandard FSE table is broken');
      const width = highestBit(remaining + 1) + 1;
      let value = (load32(source, bit >> 3) >>> (bit & 7)) & ((1 << width) - 1);
      const lowMask = (1 << (width - 1)) - 1;
      const threshold = (1 << width) - 2 - remaining;
      if ((value & lowMask) < threshold) {
        value &= lowMask;
        bit += width - 1;
      } else {
        if (value > lowMask) value -= threshold;
        bit += width;
      }
      const count = value - 1;
      remaining -= Math.abs(count);
      counts[symbol++] = count;
      for (let zeros = count === 0 ? 3 : 0; zeros === 3; bit += 2) {
        zeros = (load32(source, bit >> 3) >>> (bit & 7)) & 3;
        if (symbol + zeros > maxSymbol + 1) throw new CodecError('Zstandard FSE table has too many symbols');
        for (let n = 0; n < zeros; n++) counts[symbol++] = 0;
      }
    }
    const end = (bit + 7) >> 3;
    if (remaining < 0 || end > to) throw new CodecError('Zstandard FSE table is broken');
    this.fill(counts, symbol, accuracyLog);
    return end;
  }
}

const MAX_HUFFMAN_BITS = 11;
const MAX_WEIGHTS_ACCURACY_LOG = 6;

/** Huffman decoding table: entry of the next `maxBits` bits = symbol + 256 · its length. */
export class HuffmanTable {
  maxBits = 0;
  readonly entries = new Uint16Array(1 << MAX_HUFFMAN_BITS);
  private readonly weights = new Uint8Array(256);
  private readonly weightsTable = new FseTable(MAX_WEIGHTS_ACCURACY_LOG);

  /**
   * Reads a tree description (RFC 8878 section 4.2.1) from `source[from, to)`.
   * @returns the position behind it
   */
  read(source: Uint8Array, from: number, to: number): number {
    if (from >= to) throw new CodecError('Zstandard Huffman table is missing');
    const head = source[from]!;
    const end = from + 1 + (head < 128 ? head : (head - 126) >> 1);
    if (end > to) throw new CodecError('Zstandard Huffman table is cut');
    let count: number;
    if (head < 128) count = this.readCompressedWeights(source, from + 1, end);
    else {
      count = head - 127;
      for (let n = 0; n < count; n++) {
        const pair = source[from + 1 + (n >> 1)]!;
        this.weights[n] = n % 2 === 0 ? pair >> 4 : pair & 15;
      }
    }
    this.fill(count);
    return end;
  }

  private readCompressedWeights(source: Uint8Array, from: number, to: number): number {
    const { weightsTable: table, weights } = this;
    const start = table.read(source, from, to, MAX_WEIGHTS_ACCURACY_LOG, 255);
    const log = table.accuracyLog;
    let position = backwardBits(source, start, to) - 2 * log;
    if (position < 0) throw new CodecError('Zstandard Huffman weights are cut');
    const bitsAt = (at: number, width: number) =>
      (load32(source, start + (at >> 3)) >>> (at & 7)) & ((1 << width) - 1);
    let state = bitsAt(position + log, log);
    let other = bitsAt(position, log);
    for (let count = 0; count < 254; ) {
      weights[count++] = table.symbols[state]!;
      const width = table.bits[state]!;
      position -= width;
      if (position < 0) {
        weights[count++] = table.symbols[other]!;
        return count;
      }
      const following = table.base[state]! + bitsAt(position, width);
      state = other;
      other = following;
    }
    throw new CodecError('Zstandard Huffman table has too many weights');
  }

  /** The last weight is not stored: it makes the sum a power of two. */
  private fill(stored: number): void {
    const { weights, entries } = this;
    let sum = 0;
    for (let n = 0; n < stored; n++) {
      if (weights[n]! > MAX_HUFFMAN_BITS) throw new CodecError('Zstandard Huffman weight is too large');
      if (weights[n]! > 0) sum += 1 << (weights[n]! - 1);
    }
    if (sum === 0) throw new CodecError('Zstandard Huffman table is empty');
    const maxBits = highestBit(sum) + 1;
    const rest = (1 << maxBits) - sum;
    if (maxBits > MAX_HUFFMAN_BITS || (rest & (rest - 1)) !== 0) {
      throw new CodecError('Zstandard Huffman weights do not add up');
    }
    weights[stored] = highestBit(rest) + 1;
    this.maxBits = maxBits;
    let at = 0;
    for (let weight = 1; weight <= maxBits; weight++) {
      const room = 1 << (weight - 1);
      for (let symbol = 0; symbol <= stored; symbol++) {
        if (weights[symbol] !== weight) continue;
        entries.fill(symbol | ((maxBits + 1 - weight) << 8), at, at + room);
        at += room;
      }
    }
  }

  /**
   * Decodes the stream `source[from, to)` into exactly `target[at, end)`.
   * @throws CodecError when it holds another number of symbols
   */
  decode(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number, end: number): void {
    const { entries, maxBits } = this;
    const mask = (1 << maxBits) - 1;
    let position = backwardBits(source, from, to);
    let out = at;
    // Two symbols of at most 11 bits out of each 32-bit word that lies wholly in the stream.
    while (position >= 32 && out + 1 < end) {
      const low = position - 25;
      const word = load32(source, from + (low >> 3)) >>> (low & 7);
      const first = entries[(word >>> (25 - maxBits)) & mask]!;
      const used = first >> 8;
      const second = entries[(word >>> (25 - maxBits - used)) & mask]!;
      target[out++] = first;
      target[out++] = second;
      position -= used + (second >> 8);
    }
    while (out < end) {
      const low = position - maxBits;
      const ahead =
        low >= 0
          ? load32(source, from + (low >> 3)) >>> (low & 7)
          : (load32(source, from) & ((1 << position) - 1)) << -low;
      const entry = entries[ahead & mask]!;
      position -= entry >> 8;
      if (position < 0) throw new CodecError('Zstandard literals are cut');
      target[out++] = entry;
    }
    if (position !== 0) throw new CodecError('Zstandard literals are followed by unused bits');
  }
}
