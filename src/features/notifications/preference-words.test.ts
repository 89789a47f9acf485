import { expect, test } from 'vitest';
import { NOTIFICATION_KINDS } from '#src/shared/model/notification.ts';
import { clockOf, KIND_WORDS, minuteOf } from './preference-words.ts';

test('there are words for every kind', () => {
  expect(KIND_WORDS.map(({ kind }) => kind).sort()).toEqual([...NOTIFICATION_KINDS].sort());
});

test('minutes of the day as clocks show them, and back', () => {
  expect([0, 61, 1439].map(clockOf)).toEqual(['00:00', '01:01', '23:59']);
  for (const minute of [0, 61, 719, 1439]) expect(minuteOf(clockOf(minute))).toBe(minute);
  expect(['', '24:00', '7:00', '07:60'].map(minuteOf)).toEqual([null, null, null, null]);
});
