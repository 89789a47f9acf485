import { expect, it } from 'vitest';
import { estimateWallMs, medianMs } from './run-estimate.ts';

const LIMIT = 1_800_000;

it('a run may take its time limit as long as fewer than three have ended', () => {
  expect(estimateWallMs([], LIMIT)).toBe(LIMIT);
  expect(estimateWallMs([20_000, 20_000], LIMIT)).toBe(LIMIT);
});

it('then what nine of ten stayed below and a quarter more, in whole seconds, never less than ten nor more than the limit', () => {
  const past = Array.from({ length: 20 }, (_, index) => (20 - index) * 1000 + 100);
  expect(estimateWallMs(past, LIMIT)).toBe(Math.ceil(18.1 * 1.25) * 1000);
  expect(estimateWallMs([1, 2, 3], LIMIT)).toBe(10_000);
  expect(estimateWallMs([LIMIT, LIMIT, LIMIT], LIMIT)).toBe(LIMIT);
  expect(estimateWallMs([1, 2, 3], 5000)).toBe(5000);
});

it('what a run mostly takes is the middle of the past ones, in whatever order they come', () => {
  expect(medianMs([])).toBeNull();
  expect(medianMs([9, 1, 5])).toBe(5);
  expect(medianMs([8, 1, 100, 4])).toBe(6);
});
