import { expect, test } from 'vitest';
import { bellCount, bellName, NOTIFICATION_SIGNS } from './notification-words.ts';

test('the bell says how many were not read, in the figure that stands on it', () => {
  expect([0, 1, 99, 100, 250].map(bellCount)).toEqual(['0', '1', '99', '99+', '99+']);
  expect(bellName(0)).toBe('Notifications');
  expect([12, 100].map(bellName)).toEqual(['Notifications: 12 not read', 'Notifications: 99+ not read']);
});

test('alarms look worse than news', () => {
  expect(NOTIFICATION_SIGNS['alarm-escalated'].tone).toBe('failed');
  expect(NOTIFICATION_SIGNS['data-moved'].tone).toBe('muted');
});
