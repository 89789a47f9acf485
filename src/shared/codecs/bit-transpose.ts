/*
 * Bitshuffle's transposition of one block (Masui et al. 2015): of n elements of E bytes, row r (bit r of every element,
 * least significant first) becomes n/8 bytes; bit i of byte j of the row belongs to element 8j+i.
 *
 * Four groups of eight elements go through together: eight 32-bit words hold one byte of each of the four groups, a
 * three-stage exchange between the words transposes all four 8×8 bit matrices at once, and a 4×4 byte transposition
 * turns planes into elements. All machines that run JavaScript are little-endian.
 */

export type ElementSize = 1 | 2 | 4 | 8;

/** 8·E words: word e·E + k holds byte k of element e, one byte per group. */
const words = new Int32Array(64);

/** Transposes the 8×8 bit matrices in words at, at+step, …, at+7·step in place. Its own inverse. */
function transposeBits(at: number, step: number): void {
  const i1 = at + step;
  const i2 = i1 + step;
  const i3 = i2 + step;
  const i4 = i3 + step;
  const i5 = i4 + step;
  const i6 = i5 + step;
  const i7 = i6 + step;
  let a = words[at]!;
  let b = words[i1]!;
  let c = words[i2]!;
  let d = words[i3]!;
  let e = words[i4]!;
  let f = words[i5]!;
  let g = words[i6]!;
  let h = words[i7]!;
  // Counts are small: the upper bits of most pixels are zero, and so are their rows.
  if ((a | b | c | d | e | f | g | h) === 0) return;
  let t = ((a >>> 4) ^ e) & 0x0f0f0f0f;
  e ^= t;
  a ^= t << 4;
  t = ((b >>> 4) ^ f) & 0x0f0f0f0f;
  f ^= t;
  b ^= t << 4;
  t = ((c >>> 4) ^ g) & 0x0f0f0f0f;
  g ^= t;
  c ^= t << 4;
  t = ((d >>> 4) ^ h) & 0x0f0f0f0f;
  h ^= t;
  d ^= t << 4;
  t = ((a >>> 2) ^ c) & 0x33333333;
  c ^= t;
  a ^= t << 2;
  t = ((b >>> 2) ^ d) & 0x33333333;
  d ^= t;
  b ^= t << 2;
  t = ((e >>> 2) ^ g) & 0x33333333;
  g ^= t;
  e ^= t << 2;
  t = ((f >>> 2) ^ h) & 0x33333333;
  h ^= t;
  f ^= t << 2;
  t = ((a >>> 1) ^ b) & 0x55555555;
  b ^= t;
  a ^= t << 1;
  t = ((c >>> 1) ^ d) & 0x55555555;
  d ^= t;
  c ^= t << 1;
  t = ((e >>> 1) ^ f) & 0x55555555;
  f ^= t;
  e ^= t << 1;
  t = ((g >>> 1) ^ h) & 0x55555555;
  h ^= t;
  g ^= t << 1;
  words[at] = a;
  words[i1] = b;
  words[i2] = c;
  words[i3] = d;
  words[i4] = e;
  words[i5] = f;
  words[i6] = g;
  words[i7] = h;
}

/** Bit rows → elements, 32 elements at a time. `rowBytes` (= n/8) must be a multiple of 4. */
function untransposeWords(
  rows: Uint32Array,
  target: Uint32Array,
  at: number,
  rowBytes: number,
  size: number,
): void {
  const rowWords = rowBytes >> 2;
  const perGroup = size * 2;
  for (let j = 0; j < rowWords; j++) {
    for (let k = 0; k < size; k++) {
      let row = k * 8 * rowWords + j;
      for (let bit = 0; bit < 8; bit++, row += rowWords) words[bit * size + k] = rows[row]!;
      transposeBits(k, size);
    }
    let out = at + j * 4 * perGroup;
    for (let m = 0; m < 8 * size; m += 4, out++) {
      const a = words[m]!;
      const b = words[m + 1]!;
      const c = words[m + 2]!;
      const d = words[m + 3]!;
      target[out] = (a & 255) | ((b & 255) << 8) | ((c & 255) << 16) | (d << 24);
      target[out + perGroup] = ((a >>> 8) & 255) | (b & 0xff00) | ((c & 0xff00) << 8) | ((d & 0xff00) << 16);
      target[out + 2 * perGroup] =
        ((a >>> 16) & 255) | ((b >>> 8) & 0xff00) | (c & 0xff0000) | ((d & 0xff0000) << 8);
      target[out + 3 * perGroup] =
        (a >>> 24) | ((b >>> 16) & 0xff00) | ((c >>> 8) & 0xff0000) | (d & 0xff000000);
    }
  }
}

