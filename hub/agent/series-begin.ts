import type { Arrival } from '../stream/series-sink.ts';
import { type ClockEstimate, type ClockOffset, UNKNOWN_DOUBT_MS } from './clock-offset.ts';

/** When a series began, as the journal keeps it: with what was known of the clock then. */
export interface SeriesBegin extends Arrival, ClockEstimate {
  /** Start of the machine that `steadyMs` counts from; empty where the system does not tell. */
  boot: string;
}

export function beginOf({ wallMs, steadyMs, waitedMs }: Arrival, clock: ClockOffset): SeriesBegin {
  return { wallMs, steadyMs, waitedMs, ...clock.estimate({ wallMs, steadyMs }), boot: clock.boot };
}

/** Of a series that was noted before beginnings were. */
export function unknownBegin(openedMs: number): SeriesBegin {
  return { wallMs: openedMs, steadyMs: 0, waitedMs: 0, offsetMs: 0, doubtMs: UNKNOWN_DOUBT_MS, boot: '' };
}

/** The server's clock minus ours when it began, as well as it is known now; in doubt also by how long its start may have waited. */
export function clockAt(begin: SeriesBegin, clock: ClockOffset): ClockEstimate {
  let { offsetMs, doubtMs }: ClockEstimate = begin;
  if (begin.boot !== '' && begin.boot === clock.boot) {
    const known = clock.estimate(begin);
    if (known.doubtMs <= doubtMs) ({ offsetMs, doubtMs } = known);
  }
  return { offsetMs, doubtMs: Math.min(UNKNOWN_DOUBT_MS, doubtMs + begin.waitedMs) };
}
