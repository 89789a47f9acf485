import type { StreamSeries } from './stream-series.ts';

/** Ticks come four times a second. When more passed between two of them, the process stood still or its clock was set. */
const MOST_MS = 1000;

/**
 * What counts as silence of a detector: time in which somebody listened. Not what passed while the process stood still (messages of that time
 * wait to be read), nor what its clock was set by, nor what the detector had to wait.
 */
export class Silence {
  private lastTickMs: number | null = null;

  /** Called with each tick: takes what does not count out of the silence of these series. */
  tick(nowMs: number, series: Iterable<StreamSeries>, senderWaits: boolean): void {
    const passedMs = this.lastTickMs === null ? 0 : nowMs - this.lastTickMs;
    const unheardMs = passedMs - Math.min(MOST_MS, Math.max(0, passedMs));
    this.lastTickMs = nowMs;
    for (const one of series)
      one.lastActivityMs = senderWaits ? nowMs : Math.min(nowMs, one.lastActivityMs + unheardMs);
  }
}
