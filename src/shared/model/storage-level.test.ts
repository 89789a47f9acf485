import { expect, it } from 'vitest';
import { storageLevel, storageSize } from './storage-level.ts';

it('storage warns at 80, 90 and 100 percent of its quota and is full beyond 110', () => {
  const at = (hotBytes: number) => storageLevel(hotBytes, 1000);
  expect([799, 800, 899, 900, 999, 1000, 5000].map((bytes) => at(bytes).warning)).toEqual([
    ...[null, 80, 80, 90, 90, 100, 100],
  ]);
  expect([1000, 1100, 1101].map((bytes) => at(bytes).isFull)).toEqual([false, false, true]);
});

it('without a quota nothing is too much', () => {
  expect(storageLevel(1e18, null)).toEqual({
    hotBytes: 1e18,
    quotaBytes: null,
    warning: null,
    isFull: false,
  });
});

it('sizes of storage are told as disks count', () => {
  expect([11.234e12, 1e12, 9.999e11, 5.4e8].map(storageSize)).toEqual([
    '11.23 TB',
    '1 TB',
    '999.9 GB',
    '0.54 GB',
  ]);
});
