import { expect, it } from 'vitest';
import { dateNews, windowStanding } from './window-words.ts';

const now = new Date('2026-05-20T12:00:00Z');
const none = { datasets: 0, receiving: 0, latestAt: null };
const quiet = {
  state: 'running' as const,
  processingUntil: null,
  plannedEnd: null,
  activeSince: null,
  counts: none,
};
const at = (iso: string) => new Date(iso);

it('speaks of a window two weeks before its end, and from its end on', () => {
  const processing = (until: string) =>
    dateNews({ ...quiet, state: 'processing', processingUntil: at(until) }, now);
  expect(processing('2026-06-03T12:00:01Z')).toBeNull();
  expect(processing('2026-06-03T12:00:00Z')).toMatchObject({ kind: 'soon' });
  expect(processing('2026-05-20T12:00:00Z')).toMatchObject({ kind: 'over' });
});

it('tells a closed experiment whose window is over from one that was closed before', () => {
  expect(dateNews({ ...quiet, state: 'closed' }, now)).toEqual({ kind: 'closed' });
  const closed = { ...quiet, state: 'closed' as const };
  expect(dateNews({ ...closed, processingUntil: at('2026-05-01T00:00:00Z') }, now)).toMatchObject({
    kind: 'over',
  });
  expect(dateNews({ ...closed, processingUntil: at('2026-06-01T00:00:00Z') }, now)).toEqual({
    kind: 'closed',
  });
});

it('speaks of the planned end only while something measures', () => {
  const late = { ...quiet, plannedEnd: at('2026-05-19T00:00:00Z') };
  expect(dateNews(late, now)).toBeNull();
  expect(dateNews({ ...late, activeSince: at('2026-05-18T00:00:00Z') }, now)).toMatchObject({
    kind: 'overdue',
  });
  expect(dateNews({ ...late, counts: { ...none, receiving: 1 } }, now)).toMatchObject({ kind: 'overdue' });
});

it('promises jobs only while the window is open and nobody has closed the experiment', () => {
  const standing = (state: 'processing' | 'closed', until: string) =>
    windowStanding({ state, processingUntil: at(until) }, now);
  expect(standing('processing', '2026-06-01T00:00:00Z')).toBe('open');
  expect(standing('processing', '2026-05-20T12:00:00Z')).toBe('over');
  expect(standing('closed', '2026-06-01T00:00:00Z')).toBe('closed');
  expect(standing('closed', '2026-05-01T00:00:00Z')).toBe('over');
});
