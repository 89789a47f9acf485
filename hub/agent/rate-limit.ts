import { setTimeout as sleep } from 'node:timers/promises';
import { type RatePeriod, type UplinkConfig, WEEKDAYS } from './uplink-config.ts';

/** A slice takes about so long at the limit, so that several parts go side by side and none stands still. */
const SLICE_S = 0.02;
const LEAST_SLICE = 1024;
const LARGEST_SLICE = 64 * 1024;
/** The timetable is looked at this often. */
const LOOK_MS = 1000;

export interface RateClock {
  /** ms, only goes forward. */
  steady: () => number;
  sleep: (ms: number) => Promise<void>;
}

const MACHINE_CLOCK: RateClock = {
  steady: () => performance.now(),
  sleep: async (ms) => {
    await sleep(ms);
  },
};

interface Waiting {
  bytes: number;
  sinceMs: number;
  isUrgent: boolean;
  go: () => void;
}

/**
 * Bytes per second over everything that is sent, in slices and without bursts: a slice may leave when those before it have had their
 * time. What was not used is not saved up. Urgent slices go before all others that wait.
 */
export class RateLimit {
  private readonly limit: () => number | null;
  private readonly clock: RateClock;
  private nextMs = 0;
  private looked: { atMs: number; rate: number | null } | null = null;
  private waiting: Waiting[] = [];
  private isLettingGo = false;

  /** @param limit bytes per second now; null = none */
  constructor(limit: () => number | null, clock: RateClock = MACHINE_CLOCK) {
    this.limit = limit;
    this.clock = clock;
  }

  private rate(): number | null {
    const now = this.clock.steady();
    if (this.looked === null || now - this.looked.atMs >= LOOK_MS)
      this.looked = { atMs: now, rate: this.limit() };
    return this.looked.rate;
  }

  /** How many bytes may be asked for at once; null when there is no limit now. */
  get slice(): number | null {
    const rate = this.rate();
    return rate === null ? null : Math.round(Math.min(LARGEST_SLICE, Math.max(LEAST_SLICE, rate * SLICE_S)));
  }

  /** Resolves when so many bytes may leave. */
  take(bytes: number, isUrgent = false): Promise<void> {
    if (this.rate() === null) return Promise.resolve();
    const { promise, resolve: go } = Promise.withResolvers<void>();
    const behind = isUrgent ? this.waiting.findIndex((one) => !one.isUrgent) : -1;
    const at = behind < 0 ? this.waiting.length : behind;
    this.waiting.splice(at, 0, { bytes, sinceMs: this.clock.steady(), isUrgent, go });
    if (!this.isLettingGo) void this.letGo();
    return promise;
  }

  /** One after the other, each when the one before has had its time. */
  private async letGo(): Promise<void> {
    this.isLettingGo = true;
    while (this.waiting.length > 0) {
      const rate = this.rate();
      const waitMs = this.nextMs - this.clock.steady();
      if (rate !== null && waitMs > 0) {
        await this.clock.sleep(waitMs);
        continue;
      }
      const { bytes, sinceMs, go } = this.waiting.shift()!;
      if (rate !== null) this.nextMs = Math.max(this.nextMs, sinceMs) + (1000 * bytes) / rate;
      go();
    }
    this.isLettingGo = false;
  }
}

/** The limit at a moment, in bytes per second. @param timeZone IANA name; null = the machine's */
export function rateAt(
  { maxRate, schedule }: Pick<UplinkConfig, 'maxRate' | 'schedule'>,
  at: Date,
  timeZone: string | null,
): number | null {
  if (schedule.length === 0) return maxRate;
  const { day, minute } = wallTime(at, timeZone);
  return schedule.find((period) => applies(period, day, minute))?.maxRate ?? maxRate;
}

/** A period over midnight belongs to the day it begins on. `day`: 0 = Monday. */
function applies({ days, from, to }: RatePeriod, day: number, minute: number): boolean {
  const has = (one: number) => days.includes(WEEKDAYS[(one + 7) % 7]!);
  if (from < to) return has(day) && minute >= from && minute < to;
  return (has(day) && minute >= from) || (has(day - 1) && minute < to);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock on the wall there shows, daylight saving included. */
function wallTime(at: Date, timeZone: string | null): { day: number; minute: number } {
  const key = timeZone ?? '';
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone: timeZone ?? undefined,
    });
    formats.set(key, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const day = (WEEKDAYS as readonly string[]).indexOf(parts.weekday?.toLowerCase() ?? '');
  return { day, minute: 60 * Number(parts.hour) + Number(parts.minute) };
}
