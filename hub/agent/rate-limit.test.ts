import { describe, expect, it } from 'vitest';
import { RateLimit, rateAt } from './rate-limit.ts';
import type { RatePeriod, Weekday } from './uplink-config.ts';

/** Time that goes on when everybody sleeps. */
function virtualTime() {
  let now = 0;
  const sleepers: { untilMs: number; wake: () => void }[] = [];
  const clock = {
    steady: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => void sleepers.push({ untilMs: now + ms, wake })),
  };
  const run = async (work: Promise<unknown>) => {
    let done = false;
    const over = work.finally(() => {
      done = true;
    });
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      sleepers.sort((a, b) => a.untilMs - b.untilMs);
      const next = sleepers.shift();
      if (next) {
        now = Math.max(now, next.untilMs);
        next.wake();
      }
    }
    await over;
  };
  return { clock, run, now: () => now };
}

describe('the limit', () => {
  it('lets no part burst: at no moment more than the rate and one slice', async () => {
    const { clock, run, now } = virtualTime();
    const rate = 1_000_000;
    const limit = new RateLimit(() => rate, clock);
    let sent = 0;
    const part = async () => {
      for (let left = 2 * 1024 * 1024; left > 0; ) {
        const bytes = Math.min(left, limit.slice!);
        await limit.take(bytes);
        left -= bytes;
        sent += bytes;
        expect(sent).toBeLessThanOrEqual((rate * now()) / 1000 + limit.slice!);
      }
    };
    await run(Promise.all([part(), part(), part(), part()]));
    // And it is used: the last slice leaves when those before it have had their time.
    expect(now()).toBeGreaterThan((1000 * (sent - 64 * 1024)) / rate);
  });

  it('saves nothing up, and follows a new rate', async () => {
    const { clock, run, now } = virtualTime();
    let rate: number | null = 100_000;
    const limit = new RateLimit(() => rate, clock);
    await run(clock.sleep(60_000));
    await run(limit.take(50_000).then(() => limit.take(1)));
    expect(now()).toBe(60_500);
    rate = null;
    await run(clock.sleep(2000));
    expect(limit.slice).toBeNull();
    await limit.take(1e12);
    expect(now()).toBe(62_500);
  });

  it('lets urgent slices go before all others that wait, in the order they came', async () => {
    const { clock, run, now } = virtualTime();
    const limit = new RateLimit(() => 100_000, clock);
    const left: [string, number][] = [];
    const take = (name: string, isUrgent: boolean) =>
      limit.take(1000, isUrgent).then(() => void left.push([name, now()]));
    const all = [
      take('part 1', false),
      take('part 2', false),
      take('part 3', false),
      take('preview 1', true),
      take('preview 2', true),
    ];
    await run(Promise.all(all));
    // What left before they came is not called back.
    expect(left).toEqual([
      ['part 1', 0],
      ['preview 1', 10],
      ['preview 2', 20],
      ['part 2', 30],
      ['part 3', 40],
    ]);
  });

  it('slices are small at a small rate, so that every part moves', () => {
    expect(new RateLimit(() => 10_000).slice).toBe(1024);
    expect(new RateLimit(() => 1e9).slice).toBe(64 * 1024);
  });
});

describe('the timetable', () => {
  const workdays: Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri'];
  const day: RatePeriod = { days: workdays, from: 8 * 60, to: 18 * 60, maxRate: 10 };
  const night: RatePeriod = { days: ['fri'], from: 22 * 60, to: 6 * 60, maxRate: 20 };
  const uplink = { maxRate: 1000, schedule: [day, night] };
  const at = (instant: string) => rateAt(uplink, new Date(instant), 'Europe/Berlin');

  it.each([
    ['2026-11-20T07:59:59Z', 10, 'Friday 8:59 in Berlin'],
    ['2026-11-20T06:59:59Z', 1000, 'Friday 7:59'],
    ['2026-11-20T17:00:00Z', 1000, 'Friday 18:00'],
    ['2026-11-20T21:00:00Z', 20, 'Friday 22:00'],
    ['2026-11-21T04:59:00Z', 20, 'Saturday 5:59, the night of Friday'],
    ['2026-11-21T05:00:00Z', 1000, 'Saturday 6:00'],
    ['2026-11-20T04:00:00Z', 1000, 'Friday 5:00: the night of Thursday has no limit'],
  ])('%s: %s (%s)', (instant, rate) => {
    expect(at(instant)).toBe(rate);
  });

  it('goes by the clock on the wall: daylight saving moves it', () => {
    expect([at('2026-10-23T06:30:00Z'), at('2026-10-26T06:30:00Z')]).toEqual([10, 1000]);
  });

  it('without a zone it is the machine’s, without a schedule the plain limit', () => {
    expect(rateAt({ maxRate: 5, schedule: [] }, new Date(), null)).toBe(5);
    const always = { ...day, days: [...workdays, 'sat', 'sun'] as Weekday[], from: 0, to: 24 * 60 };
    expect(rateAt({ maxRate: null, schedule: [always] }, new Date(), null)).toBe(10);
  });
});
