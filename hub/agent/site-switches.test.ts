import { expect, it } from 'vitest';
import { whoseData } from '#src/shared/model/whose-data.ts';
import { ClockOffset, type RememberedClock, UNKNOWN_DOUBT_MS } from './clock-offset.ts';
import type { Journal } from './journal.ts';
import { SiteSwitches } from './site-switches.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const TRUE_START_MS = Date.parse('2026-03-01T10:00:00Z');
const A_SINCE = { experimentId: 'A', startedAt: new Date('2026-03-01T05:00:00Z'), endedAt: null };
const isoOf = ({ at, clockOffsetMs }: { at: string; clockOffsetMs: number }) =>
  new Date(Math.round(Date.parse(at) + clockOffsetMs)).toISOString();

/** An agent at true 10:00, after a start of its machine without network; its clock is `aheadMs` ahead and was right when it was known last. */
function agentOn(aheadMs: number, boot = 'boot-2') {
  const time = { trueMs: TRUE_START_MS, steadyMs: 5000, aheadMs };
  const clocks = { wall: () => time.trueMs + time.aheadMs, steady: () => time.steadyMs, boot };
  const before: RememberedClock = {
    ...{ offsetMs: 0, doubtMs: 5, boot: 'boot-1' },
    ...{ wallMs: TRUE_START_MS - 9 * HOUR_MS, steadyMs: 1_000_000 },
  };
  const clock = new ClockOffset(clocks, before);
  const meta = new Map<string, string>();
  const journal = {
    meta: (key: string) => meta.get(key) ?? null,
    setMeta: (key: string, value: string) => meta.set(key, value),
  } as unknown as Journal;
  const made = new SiteSwitches(journal, clock);
  return {
    clock,
    meta,
    switches: made,
    /** As the next process has them. */
    restarted: (next: ClockOffset = clock) => new SiteSwitches(journal, next),
    pass(ms: number) {
      time.trueMs += ms;
      time.steadyMs += ms;
    },
    set(ms: number) {
      time.aheadMs = ms;
    },
    /** A heartbeat that is answered, of 20 ms. */
    heard() {
      const sentMs = clocks.wall();
      time.trueMs += 20;
      time.steadyMs += 20;
      clock.measured(sentMs, 20, time.trueMs - 10);
    },
    whose(mark = clock.mark(), switches = made) {
      const { offsetMs, doubtMs } = clock.estimate(mark);
      const at = new Date(mark.wallMs + offsetMs);
      const now = new Date(time.trueMs + UNKNOWN_DOUBT_MS);
      return whoseData(at, now, switches.appliedTo([A_SINCE]), doubtMs, switches.withDoubt());
    },
  };
}

it.each([
  ['behind', -HOUR_MS],
  ['ahead', HOUR_MS],
])('a switch made by a clock an hour %s counts at its own time once the clock is measured', (_, aheadMs) => {
  const agent = agentOn(aheadMs);
  const [inA, { switches }] = [agent.clock.mark(), agent];
  agent.pass(30 * MINUTE_MS);
  switches.add('B', 'operator');
  agent.pass(5 * MINUTE_MS);
  const inB = agent.clock.mark();
  expect(switches.toTell()).toEqual([]);
  expect([agent.whose(inA), agent.whose(inB)]).toEqual([
    { unassignedReason: expect.any(String) },
    { unassignedReason: expect.any(String) },
  ]);

  agent.heard();
  const [told] = switches.toTell();
  expect(isoOf(told!)).toBe('2026-03-01T10:30:00.000Z');
  expect(told!.clockDoubtMs).toBeLessThan(1000);
  expect(Object.keys(told!).sort()).toEqual(
    ['at', 'by', 'clockDoubtMs', 'clockOffsetMs', 'experimentId', 'id'].sort(),
  );
  expect([agent.whose(inA), agent.whose(inB)]).toEqual([{ experimentId: 'A' }, { experimentId: 'B' }]);
  expect(switches.began(new Date('2026-03-01T10:30:00.000Z'))).toBe(true);
  expect(agent.restarted().toTell()).toEqual([told]);
});

it('what the server was told counts from then on, also after a restart', () => {
  const agent = agentOn(-HOUR_MS);
  const { switches } = agent;
  switches.add('B', 'operator');
  agent.heard();
  const [told] = switches.toTell();
  agent.heard();
  switches.stored([told!.id], '2026-03-01T10:01:00.000Z');
  expect(switches.toTell()).toEqual([]);
  for (const one of [switches, agent.restarted(), agent.restarted(agentOn(0, 'boot-3').clock)]) {
    const [, period] = one.appliedTo([A_SINCE]);
    expect(period!.startedAt.toISOString()).toBe(isoOf(told!));
    expect(one.withDoubt()).toEqual([{ at: period!.startedAt, doubtMs: told!.clockDoubtMs }]);
  }
  switches.settled('2026-03-01T10:02:00.000Z');
  expect(switches.appliedTo([A_SINCE])).toEqual([A_SINCE]);
});

it('a switch that can be told no better is told with its doubt when the server answers, and nothing around it is decided', () => {
  const agent = agentOn(-HOUR_MS);
  agent.switches.add('B', 'operator');
  const next = agentOn(0, 'boot-3');
  next.pass(2 * HOUR_MS);
  const switches = agent.restarted(next.clock);
  expect(switches.toTell()).toEqual([]);
  next.heard();
  expect(switches.toTell()).toMatchObject([{ experimentId: 'B', clockDoubtMs: UNKNOWN_DOUBT_MS }]);
  const nextMs = next.clock.mark().wallMs;
  expect(switches.isToldBefore(nextMs - 20 * HOUR_MS)).toBe(false);
  expect(next.whose(next.clock.mark(), switches)).toHaveProperty('unassignedReason');
  next.pass(24 * HOUR_MS);
  expect(next.whose(next.clock.mark(), switches)).toEqual({ experimentId: 'B' });
});

it('is not told by a clock that was set meanwhile, before it is measured again', () => {
  const agent = agentOn(0);
  agent.heard();
  agent.set(HOUR_MS);
  agent.switches.add('B', 'operator');
  expect(agent.switches.toTell()).toEqual([]);
  agent.heard();
  expect(isoOf(agent.switches.toTell()[0]!)).toBe('2026-03-01T10:00:00.020Z');
});

it('is told at once by a clock that is known', () => {
  const agent = agentOn(-HOUR_MS);
  agent.heard();
  agent.pass(MINUTE_MS);
  agent.switches.add(null, 'operator');
  expect(agent.switches.toTell()).toMatchObject([{ experimentId: null, by: 'operator' }]);
  expect(isoOf(agent.switches.toTell()[0]!)).toBe('2026-03-01T10:01:00.020Z');
});

it('reads the switches that an older version left, at the time it gave them', () => {
  const agent = agentOn(-HOUR_MS);
  const made = {
    ...{ id: 'old', experimentId: 'B', at: '2026-03-01T09:30:00.000Z' },
    ...{ clockOffsetMs: 0, clockDoubtMs: UNKNOWN_DOUBT_MS, by: 'operator' },
  };
  agent.meta.set('site-switches', JSON.stringify([{ ...made, storedAt: null }]));
  const switches = agent.restarted();
  expect(switches.toTell()).toEqual([]);
  agent.heard();
  expect(switches.toTell()).toEqual([made]);
  switches.stored(['old'], '2026-03-01T10:00:30.000Z');
  expect(agent.restarted().withDoubt()).toEqual([{ at: new Date(made.at), doubtMs: UNKNOWN_DOUBT_MS }]);
});
