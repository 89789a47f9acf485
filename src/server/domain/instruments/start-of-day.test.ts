import { describe, expect, it } from 'vitest';
import { startOfDay, startOfNextDay } from './start-of-day.ts';

describe('startOfDay', () => {
  it.each([
    ['2026-05-01T12:00:00Z', 'Europe/Berlin', '2026-04-30T22:00:00.000Z'],
    ['2026-04-30T22:30:00Z', 'Europe/Berlin', '2026-04-30T22:00:00.000Z'],
    // The nights when the clocks change: 29 March and 25 October 2026.
    ['2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-10-25T12:00:00Z', 'Europe/Berlin', '2026-10-24T22:00:00.000Z'],
    ['2026-10-26T00:30:00Z', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['2026-01-01T03:00:00Z', 'America/Los_Angeles', '2025-12-31T08:00:00.000Z'],
    ['2026-01-01T03:00:00Z', 'UTC', '2026-01-01T00:00:00.000Z'],
    ['2026-07-01T20:00:00Z', 'Pacific/Auckland', '2026-07-01T12:00:00.000Z'],
  ])('%s in %s began at %s', (at, zone, expected) => {
    expect(startOfDay(new Date(at), zone).toISOString()).toBe(expected);
  });
});

describe('startOfNextDay', () => {
  it.each([
    ['2026-05-01T12:00:00Z', 'Europe/Berlin', '2026-05-01T22:00:00.000Z'],
    // 25 hours long, whichever of them it is; the night of 29 March has 23.
    ['2026-10-24T22:00:00Z', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['2026-10-25T22:30:00Z', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['2026-10-25T23:00:00Z', 'Europe/Berlin', '2026-10-26T23:00:00.000Z'],
    ['2026-03-28T23:30:00Z', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2026-11-01T20:00:00Z', 'America/Los_Angeles', '2026-11-02T08:00:00.000Z'],
    ['2026-01-01T03:00:00Z', 'UTC', '2026-01-02T00:00:00.000Z'],
  ])('after %s in %s is %s', (at, zone, expected) => {
    expect(startOfNextDay(new Date(at), zone).toISOString()).toBe(expected);
  });
});
