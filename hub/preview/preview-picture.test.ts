import { describe, expect, test } from 'vitest';
import { MAX_PREVIEW_BYTES } from '#src/shared/contracts/agent-api.ts';
import { MASKED_GREY, type PreviewScale, SCALE_KEYWORD } from '#src/shared/model/preview-picture.ts';
import { randomSource } from '#src/testing/damaged-bytes.ts';
import { makePreview } from './preview-picture.ts';
import { readGreyPng } from './testing/read-png.ts';

const plain = { mask: null, negativeIsMasked: false };

function picture(input: Parameters<typeof makePreview>[0]) {
  const { png, scale, width, height } = makePreview(input);
  const read = readGreyPng(png);
  expect([read.width, read.height]).toEqual([width, height]);
  expect(JSON.parse(read.texts[SCALE_KEYWORD]!) as PreviewScale).toEqual({ ...scale });
  return { ...read, scale, bytes: png.length };
}

describe('what a preview shows', () => {
  test('nothing is white, many counts are black, and every grey tells its counts', () => {
    const pixels = new Uint32Array(100 * 100);
    for (let x = 0; x < 100; x++) pixels.fill(x * x, x * 100, x * 100 + 100);
    const { grey, scale } = picture({ ...plain, pixels, dtype: 'u4', shape: [100, 100] });
    expect(scale).toMatchObject({ binning: 1, steps: 64, blackCounts: 99 * 99, frameShape: [100, 100] });
    expect([grey[0], grey.at(-1)]).toEqual([255, 0]);
    for (let x = 0; x < 100; x++) {
      const told = Math.sqrt(scale.blackCounts) * ((255 - grey[x * 100]!) / 255);
      expect(Math.abs(told - x)).toBeLessThanOrEqual(99 / 63);
    }
  });

  test('a spot of one pixel stays dark although 25 pixels become one', () => {
    const [rows, columns] = [3000, 4200];
    const pixels = new Uint16Array(rows * columns);
    pixels[1234 * columns + 3210] = 40;
    const { grey, width, height, scale } = picture({ ...plain, pixels, dtype: 'u2', shape: [rows, columns] });
    expect([scale.binning, width, height]).toEqual([5, 840, 600]);
    expect(grey.indexOf(0)).toBe(Math.floor(1234 / 5) * width + Math.floor(3210 / 5));
    expect(grey.filter((value) => value !== 255)).toHaveLength(1);
  });

  test('one photon is not white', () => {
    const pixels = new Uint16Array(10_000);
    pixels[55] = 1;
    pixels.fill(5000, 9000);
    const { grey } = picture({ ...plain, pixels, dtype: 'u2', shape: [100, 100] });
    expect(grey[54]).toBe(255);
    expect(grey[55]).toBeLessThan(255);
  });

  test('masked and invalid pixels have a grey of their own, which no count has', () => {
    const pixels = Uint16Array.from({ length: 65_536 }, (_, index) => index);
    const mask = new Uint8Array(65_536);
    mask.fill(1, 1000, 1100);
    const { grey } = picture({ pixels, dtype: 'u2', shape: [256, 256], mask, negativeIsMasked: false });
    for (let index = 0; index < 65_536; index++) {
      const isMasked = (index >= 1000 && index < 1100) || index === 65_535;
      expect(grey[index] === MASKED_GREY).toBe(isMasked);
    }
  });

  test('negative counts are noise, of a Pilatus they are gaps', () => {
    const pixels = Int32Array.from([-1, -2, 0, 7, -(2 ** 31), 3]);
    const shape = [2, 3] as const;
    const noise = picture({ pixels, dtype: 'i4', shape, mask: null, negativeIsMasked: false });
    expect([...noise.grey].map((value) => value === MASKED_GREY)).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
    expect([noise.grey[0], noise.grey[1]]).toEqual([255, 255]);
    const gaps = picture({ pixels, dtype: 'i4', shape, mask: null, negativeIsMasked: true });
    expect([...gaps.grey].map((value) => value === MASKED_GREY)).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  test('a frame without any measured pixel, and floats with NaN, are shown too', () => {
    const nothing = picture({ ...plain, pixels: new Uint8Array(12).fill(255), dtype: 'u1', shape: [3, 4] });
    expect(new Set(nothing.grey)).toEqual(new Set([MASKED_GREY]));
    const pixels = Float32Array.from([Number.NaN, 0, 1.5, 100]);
    const { grey } = picture({ ...plain, pixels, dtype: 'f4', shape: [2, 2] });
    expect([grey[0], grey[1], grey[3]]).toEqual([MASKED_GREY, 255, 0]);
    const wide = BigUint64Array.from([2n ** 64n - 1n, 0n, 9n, 100n]);
    expect([...picture({ ...plain, pixels: wide, dtype: 'u8', shape: [2, 2] }).grey].slice(0, 2)).toEqual([
      MASKED_GREY,
      255,
    ]);
  });
});

test('noise of any strength fits into the bytes a preview may have', () => {
  const random = randomSource(4);
  const shape = [2068, 2164] as const;
  for (const strength of [4, 60, 30_000]) {
    const pixels = Uint16Array.from({ length: shape[0] * shape[1] }, () => random() * strength);
    const { bytes, width, height } = picture({ ...plain, pixels, dtype: 'u2', shape });
    expect(bytes).toBeLessThanOrEqual(MAX_PREVIEW_BYTES);
    expect(Math.max(width, height)).toBeGreaterThan(400);
  }
});