/** Elements → bit rows; the same steps backwards. */
function transposeWords(
  source: Uint32Array,
  at: number,
  rows: Uint32Array,
  rowBytes: number,
  size: number,
): void {
  const rowWords = rowBytes >> 2;
  const perGroup = size * 2;
  for (let j = 0; j < rowWords; j++) {
    let from = at + j * 4 * perGroup;
    for (let m = 0; m < 8 * size; m += 4, from++) {
      const a = source[from]!;
      const b = source[from + perGroup]!;
      const c = source[from + 2 * perGroup]!;
      const d = source[from + 3 * perGroup]!;
      words[m] = (a & 255) | ((b & 255) << 8) | ((c & 255) << 16) | (d << 24);
      words[m + 1] = ((a >>> 8) & 255) | (b & 0xff00) | ((c & 0xff00) << 8) | ((d & 0xff00) << 16);
      words[m + 2] = ((a >>> 16) & 255) | ((b >>> 8) & 0xff00) | (c & 0xff0000) | ((d & 0xff0000) << 8);
      words[m + 3] = (a >>> 24) | ((b >>> 16) & 0xff00) | ((c >>> 8) & 0xff0000) | (d & 0xff000000);
    }
    for (let k = 0; k < size; k++) {
      transposeBits(k, size);
      let row = k * 8 * rowWords + j;
      for (let bit = 0; bit < 8; bit++, row += rowWords) rows[row] = words[bit * size + k]!;
    }
  }
}

/** Bit by bit, for short last blocks and targets that are not aligned to 4 bytes. */
function untransposeBytes(
  rows: Uint8Array,
  target: Uint8Array,
  at: number,
  elements: number,
  size: number,
): void {
  const rowBytes = elements >> 3;
  for (let element = 0; element < elements; element++) {
    for (let k = 0; k < size; k++) {
      let value = 0;
      for (let bit = 0; bit < 8; bit++) {
        value |= ((rows[(k * 8 + bit) * rowBytes + (element >> 3)]! >> (element & 7)) & 1) << bit;
      }
      target[at + element * size + k] = value;
    }
  }
}

function transposeBytes(
  source: Uint8Array,
  at: number,
  rows: Uint8Array,
  elements: number,
  size: number,
): void {
  const rowBytes = elements >> 3;
  rows.fill(0, 0, elements * size);
  for (let element = 0; element < elements; element++) {
    for (let k = 0; k < size; k++) {
      const value = source[at + element * size + k]!;
      for (let bit = 0; bit < 8; bit++) {
        const index = (k * 8 + bit) * rowBytes + (element >> 3);
        rows[index] = rows[index]! | (((value >> bit) & 1) << (element & 7));
      }
    }
  }
}

/** Scratch for one block, reused from block to block. Its bytes start 4-byte aligned. */
export class BlockBuffer {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;

  constructor(blockBytes: number) {
    this.words = new Uint32Array(Math.ceil(blockBytes / 4));
    this.bytes = new Uint8Array(this.words.buffer);
  }
}

/** The bytes as 32-bit words when they start and can be addressed 4-byte aligned, else null. */
export function wordView(bytes: Uint8Array): Uint32Array | null {
  if (bytes.byteOffset % 4 !== 0) return null;
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

/** Undoes bitshuffle of one block: `rows` → `target[at, at + elements·size)`; `elements` is a multiple of 8. */
export function untransposeBlock(
  rows: BlockBuffer,
  target: Uint8Array,
  targetWords: Uint32Array | null,
  at: number,
  elements: number,
  size: ElementSize,
): void {
  if (targetWords && elements % 32 === 0 && at % 4 === 0) {
    untransposeWords(rows.words, targetWords, at >> 2, elements >> 3, size);
  } else {
    untransposeBytes(rows.bytes, target, at, elements, size);
  }
}

/** Bitshuffle of one block: `source[at, at + elements·size)` → `rows`; `elements` is a multiple of 8. */
export function transposeBlock(
  source: Uint8Array,
  sourceWords: Uint32Array | null,
  at: number,
  rows: BlockBuffer,
  elements: number,
  size: ElementSize,
): void {
  if (sourceWords && elements % 32 === 0 && at % 4 === 0) {
    transposeWords(sourceWords, at >> 2, rows.words, elements >> 3, size);
  } else {
    transposeBytes(source, at, rows.bytes, elements, size);
  }
}
