import { describe, expect, it } from 'vitest';
import { contrastRange, paintShades, shadesOf } from './image-shades.ts';
import { linePoints } from './line-points.ts';
import { BLOCK_BYTES, BlockCache, CachedFile } from './reading/stored-bytes.ts';

const GREY = new Uint8Array(1024).map((_, n) => (n % 4 === 3 ? 255 : n >> 2));

describe('a picture of two axes', () => {
  it('leaves out what was not measured, by the convention of detectors', () => {
    const shades = shadesOf(new Uint16Array([0, 10, 65535, 20]), 'u2', [2, 2]);
    expect([...shades.sorted]).toEqual([0, 10, 20]);
    const range = contrastRange(shades, 'all');
    expect(range).toEqual({ low: 0, high: 20 });
    const colours = paintShades(shades, range, GREY, false);
    expect([0, 1, 2, 3].map((n) => [colours[n * 4], colours[n * 4 + 3]])).toEqual([
      [0, 255],
      [128, 255],
      [0, 0],
      [255, 255],
    ]);
    expect([...shadesOf(new Uint8Array([0, 255]), 'u1', [1, 2]).sorted]).toEqual([0, 255]);
    expect([
      ...shadesOf(new Float32Array([Number.NaN, 1, Number.POSITIVE_INFINITY]), 'f4', [1, 3]).sorted,
    ]).toEqual([1]);
  });

  it('keeps a spot of one pixel that is smaller than what is drawn', () => {
    const values = new Uint32Array(4000 * 3000);
    values[1234 * 3000 + 777] = 9;
    const shades = shadesOf(values, 'u4', [4000, 3000]);
    expect(shades.factor).toBe(3);
    expect(shades.shape).toEqual([1334, 1000]);
    expect(shades.values[411 * 1000 + 259]).toBe(9);
  });

  it('has colours where all values are one, and where none was measured', () => {
    expect(contrastRange(shadesOf(new Int32Array([5, 5]), 'i4', [1, 2]), '99')).toEqual({ low: 5, high: 6 });
    expect(contrastRange(shadesOf(new Float64Array([Number.NaN]), 'f8', [1, 1]), 'all')).toEqual({
      low: 0,
      high: 1,
    });
  });

  it('lifts what is weak on the logarithmic scale, from negative values too', () => {
    const shades = shadesOf(new Int16Array([-100, 0, 100]), 'i2', [1, 3]);
    const range = contrastRange(shades, 'all');
    const linear = paintShades(shades, range, GREY, false);
    const log = paintShades(shades, range, GREY, true);
    expect([linear[0], linear[4], linear[8]]).toEqual([0, 128, 255]);
    expect(log[4]).toBe(Math.round((Math.log1p(100) / Math.log1p(200)) * 255));
  });
});

describe('a curve', () => {
  it('is every value where there are few', () => {
    const { x, y, stretch } = linePoints(new BigInt64Array([1n, -2n, 3n]), (n) => n * 10);
    expect({ x, y, stretch }).toEqual({ x: [0, 10, 20], y: [1, -2, 3], stretch: 1 });
    expect(linePoints(new Float32Array([1, Number.NaN]), (n) => n).y).toEqual([1, null]);
  });

  it('keeps the extremes of each stretch where there are many', () => {
    const values = new Float64Array(1_000_000);
    values[123_456] = 7;
    values[654_321] = -7;
    const { x, y, stretch } = linePoints(values, (n) => n);
    expect(y.length).toBeLessThanOrEqual(6000);
    expect(stretch).toBeGreaterThan(1);
    expect(x[y.indexOf(7)]).toBe(123_456);
    expect(x[y.indexOf(-7)]).toBe(654_321);
    expect(x).toEqual(x.toSorted((a, b) => a - b));
  });
});

describe('bytes of a stored file', () => {
  const whole = new Uint8Array(BLOCK_BYTES * 40 + 17).map((_, n) => (n * 31) % 251);
  const opened = (budget?: number) => {
    const asked: [number, number][] = [];
    const fetch = (offset: number, length: number) => {
      asked.push([offset, length]);
      return whole.slice(offset, offset + length);
    };
    return { file: new CachedFile('a', { sizeBytes: whole.length, fetch }, new BlockCache(budget)), asked };
  };
  const read = (file: CachedFile, offset: number, length: number) => {
    const into = new Uint8Array(length);
    return into.subarray(0, file.read(into, offset));
  };

  it('are those of the file, wherever they lie, and are fetched once', () => {
    const { file, asked } = opened();
    for (const [offset, length] of [
      [0, 10],
      [BLOCK_BYTES - 3, 7],
      [BLOCK_BYTES * 5 + 1, BLOCK_BYTES * 3],
      [whole.length - 5, 100],
      [whole.length, 4],
    ] as const) {
      expect(read(file, offset, length)).toEqual(whole.slice(offset, offset + length));
    }
    const before = asked.length;
    read(file, BLOCK_BYTES * 6, 1000);
    expect(asked).toHaveLength(before);
  });

  it('come more at a time where they are read on and on', () => {
    const { file, asked } = opened();
    for (let at = 0; at < whole.length; at += 4096) read(file, at, 4096);
    expect(asked.length).toBeLessThan(10);
    expect(asked.reduce((all, [, length]) => all + length, 0)).toBe(whole.length);
  });

  it('are given up where there is no room, the oldest first', () => {
    const { file, asked } = opened(BLOCK_BYTES * 2);
    for (const block of [0, 10, 20]) read(file, block * BLOCK_BYTES, 1);
    read(file, 20 * BLOCK_BYTES, 1);
    expect(asked).toHaveLength(3);
    read(file, 0, 1);
    expect(asked).toHaveLength(4);
  });

  it('are refused where fewer came than the file has', () => {
    const file = new CachedFile('a', { sizeBytes: 100, fetch: () => new Uint8Array(50) }, new BlockCache());
    expect(() => read(file, 0, 100)).toThrow(/Only 50 of 100 bytes/);
  });
});
