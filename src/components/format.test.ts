import { describe, expect, it } from 'vitest';
import {
  exactTimes,
  formatBytes,
  formatClearClock,
  formatDeadline,
  formatDeadlineFrom,
  formatDuration,
  formatFrameRate,
  formatRate,
  formatRelative,
  formatRunTime,
  formatShare,
} from './format.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ');

describe('format', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [3_141_592, '3.14 MB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [12_340_000_000, '12.3 GB'],
    [5e15, '5 PB'],
  ])('%d bytes: %s', (sizeBytes, text) => expect(plain(formatBytes(sizeBytes))).toBe(text));

  it('names the zone of a time that could be taken for another', () => {
    const clock = (iso: string, viewer: string) => formatClearClock(new Date(iso), 'Europe/Berlin', viewer);
    expect(clock('2026-11-20T13:02:11Z', 'Europe/Paris')).toBe('14:02:11');
    expect(clock('2026-11-20T13:02:11Z', 'UTC')).toBe('14:02:11 CET');
    expect(clock('2026-10-25T00:30:00Z', 'Europe/Berlin')).toBe('02:30:00 CEST');
    expect(clock('2026-10-25T01:30:00Z', 'Europe/Berlin')).toBe('02:30:00 CET');
    expect(clock('2026-10-25T02:30:00Z', 'Europe/Berlin')).toBe('03:30:00');
  });

  it('says rates and shares', () => {
    expect(plain(formatRate(412_000_000))).toBe('412 MB/s');
    expect([0, 9.94, 132.7].map((rate) => plain(formatFrameRate(rate)))).toEqual([
      '0 frames/s',
      '9.9 frames/s',
      '133 frames/s',
    ]);
    expect(plain(formatShare(0.964))).toBe('96 %');
    expect(plain(formatShare(0.0123))).toBe('1.2 %');
    expect(plain(formatShare(0))).toBe('0 %');
  });

  it.each([
    [0, '0 ms'],
    [380, '380 ms'],
    [4200, '4.2 s'],
    [59_949, '59.9 s'],
    [60_000, '1 min'],
    [4_800_000, '1 h 20 min'],
    [90_000_000, '1 d 1 h'],
    [-2000, '−2 s'],
  ])('%d ms: %s', (durationMs, text) => expect(plain(formatDuration(durationMs))).toBe(text));

  it.each([
    [0, '0.1 s'],
    [380, '0.4 s'],
    [999, '1.0 s'],
    [3600, '3.6 s'],
    [125_000, '2 min 5 s'],
  ])('a job of %d ms ran %s', (durationMs, text) => expect(plain(formatRunTime(durationMs))).toBe(text));

  it('says how long ago, and the date when that says more', () => {
    const now = Date.parse('2026-11-20T12:00:00Z');
    const ago = (ms: number) => plain(formatRelative(new Date(now - ms), now, 'Europe/Berlin'));
    expect([ago(0), ago(3_400), ago(61_000), ago(-5 * 3_600_000), ago(3 * 86_400_000)]).toEqual([
      'now',
      '3 s ago',
      '1 min ago',
      'in 5 h',
      '3 d ago',
    ]);
    expect(ago(100 * 86_400_000)).toBe('12 Aug 2026');
  });

  it('says of a date how far it is, and of one that is weeks away its year', () => {
    const now = Date.parse('2026-11-20T02:00:00Z');
    const from = (iso: string) => plain(formatDeadlineFrom(new Date(iso), now, 'Europe/Berlin'));
    expect(from('2026-11-20T07:00:00Z')).toBe('Fri 20 Nov, 08:00 CET, in 5 h');
    expect(from('2027-02-20T12:52:00Z')).toBe('Sat, 20 Feb 2027, 13:52 CET');
    expect(from('2025-11-20T02:00:00Z')).toBe('Thu, 20 Nov 2025, 03:00 CET');
  });

  it('keeps the two hours of the autumn night apart', () => {
    const first = formatDeadline(new Date('2026-10-25T00:30:00Z'), 'Europe/Berlin');
    const second = formatDeadline(new Date('2026-10-25T01:30:00Z'), 'Europe/Berlin');
    expect(first).toContain('02:30');
    expect(second).toContain('02:30');
    expect(first).not.toBe(second);
  });

  it('gives the exact time in the facility zone first', () => {
    const lines = exactTimes(new Date('2026-07-01T10:00:00Z'), 'Europe/Berlin', 'America/New_York').split(
      '\n',
    );
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('12:00:00');
    expect(lines[1]).toContain('06:00:00');
    expect(lines[2]).toContain('10:00:00');
    expect(exactTimes(new Date(0), 'UTC', 'UTC').split('\n')).toHaveLength(1);
  });
});
