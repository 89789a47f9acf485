import { expect, it } from 'vitest';
import { untilShownMs } from './until-shown.ts';

const after = (ageMs: number, treeDelayMs: number) =>
  untilShownMs(new Date(1_000_000), new Date(1_000_000 + ageMs), treeDelayMs);

it('a job waits until its tree shows what was stored when it was made, and not where the tree is never late', () => {
  expect([0, 300, 1000, 5000].map((ageMs) => after(ageMs, 1000))).toEqual([1000, 700, 0, 0]);
  expect([0, 5000].map((ageMs) => after(ageMs, 0))).toEqual([0, 0]);
});

it('… and no longer than the tree is late, whatever the clocks of two machines say', () => {
  expect([-10, -3_600_000].map((ageMs) => after(ageMs, 1000))).toEqual([1000, 1000]);
  expect(after(-3_600_000, 0)).toBe(0);
});
