/** The frame that is the newest is shown about this often. */
const NEWEST_INTERVAL_MS = 1000;
const MOST_KEPT = 40;
/** Of a fast series fewer are kept: a preview costs as much as hundreds of frames on their way to the store. */
const LEAST_INTERVAL_MS = 500;
/** Of a series of unknown length each kept frame lies this much further on than the one before: 31 of 1000, 51 of 100 000. */
const OPEN_ENDED_GROWTH = 1.25;

/**
 * Which frames of one series become previews. Kept with the dataset: every k-th, so that a series of more than 20 frames that takes its time
 * has 20 to 40; a frame that never came, or for which there was no time, is replaced by the next.
 */
export class FrameChoice {
  private readonly every: number | null;
  private nextKept = 0;
  private takenAtMs = Number.NEGATIVE_INFINITY;
  private newest = -1;

  /** @param framesExpected null = the source did not say */
  constructor(framesExpected: number | null) {
    this.every = framesExpected === null ? null : Math.max(1, Math.ceil(framesExpected / MOST_KEPT));
  }

  /** Why this frame is wanted now; null = not. Changes nothing. */
  wants(frame: number, nowMs: number): 'kept' | 'newest' | null {
    const sinceMs = nowMs - this.takenAtMs;
    if (frame >= this.nextKept) return sinceMs >= LEAST_INTERVAL_MS ? 'kept' : null;
    return frame > this.newest && sinceMs >= NEWEST_INTERVAL_MS ? 'newest' : null;
  }

  took(frame: number, isKept: boolean, nowMs: number): void {
    this.takenAtMs = nowMs;
    this.newest = Math.max(this.newest, frame);
    if (!isKept) return;
    this.nextKept =
      this.every === null
        ? Math.max(frame + 1, Math.ceil(frame * OPEN_ENDED_GROWTH))
        : (Math.floor(frame / this.every) + 1) * this.every;
  }
}
