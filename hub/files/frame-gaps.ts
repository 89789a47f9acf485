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

/** Single frames as ranges, in order, each once. */
export function rangesOf(frames: readonly number[]): FrameRange[] {
  const ranges: FrameRange[] = [];
  for (const frame of [...frames].sort((a, b) => a - b)) {
    const before = ranges.at(-1);
    if (before && frame <= before[1] + 1) before[1] = frame;
    else ranges.push([frame, frame]);
  }
  return ranges;
}

export const framesOf = ([first, last]: FrameRange): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
