import type { FrameRange } from '#src/shared/contracts/agent-api.ts';

const MAX_RANGES = 10_000;

/** The image ids of a series that arrived: one bit each, grown as needed (10 million frames are 1.25 MB). */
export class FrameSet {
  private bits = new Uint8Array(1024);
  private members = 0;
  private highest = -1;

  get count(): number {
    return this.members;
  }

  /** Highest id that arrived; −1 when none did. */
  get last(): number {
    return this.highest;
  }

  has(frame: number): boolean {
    return ((this.bits[frame >>> 3] ?? 0) & (1 << (frame & 7))) !== 0;
  }

  /** False when it was there already. */
  add(frame: number): boolean {
    if (this.has(frame)) return false;
    const byte = frame >>> 3;
    if (byte >= this.bits.length) {
      const grown = new Uint8Array(Math.max(byte + 1, this.bits.length * 2));
      grown.set(this.bits);
      this.bits = grown;
    }
    this.bits[byte]! |= 1 << (frame & 7);
    this.members++;
    if (frame > this.highest) this.highest = frame;
    return true;
  }

  /** Ranges of from…end−1 that are not in the set, at most `limit` (a flood of single gaps ends in one wide range). */
  missing(end: number, limit = MAX_RANGES, from = 0): FrameRange[] {
    const ranges: FrameRange[] = [];
    let start = -1;
    for (let frame = from; frame <= end; frame++) {
      const gone = frame < end && !this.has(frame);
      if (gone && start < 0) start = frame;
      if (!gone && start >= 0) {
        if (ranges.length === limit) ranges[limit - 1]![1] = frame - 1;
        else ranges.push([start, frame - 1]);
        start = -1;
      }
    }
    return ranges;
  }
}

/** Of a split series: what its own files lack up to the last frame that came; the other files are another HUB's. */
export function missingInFiles(
  frames: FrameSet,
  numbers: Iterable<number>,
  framesPerFile: number,
): FrameRange[] {
  return [...numbers]
    .sort((a, b) => a - b)
    .flatMap((number) => {
      const from = (number - 1) * framesPerFile;
      return frames.missing(Math.min(from + framesPerFile, frames.last + 1), MAX_RANGES, from);
    })
    .slice(0, MAX_RANGES);
}

/** "3, 7–9 and 2 more ranges", for people. */
export function describeRanges(ranges: readonly FrameRange[], shown = 5): string {
  const head = ranges
    .slice(0, shown)
    .map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
  const rest = ranges.length - head.length;
  return head.join(', ') + (rest > 0 ? ` and ${rest} more ranges` : '');
}

/** How many frames the ranges hold. */
export function countRanges(ranges: readonly FrameRange[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
