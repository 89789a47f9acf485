import { describe, expect, it } from 'vitest';
import { type AlarmReader, alarmWays } from './alarm-ways.ts';
import { isQuiet, NOTIFICATION_KINDS, waysOf } from './notification.ts';

const NIGHT = { fromMinute: 22 * 60, untilMinute: 7 * 60 };
const BERLIN = 'Europe/Berlin';
const quietAt = (iso: string, hours = NIGHT) => isQuiet(new Date(iso), hours, BERLIN);

describe('quiet hours', () => {
  it('go over midnight on the clocks of the facility', () => {
    expect(quietAt('2026-11-22T20:59:00Z')).toBe(false);
    expect(quietAt('2026-11-22T21:00:00Z')).toBe(true);
    expect(quietAt('2026-11-22T05:59:00Z')).toBe(true);
    expect(quietAt('2026-11-22T06:00:00Z')).toBe(false);
    expect(quietAt('2026-07-22T20:00:00Z')).toBe(true);
  });

  it('lie within a day too', () => {
    const noon = { fromMinute: 12 * 60, untilMinute: 13 * 60 };
    expect(quietAt('2026-11-22T11:30:00Z', noon)).toBe(true);
    expect(quietAt('2026-11-22T12:00:00Z', noon)).toBe(false);
  });

  it('are right on both nights when the clocks change', () => {
    const small = { fromMinute: 2 * 60, untilMinute: 3 * 60 };
    // Forward: 02:00–03:00 is not there. 00:59Z is 01:59, 01:00Z is 03:00.
    expect(quietAt('2026-03-29T00:59:00Z', small)).toBe(false);
    expect(quietAt('2026-03-29T01:00:00Z', small)).toBe(false);
    // Back: 02:30 comes twice.
    expect(quietAt('2026-10-25T00:30:00Z', small)).toBe(true);
    expect(quietAt('2026-10-25T01:30:00Z', small)).toBe(true);
    expect(quietAt('2026-10-25T02:00:00Z', small)).toBe(false);
  });
});

describe('staff are told of an alarm', () => {
  const at = new Date('2026-11-22T23:00:00Z');
  const ways = (
    reader: Partial<AlarmReader>,
    stage: 'raised' | 'escalated',
    level: 'warn' | 'error' = 'error',
  ) => alarmWays({ isOnCall: false, choices: {}, quiet: null, ...reader }, { stage, level }, at, BERLIN);

  it('on call by every way, whatever they chose and at any hour', () => {
    const none = { app: false, email: false };
    const deaf = { 'alarm-error': none, 'alarm-warn': none, 'alarm-escalated': none };
    for (const stage of ['raised', 'escalated'] as const) {
      expect(ways({ isOnCall: true, choices: deaf, quiet: NIGHT }, stage)).toEqual({
        app: true,
        email: true,
      });
    }
  });

  it('in the app where they chose nothing, and by mail too when nobody acknowledged it', () => {
    expect(ways({}, 'raised')).toEqual({ app: true, email: false });
    expect(ways({}, 'escalated')).toEqual({ app: true, email: true });
  });

  it('as they chose, by level', () => {
    const choices = { 'alarm-error': { app: true, email: true }, 'alarm-warn': { app: false, email: false } };
    expect(ways({ choices }, 'raised', 'error')).toEqual({ app: true, email: true });
    expect(ways({ choices }, 'raised', 'warn')).toEqual({ app: false, email: false });
  });

  it('without mails in their quiet hours, but when nobody acknowledged it', () => {
    const choices = { 'alarm-error': { app: true, email: true } };
    expect(ways({ choices, quiet: NIGHT }, 'raised')).toEqual({ app: true, email: false });
    expect(ways({ choices, quiet: NIGHT }, 'escalated')).toEqual({ app: true, email: true });
  });
});

it('what cannot be chosen is as it is', () => {
  expect(waysOf('invitation', { invitation: { app: false, email: false } })).toEqual({
    app: false,
    email: true,
  });
  expect(waysOf('mail-refused', { 'mail-refused': { app: true, email: true } }).email).toBe(false);
  expect(NOTIFICATION_KINDS.filter((kind) => !waysOf(kind, {}).app)).toEqual([]);
});
