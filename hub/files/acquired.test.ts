import { expect, it } from 'vitest';
import { fileOriginSchema } from '#src/shared/contracts/agent-files.ts';
import { type AgentClock, acquiredMoment, acquiredOf, clockAt } from './acquired.ts';

const SEEN = Date.parse('2026-11-21T12:00:00Z');
const ns = (ms: number) => BigInt(ms) * 1_000_000n;
const sighting = { seenMs: SEEN, watchedSinceMs: SEEN - 1000, lateMs: 0, isBirthOfContent: true };
const clock = { offsetMs: 500, doubtMs: 20 };

it('a birth time counts when it can be one, and is that of this content', () => {
  const born = (ms: number, changes = {}) =>
    acquiredOf({ ...sighting, ...changes }, { mtimeNs: ns(SEEN), birthNs: ns(ms) }, clock).appearedAt;
  expect(born(SEEN - 5000)).toBe('2026-11-21T11:59:55.000Z');
  expect(born(0)).toBeNull();
  expect(born(SEEN + 3_600_000)).toBeNull();
  expect(born(SEEN - 5000, { isBirthOfContent: false })).toBeNull();
});

it('what was found by looking may have come earlier, unless its birth is known', () => {
  const late = { ...sighting, lateMs: 10_000 };
  const file = { mtimeNs: ns(SEEN), birthNs: 0n };
  expect(acquiredOf(late, file, clock).clockDoubtMs).toBe(10_020);
  expect(acquiredOf(late, { ...file, birthNs: ns(SEEN - 100) }, clock).clockDoubtMs).toBe(20);
});

it('the moment that counts is on the clock of the server; nobody knows that of an old file without a birth', () => {
  const file = { mtimeNs: ns(SEEN - 5000), birthNs: ns(SEEN - 5000) };
  expect(acquiredMoment(acquiredOf(sighting, file, clock))).toEqual({
    at: new Date(SEEN - 4500),
    doubtMs: 20,
  });
  expect(acquiredMoment(acquiredOf(sighting, { ...file, birthNs: 0n }, clock))).toBeNull();
});

it('times no calendar holds do not break the contract', () => {
  const acquired = acquiredOf(sighting, { mtimeNs: ns(9e15), birthNs: -1n }, clock);
  expect(fileOriginSchema.shape.acquired.safeParse(acquired).success).toBe(true);
  expect(
    fileOriginSchema.shape.acquired.safeParse(acquiredOf(sighting, { mtimeNs: -5n, birthNs: 0n }, clock))
      .success,
  ).toBe(true);
});

it('a clock that is compared later is known for earlier moments too, but not from before the machine was started', () => {
  const noted = { seenMs: SEEN, steadyMs: 100, boot: 'this', offsetMs: 0, doubtMs: 86_400_000 };
  const now: AgentClock = {
    boot: 'this',
    mark: () => ({ wallMs: SEEN, steadyMs: 100 }),
    estimate: () => clock,
  };
  expect(clockAt(noted, now)).toEqual(clock);
  expect(clockAt({ ...noted, boot: 'before' }, now)).toEqual({ offsetMs: 0, doubtMs: 86_400_000 });
  expect(clockAt({ ...noted, offsetMs: 7, doubtMs: 3 }, now)).toEqual({ offsetMs: 7, doubtMs: 3 });
});
