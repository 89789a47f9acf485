/** A part should not take longer: what is more urgent waits for it. */
const SLOW_PART_MS = 4000;
/** Fewer at once that send less than this of before are too few. */
const NO_LOSS = 0.9;
/** One more at once must bring this share of what it would bring where each connection is limited by itself. */
const WORTH = 0.5;
/** After a trial that was no good, so many windows pass before the next of its kind: more where it costs urgent parts their time. */
const HOLD_WINDOWS = 20;
const HOLD_WINDOWS_OF_MORE = 4;
/** Failures within this time are one: a link that breaks breaks for all that is under way. */
const ONE_FAILURE_MS = 1000;
/** At once to begin with, and after failures without having to prove themselves. */
const USUAL = 4;

interface Window {
  sinceMs: number;
  parts: number;
  bytes: number;
  tookMs: number;
}

/** One more or one less, for a window. */
interface Trial {
  step: 1 | -1;
  /** Bytes per ms before it. */
  rateBefore: number;
}

/**
 * How many parts go at once. Halved when the link or the server fails, then one more after as many parts without a failure, up to the usual
 * number. Beyond it one more is tried now and then, and stays where more is sent for it, as over a long way where each connection has
 * its limit. Where parts take long one less is tried, and stays as long as not less is sent: fewer urgent parts wait behind long ones.
 */
export class UploadPace {
  private readonly max: number;
  private current: number;
  private window: Window | null = null;
  private trial: Trial | null = null;
  /** Windows until one more, and one less, may be tried again. */
  private readonly hold = { 1: 0, '-1': 0 };
  private failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(max: number) {
    this.max = max;
    this.current = Math.min(USUAL, max);
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
    this.trial = null;
    this.change(Math.floor(this.current / 2));
  }

  private judge({ sinceMs, parts, bytes, tookMs }: Window, nowMs: number): void {
    const rate = bytes / Math.max(1, nowMs - sinceMs);
    const isSlow = tookMs / parts > SLOW_PART_MS;
    const { trial } = this;
    this.trial = null;
    this.window = null;
    for (const step of [1, -1] as const) this.hold[step] = Math.max(0, this.hold[step] - 1);
    if (trial !== null && rate < this.wantedOf(trial)) {
      this.hold[trial.step] = isSlow || trial.step === -1 ? HOLD_WINDOWS : HOLD_WINDOWS_OF_MORE;
      this.change(this.current - trial.step);
    } else if (isSlow && this.current > 1 && this.hold[-1] === 0) this.try(-1, rate);
    else if (!isSlow && this.current < Math.min(USUAL, this.max)) this.change(this.current + 1);
    else if (this.current < this.max && this.hold[1] === 0) this.try(1, rate);
  }

  /** Bytes per ms that a trial must reach. */
  private wantedOf({ step, rateBefore }: Trial): number {
    return rateBefore * (step === -1 ? NO_LOSS : 1 + WORTH / (this.current - 1));
  }

  private try(step: Trial['step'], rateBefore: number): void {
    this.trial = { step, rateBefore };
    this.change(this.current + step);
  }

  private change(limit: number): void {
    this.current = Math.min(this.max, Math.max(1, limit));
    this.window = null;
  }
}
