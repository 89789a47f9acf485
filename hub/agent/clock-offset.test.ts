import { expect, it } from 'vitest';
import { whoseData } from '#src/shared/model/whose-data.ts';
import { ClockOffset, type RememberedClock, UNKNOWN_DOUBT_MS } from './clock-offset.ts';
import { machineClocks, rememberedClock } from './machine-clocks.ts';
import { retryDelayMs } from './retry-delay.ts';

const HOUR_MS = 3_600_000;

/** Clocks that go when they are told to, `wall` also when somebody sets it. */
function testClocks(boot = 'boot-1') {
  const time = { wallMs: 1_000_000, steadyMs: 5000 };
  return {
    time,
    clocks: { wall: () => time.wallMs, steady: () => time.steadyMs, boot },
    pass(ms: number) {
      time.wallMs += ms;
      time.steadyMs += ms;
    },
  };
}

/** A heartbeat of `roundTripMs` to a server whose clock is `aheadMs` ahead. */
function measure(
  clock: ClockOffset,
  { time, pass }: ReturnType<typeof testClocks>,
  aheadMs: number,
  roundTripMs: number,
) {
  const sentMs = time.wallMs;
  pass(roundTripMs);
  clock.measured(sentMs, roundTripMs, sentMs + roundTripMs / 2 + aheadMs);
}

it('takes the measurement with the least doubt: half the round trip, and drift since', () => {
  const test = testClocks();
  const clock = new ClockOffset(test.clocks, null);
  expect([clock.offsetMs, clock.isKnown]).toEqual([0, false]);
  expect(clock.estimate().doubtMs).toBe(UNKNOWN_DOUBT_MS);
  measure(clock, test, 4800, 400);
  expect(clock.estimate()).toEqual({ offsetMs: 4800, doubtMs: 200 });
  measure(clock, test, 4995, 10);
  measure(clock, test, 5100, 900);
  expect(clock.state()).toEqual({ offsetMs: 4995, roundTripMs: 10 });
  test.pass(100_000);
  expect(clock.estimate().doubtMs).toBeCloseTo(5 + 100_900 * 50e-6, 6);
});

it('a clock that was set is in doubt by as much, until it is measured again', () => {
  const test = testClocks();
  const clock = new ClockOffset(test.clocks, null);
  measure(clock, test, 0, 20);
  test.time.wallMs += HOUR_MS;
  expect(clock.estimate().doubtMs).toBeGreaterThanOrEqual(HOUR_MS);
  measure(clock, test, -HOUR_MS, 20);
  expect(clock.estimate()).toEqual({ offsetMs: -HOUR_MS, doubtMs: 10 });
});

it('what is measured later counts for an earlier moment, unless the clock was set between', () => {
  const test = testClocks();
  const clock = new ClockOffset(test.clocks, null);
  const start = clock.mark();
  test.pass(60_000);
  const beforeStep = clock.mark();
  measure(clock, test, 7000, 100);
  expect(clock.estimate(start).offsetMs).toBe(7000);
  expect(clock.estimate(start).doubtMs).toBeCloseTo(50 + 60_100 * 50e-6, 6);
  test.time.wallMs -= HOUR_MS;
  measure(clock, test, 7000 + HOUR_MS, 2);
  expect(clock.estimate(beforeStep).offsetMs).toBe(7000);
});

it('one hour off, also across a switch: the data go where they were taken, or nowhere', () => {
  const test = testClocks();
  test.time.wallMs = Date.parse('2026-03-01T11:00:00Z');
  const switchedAt = new Date('2026-03-01T12:30:00Z');
  const history = [
    { experimentId: 'A', startedAt: new Date('2026-03-01T08:00:00Z'), endedAt: switchedAt },
    { experimentId: 'B', startedAt: switchedAt, endedAt: null },
  ];
  const clock = new ClockOffset(test.clocks, null);
  const whose = (mark = clock.mark()) => {
    const { offsetMs, doubtMs } = clock.estimate(mark);
    const now = new Date('2026-03-01T14:00:00Z');
    return whoseData(new Date(mark.wallMs + offsetMs), now, history, doubtMs);
  };
  expect(whose()).toHaveProperty('unassignedReason');
  measure(clock, test, HOUR_MS, 50);
  expect(whose()).toEqual({ experimentId: 'A' });
  test.pass(HOUR_MS);
  const inB = clock.mark();
  expect(whose(inB)).toEqual({ experimentId: 'B' });
  // Somebody sets the clock back once more: data of now are in doubt until the next heartbeat, those of before are not.
  test.time.wallMs -= HOUR_MS;
  expect(whose()).toHaveProperty('unassignedReason');
  expect(whose(inB)).toEqual({ experimentId: 'B' });
  measure(clock, test, 2 * HOUR_MS, 50);
  expect(whose()).toEqual({ experimentId: 'B' });
});

it('starts from what it knew before the restart, in doubt after a start of the machine', () => {
  const test = testClocks();
  const clock = new ClockOffset(test.clocks, null);
  expect(clock.toRemember()).toBeNull();
  measure(clock, test, -250, 40);
  const kept = JSON.parse(JSON.stringify(clock.toRemember())) as RememberedClock;
  test.pass(1000);
  expect(new ClockOffset(test.clocks, kept).estimate()).toEqual({ offsetMs: -250, doubtMs: 20.05 });
  test.time.wallMs += HOUR_MS;
  expect(new ClockOffset(test.clocks, kept).estimate().doubtMs).toBeGreaterThanOrEqual(HOUR_MS);
  const afterBoot = new ClockOffset({ ...test.clocks, boot: 'boot-2' }, kept);
  expect([afterBoot.isKnown, afterBoot.estimate()]).toEqual([
    true,
    { offsetMs: -250, doubtMs: UNKNOWN_DOUBT_MS },
  ]);
});

it('reads back only what it wrote', () => {
  const clocks = machineClocks(Date.now);
  const clock = new ClockOffset(clocks, null);
  clock.measured(Date.now(), 2, Date.now());
  const kept = clock.toRemember();
  expect(rememberedClock(JSON.stringify(kept))).toEqual(kept);
  for (const text of [null, '', '-250', 'null', '{"offsetMs":1}']) expect(rememberedClock(text)).toBeNull();
});

it('waits longer with each try, never more than ten seconds, never in step', () => {
  expect(retryDelayMs(0, () => 0)).toBe(100);
  expect(retryDelayMs(0, () => 1)).toBe(200);
  expect(retryDelayMs(50, () => 1)).toBe(10_000);
});
