import { describe, expect, test } from 'vitest';
import type { Dtype, DtypeArray } from '#src/shared/model/dtype.ts';
import { detectorPlane } from './detector-plane.ts';
import { frameHistogram, histogramBins, histogramDomain } from './frame-histogram.ts';
import { inkOn, shadeOf } from './frame-shade.ts';
import { createStack, type StackKind } from './frame-stack.ts';
import { radialAverage } from './radial-average.ts';
import { lineProfile, regionStatistics } from './region-statistics.ts';

const NONE = 65535;
/** 4 rows of 5: values 0…19, one masked (6), one without measurement (7), one saturated (13). */
const frame = () => {
  const pixels = Uint16Array.from({ length: 20 }, (_, i) => i);
  pixels[7] = NONE;
  pixels[13] = 60000;
  const mask = new Uint8Array(20);
  mask[6] = 2;
  return { pixels, mask, invalid: NONE, saturation: 50000, shape: [4, 5] as const };
};

describe('histogram', () => {
  test('counts measured pixels alone and says what lies outside', () => {
    const { counts, below, above } = frameHistogram(frame(), { low: 2, high: 10 }, 4);
    // 2,3 | 4,5 | 8,9 without the masked 6 and the lost 7
    expect([...counts]).toEqual([2, 2, 0, 2]);
    expect({ below, above }).toEqual({ below: 2, above: 9 });
  });
  test('spans the bulk of the pixels and the range shown, one bin per count where there are few', () => {
    const statistics = { measured: 1, min: -3, max: 9e5, mean: 3, p01: -2, p50: 3, p99: 12, p999: 40 };
    const domain = histogramDomain(statistics, { low: 0, high: 20 });
    expect(domain).toEqual({ low: -2, high: 40 });
    expect(histogramBins(domain)).toBe(42);
    expect(histogramBins({ low: 0, high: 5000 })).toBe(128);
  });
});

describe('regions', () => {
  test('a rectangle counts the pixels whose centres it holds, less those without measurement', () => {
    const region = regionStatistics(frame(), { kind: 'rectangle', from: [3.9, 2.6], to: [1.1, 0.9] });
    // columns 1 to 3 of rows 1 and 2: 6 is masked, 7 lost, 13 saturated; 8, 11 and 12 count
    expect(region).toMatchObject({ measured: 3, leftOut: 3, sum: 31, mean: 31 / 3, min: 8, max: 12 });
    expect(region!.sigma).toBeCloseTo(Math.sqrt(13 / 3), 12);
    expect(region!.maxAt).toEqual({ fast: 2, slow: 2 });
  });
  test('a circle of radius 1 about a pixel has five', () => {
    const region = regionStatistics(
      { ...frame(), mask: null, saturation: null },
      { kind: 'circle', from: [3.5, 2.5], to: [4.5, 2.5] },
    );
    // 13 with 8, 12, 14, 18 around it
    expect(region).toMatchObject({ measured: 5, leftOut: 0, sum: 60000 + 8 + 12 + 14 + 18 });
  });
  test('beyond the image and without measured pixels there is nothing', () => {
    expect(regionStatistics(frame(), { kind: 'rectangle', from: [-9, -9], to: [-1, -1] })).toBeNull();
    expect(regionStatistics(frame(), { kind: 'rectangle', from: [2, 1], to: [3, 2] })).toBeNull();
  });
  test('a profile has one value per pixel and gaps where nothing was measured', () => {
    const values = lineProfile(frame(), { from: [0.5, 1.5], to: [4.5, 1.5] });
    expect([...values]).toEqual([5, Number.NaN, Number.NaN, 8, 9]);
    expect([...lineProfile(frame(), { from: [-1.5, 0.5], to: [0.5, 0.5] })]).toEqual([
      Number.NaN,
      Number.NaN,
      0,
    ]);
  });
});

