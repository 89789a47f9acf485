/** A part should not take longer: what is more urgent waits for it. */
const SLOW_PART_MS = 4000;
/** Fewer at once that send less than this of before are too few. */
const NO_LOSS = 0.9;
/** After fewer at once were too few, so many windows pass before it is tried again. */
const HOLD_WINDOWS = 20;
/** Failures within this time are one: a link that breaks breaks for all that is under way. */
const ONE_FAILURE_MS = 1000;

interface Window {
  sinceMs: number;
  parts: number;
  bytes: number;
  tookMs: number;
}

/**
 * How many parts go at once: as many as allowed to begin with. Halved when the link or the server fails, one more after as many parts
 * without a failure. On a slow link one less, as long as not less is sent for it: then fewer urgent parts wait behind long ones.
 */
export class UploadPace {
  private readonly max: number;
  private current: number;
  private window: Window | null = null;
  /** Bytes per ms before it was lowered by one; null = not being tried. */
  private rateBefore: number | null = null;
  private hold = 0;
  private failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(max: number) {
    this.max = max;
    this.current = max;
  }

  /** Parts at once, from 1 to the maximum. */
  get limit(): number {
    return this.current;
  }

  /** A part was stored. @param nowMs when it was; any clock that only goes forward */
  stored(bytes: number, tookMs: number, nowMs: number): void {
    this.window ??= { sinceMs: nowMs - tookMs, parts: 0, bytes: 0, tookMs: 0 };
    const { window } = this;
    window.parts++;
    window.bytes += bytes;
    window.tookMs += tookMs;
    // Those that began under the former limit are about the first half.
    if (window.parts >= 2 * this.current) this.judge(window, nowMs);
  }

  failed(nowMs: number): void {
    if (nowMs - this.failedAtMs < ONE_FAILURE_MS) return;
    this.failedAtMs = nowMs;
    this.change(Math.floor(this.current / 2));
    this.rateBefore = null;
  }

  private judge({ sinceMs, parts, bytes, tookMs }: Window, nowMs: number): void {
    const rate = bytes / Math.max(1, nowMs - sinceMs);
    const isSlow = tookMs / parts > SLOW_PART_MS;
    const before = this.rateBefore;
    this.rateBefore = null;
    this.window = null;
    if (this.hold > 0) this.hold--;
    if (before !== null && rate < NO_LOSS * before) {
      this.hold = HOLD_WINDOWS;
      this.change(this.current + 1);
    } else if (isSlow && this.current > 1 && this.hold === 0) {
      this.rateBefore = rate;
      this.change(this.current - 1);
    } else if (!isSlow) this.change(this.current + 1);
  }

  private change(limit: number): void {
    this.current = Math.min(this.max, Math.max(1, limit));
    this.window = null;
  }
}
