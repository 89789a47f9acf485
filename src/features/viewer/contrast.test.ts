import { expect, test } from 'vitest';
import { randomSource } from '#src/testing/damaged-bytes.ts';
import { autoContrast, frameStatistics } from './contrast.ts';

const INVALID = 65535;

test('masked, invalid and saturated pixels do not reach the statistics', () => {
  const pixels = new Uint16Array(1001).fill(10);
  const mask = new Uint8Array(1001);
  pixels[0] = INVALID;
  pixels[3] = 60000; // saturated
  pixels[6] = 5000; // hot, but masked
  mask[6] = 2;
  const s = frameStatistics(pixels, { mask, invalid: INVALID, saturation: 50000 });
  expect(s).toMatchObject({ measured: 998, min: 10, max: 10, mean: 10, p999: 10 });
});

test('gaps and bad pixels of a Pilatus do not reach the statistics; noise around zero does', () => {
  const pixels = new Int32Array(1001).fill(-1);
  pixels.fill(4, 300);
  const options = { mask: null, invalid: -(2 ** 31), saturation: null };
  expect(frameStatistics(pixels, { ...options, negativeIsMasked: true })).toMatchObject({
    measured: 701,
    min: 4,
  });
  expect(frameStatistics(pixels, options)).toMatchObject({ measured: 1001, min: -1 });
});

test('nothing measured gives no statistics and a range that can still be drawn', () => {
  const pixels = new Uint16Array(64).fill(INVALID);
  const s = frameStatistics(pixels, { mask: null, invalid: INVALID, saturation: null });
  expect(s).toBeNull();
  expect(autoContrast(s)).toEqual({ low: 0, high: 1 });
});

test('NaN counts as not measured', () => {
  const s = frameStatistics(Float32Array.from([1, Number.NaN, 3]), {
    mask: null,
    invalid: Number.NaN,
    saturation: null,
  });
  expect(s).toMatchObject({ measured: 2, mean: 2 });
});

test('the range of an empty frame is not empty, that of a bright background lies above it', () => {
  const empty = frameStatistics(new Uint32Array(1000), { mask: null, invalid: 4294967295, saturation: null });
  expect(autoContrast(empty).high).toBeGreaterThanOrEqual(4);
  const bright = frameStatistics(new Uint32Array(1000).fill(400), {
    mask: null,
    invalid: 4294967295,
    saturation: null,
  });
  expect(autoContrast(bright)).toEqual({ low: 0, high: 600 });
});

test('percentiles are those of the sorted values, small and large, whole and broken, below zero too', () => {
  const random = randomSource(11);
  const pixels = Float32Array.from({ length: 5000 }, (_, n) => {
    const value = random() ** 6 * 20_000 - 40;
    return n % 3 === 0 ? value : Math.round(value);
  });
  const s = frameStatistics(pixels, { mask: null, invalid: Number.NaN, saturation: null })!;
  const sorted = pixels.toSorted();
  expect(s).toMatchObject({ measured: 5000, min: sorted[0], max: sorted[4999] });
  expect([s.p01, s.p50, s.p99, s.p999]).toEqual([50, 2500, 4950, 4995].map((rank) => sorted[rank]));
});