test('the radial average of a picture made of q is q', () => {
  const geometry = {
    imageSizeXPx: 200,
    imageSizeYPx: 180,
    pixelSizeXM: 0.001,
    pixelSizeYM: 0.001,
    beamCenterXPx: 90,
    beamCenterYPx: 100,
    detectorDistanceM: 0.1,
    wavelengthA: 1,
  };
  const plane = detectorPlane(geometry)!;
  // Independent of the plane: flat, so r in metres by hand.
  const pixels = Float32Array.from({ length: 200 * 180 }, (_, i) => {
    const r = Math.hypot((i % 200) + 0.5 - 90, Math.floor(i / 200) + 0.5 - 100) * 0.001;
    return 4 * Math.PI * Math.sin(Math.atan(r / 0.1) / 2);
  });
  pixels[0] = Number.NaN;
  const average = radialAverage(
    { pixels, mask: null, invalid: Number.NaN, saturation: null, shape: [180, 200] },
    plane,
    100,
  )!;
  for (let bin = 0; bin < 100; bin++)
    if (average.pixels[bin]! > 0) expect(Math.abs(average.mean[bin]! - average.q[bin]!)).toBeLessThan(0.04);
  expect(average.pixels.reduce((a, b) => a + b)).toBe(200 * 180 - 1);
});

function stackFrames(frames: readonly DtypeArray[], dtype: Dtype, kind: StackKind): DtypeArray {
  const stack = createStack(dtype, kind, frames[0]!.length);
  for (const frame of frames) stack.add(frame);
  return stack.result();
}

describe('stacks', () => {
  const a = Uint16Array.from([1, NONE, 3, 65534]);
  const b = Uint16Array.from([10, 5, NONE, 65534]);
  test('a sum has no value where a frame has none, and does not turn over', () => {
    expect([...stackFrames([a, b], 'u2', 'sum')]).toEqual([11, 4294967295, 4294967295, 131068]);
    const full = Uint32Array.from([4294967294]);
    expect([...stackFrames([full, full], 'u4', 'sum')]).toEqual([4294967294]);
    const signed = [Int16Array.from([-4, -32768]), Int16Array.from([-6, 3])];
    expect([...stackFrames(signed, 'i2', 'sum')]).toEqual([-10, -2147483648]);
  });
  test('mean and maximum take the frames that have a value', () => {
    expect([...stackFrames([a, b], 'u2', 'mean')]).toEqual([5.5, 5, 3, 65534]);
    expect([...stackFrames([a, b], 'u2', 'max')]).toEqual([10, 5, 3, 65534]);
    const none = Uint16Array.from([NONE]);
    expect([...stackFrames([none, none], 'u2', 'mean')]).toEqual([Number.NaN]);
    expect([...stackFrames([none, none], 'u2', 'max')]).toEqual([NONE]);
    const floats = [Float32Array.from([Number.NaN, 2]), Float32Array.from([1, Number.NaN])];
    expect([...stackFrames(floats, 'f4', 'max')]).toEqual([1, 2]);
  });
  test('64-bit counts are summed as doubles', () => {
    const big = BigUint64Array.from([2n ** 40n, 2n ** 64n - 1n]);
    expect([...stackFrames([big, big], 'u8', 'sum')]).toEqual([2 ** 41, Number.NaN]);
  });
});

test('shades follow the shader: ends, square root, logarithm; ink contrasts', () => {
  const range = { low: 0, high: 100 };
  expect(shadeOf(-5, range, 'linear')).toBe(0);
  expect(shadeOf(25, range, 'sqrt')).toBe(0.5);
  expect(shadeOf(100, range, 'log')).toBeCloseTo(1, 12);
  expect(shadeOf(10, range, 'log')).toBeCloseTo(Math.log(100.9) / Math.log(1000), 12);
  const grey = Uint8Array.from({ length: 1024 }, (_, i) => i >> 2);
  expect([inkOn(grey, 0), inkOn(grey, 1)]).toEqual(['#fff', '#000']);
});
