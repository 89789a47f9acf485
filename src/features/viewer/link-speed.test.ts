import { expect, test } from 'vitest';
import { LinkSpeed } from './link-speed.ts';

const MB = 1_000_000;

test('a link is fast until it was measured to be slow, and fast again when it is', () => {
  const link = new LinkSpeed();
  expect(link.expectedMs(MB)).toBeNull();
  expect(link.isSlowFor(100 * MB)).toBe(false);
  // 20 Mbit/s
  link.note(5 * MB, 2000);
  expect(link.expectedMs(MB)).toBeCloseTo(400);
  expect(link.isSlowFor(5 * MB)).toBe(true);
  expect(link.isSlowFor(0.5 * MB)).toBe(false);
  for (let n = 0; n < 3; n++) link.note(5 * MB, 50);
  expect(link.isSlowFor(5 * MB)).toBe(false);
});

test('small answers and one slow frame among fast ones say nothing', () => {
  const link = new LinkSpeed();
  link.note(10_000, 90);
  expect(link.expectedMs(MB)).toBeNull();
  for (const ms of [40, 50, 3000, 45, 60]) link.note(5 * MB, ms);
  expect(link.isSlowFor(5 * MB)).toBe(false);
});

test('frames that are given up again and again tell that the link is slow; one given up at once tells nothing', () => {
  const link = new LinkSpeed();
  link.noteGivenUp(5 * MB, 80);
  expect(link.expectedMs(MB)).toBeNull();
  link.noteGivenUp(5 * MB, 600);
  expect(link.isSlowFor(5 * MB)).toBe(true);
  // Sooner than it can come: it does not make the link seem faster.
  link.noteGivenUp(5 * MB, 300);
  expect(link.expectedMs(5 * MB)).toBeCloseTo(600);
});
