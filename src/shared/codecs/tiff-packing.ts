import type { DtypeArray } from '../model/dtype.ts';
import { CodecError } from './codec-error.ts';

/* How TIFF packs bytes: sections 9 "PackBits", 13 "LZW", 14 "Differencing Predictor" of TIFF 6.0; Technical Note 3 for floating point. */

const CLEAR = 256;
const END = 257;
const FIRST_CODE = 258;
const MAX_CODES = 4096;

/** Fills the target. @throws CodecError on data that are damaged or of another size */
export function decodeLzw(source: Uint8Array, target: Uint8Array): void {
  // An entry is the text of another one and a byte behind it.
  const prefix = new Uint16Array(MAX_CODES);
  const suffix = new Uint8Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES).fill(1, 0, 256);
  for (let code = 0; code < 256; code++) suffix[code] = code;
  let [next, bits, hold, held, at, out] = [FIRST_CODE, 9, 0, 0, 0, 0];
  let former = -1;
  while (out < target.length) {
    while (held < bits) {
      if (at >= source.length) throw new CodecError('LZW: the data end too early');
      hold = ((hold << 8) | source[at++]!) & 0xffffff;
      held += 8;
    }
    const code = (hold >> (held - bits)) & ((1 << bits) - 1);
    held -= bits;
    if (code === END) break;
    if (code === CLEAR) {
      [next, bits, former] = [FIRST_CODE, 9, -1];
      continue;
    }
    const isNew = code === next && former >= 0;
    if (!isNew && (code >= next || (code > 255 && former < 0)))
      throw new CodecError('LZW: a code of no meaning');
    // A code that is made only now is the former text with its own first byte.
    const text = isNew ? former : code;
    const length = lengths[text]! + (isNew ? 1 : 0);
    const end = out + lengths[text]!;
    let first = text;
    for (let to = end - 1, entry = text; to >= out; to--) {
      if (to < target.length) target[to] = suffix[entry]!;
      first = entry;
      entry = prefix[entry]!;
    }
    if (isNew && end < target.length) target[end] = suffix[first]!;
    if (former >= 0 && next < MAX_CODES) {
      prefix[next] = former;
      suffix[next] = suffix[first]!;
      lengths[next] = lengths[former]! + 1;
      next++;
    }
    // One earlier than there would be room for: TIFF's writers began so.
    if (next >= (1 << bits) - 1 && bits < 12) bits++;
    former = code;
    out += length;
  }
  if (out < target.length) throw new CodecError(`LZW: ${out} bytes instead of ${target.length}`);
}

/** Fills the target. @throws CodecError on data that end too early */
export function decodePackBits(source: Uint8Array, target: Uint8Array): void {
  let out = 0;
  for (let at = 0; out < target.length; ) {
    if (at >= source.length) throw new CodecError('PackBits: the data end too early');
    const head = (source[at++]! << 24) >> 24;
    if (head === -128) continue;
    const count = Math.min(target.length - out, head >= 0 ? head + 1 : 1 - head);
    if (head >= 0) {
      if (at + count > source.length) throw new CodecError('PackBits: the data end too early');
      target.set(source.subarray(at, at + count), out);
      at += head + 1;
    } else {
      if (at >= source.length) throw new CodecError('PackBits: the data end too early');
      target.fill(source[at++]!, out, out + count);
    }
    out += count;
  }
}

/** Each pixel was written as its difference from the one before it in its row. */
export function undoPredictor(pixels: DtypeArray, columns: number): void {
  if (pixels instanceof BigUint64Array || pixels instanceof BigInt64Array) {
    for (let n = 1; n < pixels.length; n++) if (n % columns !== 0) pixels[n] = pixels[n]! + pixels[n - 1]!;
    return;
  }
  for (let row = 0; row < pixels.length; row += columns) {
    const end = Math.min(pixels.length, row + columns);
    // The array takes the sum modulo its type.
    for (let n = row + 1; n < end; n++) pixels[n] = pixels[n]! + pixels[n - 1]!;
  }
}

/** In each row all highest bytes of the numbers stand first, then all second ones, …, each as its difference from the one before. */
export function undoFloatPredictor(bytes: Uint8Array, columns: number, elementBytes: number): void {
  const rowBytes = columns * elementBytes;
  for (let from = 0; from + rowBytes <= bytes.length; from += rowBytes) {
    const row = bytes.subarray(from, from + rowBytes);
    for (let n = 1; n < rowBytes; n++) row[n] = row[n]! + row[n - 1]!;
    const turned = row.slice();
    for (let k = 0; k < elementBytes; k++) {
      for (let n = 0; n < columns; n++)
        row[n * elementBytes + (elementBytes - 1 - k)] = turned[k * columns + n]!;
    }
  }
}
