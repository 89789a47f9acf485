import { expect, it } from 'vitest';
import { dateWords, type HostedGroup } from './hosted-words.ts';

const now = new Date('2026-11-20T12:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 24 * 3600 * 1000);
const row = (dates: Partial<Parameters<typeof dateWords>[1]>) => ({
  ...{ id: 'x', code: 'DEM26-00000', title: 'T', piName: 'P', state: 'preparation' as const },
  ...{ plannedStart: null, plannedEnd: null, finishedAt: null, processingUntil: null },
  ...dates,
});
const words = (group: HostedGroup, dates: Parameters<typeof row>[0]) => {
  const { word, tone } = dateWords(group, row(dates), now);
  return `${tone}: ${word}`;
};

it('says of what comes next when it is planned, loud once that has passed', () => {
  expect(words('upcoming', {})).toBe('muted: no date yet');
  expect(words('upcoming', { plannedStart: inDays(1) })).toBe('muted: planned for');
  expect(words('upcoming', { plannedStart: inDays(-1) })).toBe('warn: was planned for');
});

it('says of what runs aside until when', () => {
  expect(words('running', {})).toBe('muted: no planned end');
  expect(words('running', { plannedEnd: inDays(1) })).toBe('muted: until');
  expect(words('running', { plannedEnd: inDays(-1) })).toBe('warn: planned end passed');
});

it('says until when may be analysed, loud in the last two weeks', () => {
  expect(words('processing', {})).toBe('muted: analysis without an end');
  expect(words('processing', { processingUntil: inDays(15) })).toBe('muted: analysis until');
  expect(words('processing', { processingUntil: inDays(14) })).toBe('warn: analysis until');
  expect(words('processing', { processingUntil: now })).toBe('muted: analysis ended');
});
