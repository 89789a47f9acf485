import { expect, it } from 'vitest';
import { beginningOf, endOf, lastDay, lastDayField, typedAmount } from './licence-words.ts';

const ZONE = 'Europe/Berlin';

it('ends a licence with the last day of the facility’s time zone, also over changes of the clocks', () => {
  expect(beginningOf('2026-03-29', ZONE)?.toISOString()).toBe('2026-03-28T23:00:00.000Z');
  expect(endOf('2026-03-29', ZONE)?.toISOString()).toBe('2026-03-29T22:00:00.000Z');
  const until = endOf('2026-12-31', ZONE)!;
  expect(until.toISOString()).toBe('2026-12-31T23:00:00.000Z');
  expect(lastDay(until, ZONE)).toBe('31 Dec 2026');
  expect(lastDayField(until, ZONE)).toBe('2026-12-31');
  expect(endOf('', ZONE)).toBeNull();
});

it('takes numbers as people type them', () => {
  expect(typedAmount('1.5', 3_600_000)).toBe(5_400_000);
  expect(typedAmount(' 1,5 ', 1e12)).toBe(1.5e12);
  expect(typedAmount('-2', 10)).toBe(-20);
  for (const wrong of ['', 'ten', '1e3', '1.', '1 000', '99999999999999999999']) {
    expect(typedAmount(wrong, 1000)).toBeNull();
  }
});
