import { expect, test } from 'vitest';
import { escalationDue, escalationWords, onCallWords } from './duty-words.ts';

const BERLIN = 'Europe/Berlin';
const ada = { personId: 'a', name: 'Ada', since: new Date('2026-10-24T08:00:00Z'), isReachable: true };

test('who is on call, until when, and who is next', () => {
  const next = { at: new Date('2026-11-27T19:00:00Z'), name: 'Bob' };
  expect(onCallWords({ now: ada, next }, BERLIN)).toBe('Ada until Fri 27 Nov, 20:00 CET, then Bob');
  expect(onCallWords({ now: ada, next: { ...next, name: null } }, BERLIN)).toContain('then nobody');
  expect(onCallWords({ now: ada, next: null }, BERLIN)).toBe('Ada');
  expect(onCallWords({ now: null, next }, BERLIN)).toBe('nobody until Fri 27 Nov, 20:00 CET, then Bob');
  expect(onCallWords({ now: null, next: null }, BERLIN)).toBeNull();
  expect(onCallWords({ now: null, next: { ...next, name: null } }, BERLIN)).toBeNull();
});

test('names the zone, so that the hour that comes twice is told apart', () => {
  const at = (iso: string) => onCallWords({ now: ada, next: { at: new Date(iso), name: 'Bob' } }, BERLIN);
  expect(at('2026-10-25T00:30:00Z')).toContain('02:30 CEST');
  expect(at('2026-10-25T01:30:00Z')).toContain('02:30 CET');
});

test('when all staff are told', () => {
  const toldAt = new Date('2026-11-22T08:00:00Z');
  const alarm = { toldAt, escalatedAt: null, acknowledged: null };
  const due = escalationDue(alarm, 10)!;
  expect(due).toEqual(new Date('2026-11-22T08:10:00Z'));
  expect(escalationWords(due, new Date('2026-11-22T08:05:30Z'))).toBe('all staff are told in 5 min');
  expect(escalationWords(due, new Date('2026-11-22T08:10:01Z'))).toBe('all staff are being told');
  expect(escalationDue({ ...alarm, toldAt: null }, 10)).toBeNull();
  expect(escalationDue({ ...alarm, escalatedAt: due }, 10)).toBeNull();
  expect(escalationDue({ ...alarm, acknowledged: { at: due, by: 'Ada', note: null } }, 10)).toBeNull();
});
