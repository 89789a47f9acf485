import { describe, expect, it } from 'vitest';
import { connectionWords, detectorWords, elapsedWords } from './connection.ts';

const now = new Date('2026-05-01T10:00:00Z');
const ago = (ms: number) => new Date(now.getTime() - ms);

describe('connection', () => {
  it('counts seconds, and says when heartbeats stay out', () => {
    expect(connectionWords(ago(3_400), now)).toEqual({ tone: 'ok', word: 'connected', ago: '3 s ago' });
    expect(connectionWords(ago(12_000), now)).toMatchObject({ tone: 'warn', word: 'late' });
    expect(connectionWords(ago(125_000), now)).toEqual({
      tone: 'failed',
      word: 'no contact',
      ago: '2 min 05 s ago',
    });
    expect(connectionWords(null, now)).toEqual({ tone: 'muted', word: 'never connected', ago: null });
  });

  it('a clock slightly ahead is not the future', () => {
    expect(connectionWords(ago(-800), now)).toMatchObject({ word: 'connected', ago: '0 s ago' });
  });

  it.each([
    [59_999, '59 s'],
    [60_000, '1 min 00 s'],
    [3_600_000, '1 h 00 min'],
    [47 * 3_600_000, '47 h 00 min'],
    [72 * 3_600_000, '3 days'],
  ])('%d ms is %s', (ms, words) => {
    expect(elapsedWords(ms)).toBe(words);
  });

  it('claims nothing about a detector whose agent is out of contact', () => {
    expect(detectorWords({ state: 'receiving' }, true).word).toBe('receiving');
    expect(detectorWords({ state: 'receiving' }, false)).toEqual({ tone: 'muted', word: 'unknown' });
  });
});
