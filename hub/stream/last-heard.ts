import { UNKNOWN_DOUBT_MS } from '../agent/clock-offset.ts';
import type { Arrival } from './series-sink.ts';

/** When a series can have begun whose start was missed: later than what was heard of others before. */
export class LastHeard {
  /** Milliseconds of the clock that is never set. */
  private atMs: number;

  /** @param readUpToMs up to when a former process had read everything; null when none ran */
  constructor(readUpToMs: number | null) {
    this.atMs = readUpToMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Something of a known series came. */
  note({ steadyMs, waitedMs }: Arrival): void {
    this.atMs = Math.max(this.atMs, steadyMs - waitedMs);
  }

  /** The first image of a series without a start: in doubt back to what was heard before. */
  widened(arrival: Arrival): Arrival {
    const sinceMs = Math.min(UNKNOWN_DOUBT_MS, arrival.steadyMs - this.atMs);
    return { ...arrival, waitedMs: Math.max(arrival.waitedMs, sinceMs) };
  }
}
