import type { FrameRange } from '#src/shared/contracts/agent-api.ts';

/** Frames from 0 to the last that is in one of the ranges, and in none of them. */
export function gapsBetween(ranges: readonly FrameRange[]): FrameRange[] {
  const gaps: FrameRange[] = [];
  let next = 0;
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (first > next) gaps.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  return gaps;
}
