import { expect, it } from 'vitest';
import { ClockOffset } from './clock-offset.ts';
import { retryDelayMs } from './retry-delay.ts';

it('trusts the shortest round trip', () => {
  const clock = new ClockOffset(null);
  expect([clock.offsetMs, clock.isKnown]).toEqual([0, false]);
  clock.measured(1000, 400, 6000);
  expect(clock.offsetMs).toBe(4800);
  clock.measured(2000, 10, 7000);
  clock.measured(3000, 900, 9000);
  expect(clock.state()).toEqual({ offsetMs: 4995, roundTripMs: 10 });
});

it('starts from what it knew before the restart', () => {
  const clock = new ClockOffset(-250);
  expect([clock.offsetMs, clock.isKnown]).toEqual([-250, true]);
});

it('waits longer with each try, never more than ten seconds, never in step', () => {
  expect(retryDelayMs(0, () => 0)).toBe(100);
  expect(retryDelayMs(0, () => 1)).toBe(200);
  expect(retryDelayMs(50, () => 1)).toBe(10_000);
});
