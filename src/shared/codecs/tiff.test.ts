import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { damagedBytes } from '#src/testing/damaged-bytes.ts';
import type { Dtype } from '../model/dtype.ts';
import { decodeChunk } from './chunk.ts';
import { CodecError } from './codec-error.ts';
import { makeTiff, type TiffParts } from './testing/make-tiff.ts';
import { decodeTiff, readTiff } from './tiff.ts';

/** Files of libtiff, which says what their pixels are. */
interface Written {
  dtype: Dtype;
  rows: number;
  columns: number;
  base64: string;
  pixels: string;
}
const FILES = JSON.parse(
  readFileSync(join(import.meta.dirname, 'testing', 'tiff-files.json'), 'utf8'),
) as Record<string, Written>;

const read = (file: Uint8Array, fileBytes = file.length) =>
  readTiff((offset, length) => {
    if (offset + length > file.length) throw new CodecError('cut');
    return file.subarray(offset, offset + length);
  }, fileBytes);

describe('TIFF files of libtiff', () => {
  it.each(Object.entries(FILES))('%s: every pixel', (name, { dtype, rows, columns, base64, pixels }) => {
    const file = new Uint8Array(Buffer.from(base64, 'base64'));
    expect(read(file)).toMatchObject({ dtype, shape: [rows, columns] });
    if (!name.endsWith('long')) expect(read(file).description).toBe('made for a test');
    const found = decodeChunk({ filter: 'tiff', dtype, bytes: file, elements: rows * columns });
    expect(createHash('sha256').update(new Uint8Array(found.buffer)).digest('hex')).toBe(pixels);
  });
});

const ROWS = 5;
const COLUMNS = 7;
const values = Array.from({ length: ROWS * COLUMNS }, (_, n) => n * n * 3 - 40);
const plain = { rows: ROWS, columns: COLUMNS, bits: 32, format: 2 } as const;
const bytesOf = (array: Int32Array | Float32Array | Float64Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
const decoded = (parts: TiffParts, dtype: Dtype) => [...decodeTiff(makeTiff(parts), dtype, ROWS * COLUMNS)];

/** Tiles of 4 × 4, what lies outside of the image filled with something else. */
function tiles(): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let top = 0; top < ROWS; top += 4) {
    for (let left = 0; left < COLUMNS; left += 4) {
      const tile = Int32Array.from({ length: 16 }, (_, n) => {
        const [y, x] = [top + Math.floor(n / 4), left + (n % 4)];
        return y < ROWS && x < COLUMNS ? values[y * COLUMNS + x]! : 99_999;
      });
      found.push(bytesOf(tile));
    }
  }
  return found;
}

describe('TIFF files made by hand', () => {
  const block = bytesOf(Int32Array.from(values));

  it('in tiles, plain and packed; in BigTIFF', () => {
    const tile = { rows: 4, columns: 4 };
    expect(decoded({ ...plain, blocks: tiles(), tile }, 'i4')).toEqual(values);
    expect(decoded({ ...plain, blocks: tiles(), tile, isBig: true }, 'i4')).toEqual(values);
    const packed = tiles().map((one) => new Uint8Array(deflateSync(one)));
    expect(decoded({ ...plain, blocks: packed, tile, compression: 8 }, 'i4')).toEqual(values);
  });

  it('highest byte first', () => {
    const turned = block.slice();
    for (let at = 0; at < turned.length; at += 4) turned.subarray(at, at + 4).reverse();
    expect(decoded({ ...plain, blocks: [turned], isBigEndian: true }, 'i4')).toEqual(values);
    expect(decoded({ ...plain, blocks: [turned], isBigEndian: true, isBig: true }, 'i4')).toEqual(values);
  });

  it('of floating point numbers, also predicted', () => {
    const numbers = values.map((value) => value / 8);
    const floats = bytesOf(Float32Array.from(numbers));
    expect(decoded({ ...plain, format: 3, blocks: [floats] }, 'f4')).toEqual(numbers);
    const doubles = bytesOf(Float64Array.from(numbers));
    expect(decoded({ ...plain, format: 3, bits: 64, blocks: [doubles] }, 'f8')).toEqual(numbers);
    // Technical Note 3: bytes of a row by their weight, highest first, each as its difference from the one before.
    const predicted = new Uint8Array(floats.length);
    for (let row = 0; row < ROWS; row++) {
      const from = row * COLUMNS * 4;
      const turned = Array.from({ length: COLUMNS * 4 }, (_, n) => {
        return floats[from + (n % COLUMNS) * 4 + 3 - Math.floor(n / COLUMNS)]!;
      });
      for (const [n, byte] of turned.entries()) predicted[from + n] = byte - (turned[n - 1] ?? 0);
    }
    const packed = { compression: 8, predictor: 3, blocks: [new Uint8Array(deflateSync(predicted))] };
    expect(decoded({ ...plain, format: 3, ...packed }, 'f4')).toEqual(numbers);
  });

  it.each([
    ['in colours', { samples: 3, photometric: 2 }, /in colours/],
    ['of 12 bits', { bits: 12, format: 1 }, /12 bits/],
    ['packed as JPEG', { compression: 7 }, /compression 7/],
    ['with too few strips', { rowsPerStrip: 2 }, /3 parts names 1/],
    ['of tiles beyond all measure', { tile: { rows: 2 ** 19, columns: 2 ** 19 } }, /tiles of/],
  ] as const)('%s are refused', (_, change, message) => {
    expect(() => read(makeTiff({ ...plain, blocks: [block], ...change }))).toThrow(message);
  });

  it('that are not whole, or are another image, are refused', () => {
    const file = makeTiff({ ...plain, blocks: [block] });
    expect(() => read(file, file.length - 1)).toThrow(/not whole/);
    expect(() => decodeTiff(file.subarray(0, -1), 'i4', ROWS * COLUMNS)).toThrow(/cut/);
    expect(() => decodeTiff(file, 'i4', ROWS * COLUMNS + 1)).toThrow(/another one/);
    expect(() => decodeTiff(file, 'u4', ROWS * COLUMNS)).toThrow(/another one/);
  });

  it('that are damaged anywhere give pixels or a CodecError, and nothing else', () => {
    for (const name of ['u2 tiff_lzw predictor', 'i4 packbits', 'f4 tiff_adobe_deflate']) {
      const { dtype, rows, columns, base64 } = FILES[name]!;
      const file = new Uint8Array(Buffer.from(base64, 'base64'));
      for (const bytes of damagedBytes([file], 300, 7)) {
        try {
          expect(decodeTiff(bytes, dtype, rows * columns)).toHaveLength(rows * columns);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }
    }
  });
});
