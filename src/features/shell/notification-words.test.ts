import { expect, test } from 'vitest';
import { bellCount, bellName, NOTIFICATION_SIGNS } from './notification-words.ts';

test('the bell says how many were not read, and shows two characters at most', () => {
  expect([0, 1, 9, 10, 250].map(bellCount)).toEqual(['0', '1', '9', '9+', '9+']);
  expect(bellName(0)).toBe('Notifications');
  expect(bellName(12)).toBe('Notifications: 12 not read');
});

test('alarms look worse than news', () => {
  expect(NOTIFICATION_SIGNS['alarm-escalated'].tone).toBe('failed');
  expect(NOTIFICATION_SIGNS['data-moved'].tone).toBe('muted');
});
