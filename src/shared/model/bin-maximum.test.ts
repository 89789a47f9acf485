import { expect, test } from 'vitest';
import { binMaximum } from './bin-maximum.ts';

test('keeps a one-pixel spot, leaves masked pixels out, marks blocks without any measurement', () => {
  // 3 rows × 4 columns, blocks of 2: the last row of blocks is half a block high.
  const pixels = Uint16Array.from([1, 2, 65535, 65535, 3, 900, 65535, 65535, 7, 8, 9, 50]);
  const mask = new Uint8Array(12);
  mask[11] = 1;
  const binned = binMaximum(pixels, 'u2', [3, 4], 2, { mask, invalid: 65535 });
  expect(binned.shape).toEqual([2, 2]);
  expect([...binned.pixels]).toEqual([900, 65535, 8, 9]);
});

test('negative signed values survive: the maximum of a block is not raised to zero', () => {
  const binned = binMaximum(Int32Array.from([-5, -3, -2147483648, -9]), 'i4', [2, 2], 2, {
    mask: null,
    invalid: -2147483648,
  });
  expect([...binned.pixels]).toEqual([-3]);
});

test('pixels of 64 bits keep every digit', () => {
  const mask = Uint8Array.of(0, 0, 1, 0);
  const pixels = BigUint64Array.of(2n ** 53n + 1n, 2n ** 53n, 2n ** 60n, 2n ** 64n - 1n);
  const binned = binMaximum(pixels, 'u8', [2, 2], 2, { mask, invalid: 2n ** 64n - 1n });
  expect([...binned.pixels]).toEqual([2n ** 53n + 1n]);
});
