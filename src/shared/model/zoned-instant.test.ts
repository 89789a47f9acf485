import { expect, test } from 'vitest';
import { instantOfLocal, localText } from './zoned-instant.ts';

const iso = (local: string, zone = 'Europe/Berlin') => instantOfLocal(local, zone)?.toISOString();

test('a time in the facility’s zone, in winter and in summer', () => {
  expect(iso('2026-01-15T08:00')).toBe('2026-01-15T07:00:00.000Z');
  expect(iso('2026-07-15T08:00')).toBe('2026-07-15T06:00:00.000Z');
  expect(iso('2026-07-15T08:00', 'Asia/Kathmandu')).toBe('2026-07-15T02:15:00.000Z');
  expect(iso('2026-07-15T08:00', 'UTC')).toBe('2026-07-15T08:00:00.000Z');
});

test('the night the clocks go back: 02:30 comes twice and is the first', () => {
  expect(iso('2026-10-25T02:30')).toBe('2026-10-25T00:30:00.000Z');
  expect(iso('2026-10-25T03:30')).toBe('2026-10-25T02:30:00.000Z');
  expect(iso('2026-11-01T01:30', 'America/Chicago')).toBe('2026-11-01T06:30:00.000Z');
});

test('the night the clocks go forward: 02:30 never comes and is 03:30', () => {
  expect(iso('2026-03-29T02:30')).toBe('2026-03-29T01:30:00.000Z');
  expect(localText(new Date('2026-03-29T01:30:00Z'), 'Europe/Berlin')).toBe('2026-03-29T03:30');
});

test('what is shown is what was typed, every hour of a year', () => {
  for (let ms = Date.parse('2026-01-01T00:00Z'); ms < Date.parse('2027-01-01T00:00Z'); ms += 3_600_000) {
    const local = localText(new Date(ms), 'America/New_York');
    expect(localText(instantOfLocal(local, 'America/New_York')!, 'America/New_York')).toBe(local);
  }
});

test('no date, no instant', () => {
  expect(instantOfLocal('', 'UTC')).toBeNull();
  expect(instantOfLocal('2026-02-30T10:00', 'UTC')).toBeNull();
  expect(instantOfLocal('2026-02-20T25:00', 'UTC')).toBeNull();
});
