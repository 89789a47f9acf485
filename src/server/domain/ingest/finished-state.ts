import type { FrameRange } from '../../../shared/contracts/agent-api.ts';
import type { ChannelGap } from '../../../shared/contracts/frame-index.ts';
import type { DatasetState } from '../../../shared/model/states.ts';

export interface FramesOfDataset {
  /** As announced by the source; null when it announced none. */
  expected: number | null;
  /** As counted by the agent at the end. */
  received: number;
  /** In the store with checked bytes of every channel, each id counted once. */
  stored: number;
  /** Highest stored 0-based id; null when none is. */
  lastStored: number | null;
  /** Never reached the agent, between the first and the last that did. */
  missing: readonly FrameRange[];
  /** Reached the agent and were lost there. */
  lost: readonly FrameRange[];
  /** Files that its master names and that never came. */
  absentFiles: readonly string[];
  /** Frames that lack one of their channels. */
  channelGaps: readonly ChannelGap[];
}

/**
 * The state of a dataset whose source has ended. Complete: every announced frame is stored. Stopped: ended early, and from the
 * first frame to the last nothing is missing. Open-ended: the same where no number was announced. Incomplete: anything else, also
 * while files are still to come, when files that belong to it never came, and when frames lack one of several channels.
 */
export function finishedState(frames: FramesOfDataset): Exclude<DatasetState, 'receiving'> {
  if (frames.absentFiles.length > 0 || frames.channelGaps.length > 0) return 'incomplete';
  const fromFirstToLast = frames.stored === (frames.lastStored === null ? 0 : frames.lastStored + 1);
  const nothingAwaited = frames.stored >= frames.received;
  const gapless =
    fromFirstToLast && nothingAwaited && frames.missing.length === 0 && frames.lost.length === 0;
  if (frames.expected !== null && frames.stored >= frames.expected && fromFirstToLast) return 'complete';
  if (!gapless) return 'incomplete';
  return frames.expected === null ? 'open-ended' : 'stopped';
}

/** Sorted, overlapping and neighbouring ranges joined; ranges written backwards are turned. */
export function joinRanges(ranges: readonly FrameRange[]): FrameRange[] {
  const sorted = ranges.map(([a, b]): FrameRange => (a <= b ? [a, b] : [b, a])).sort((a, b) => a[0] - b[0]);
  const joined: FrameRange[] = [];
  for (const [first, last] of sorted) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** The 0-based frames below `end` that lie in none of the ranges. */
export function gapsBelow(end: number, ranges: readonly FrameRange[]): FrameRange[] {
  const gaps: FrameRange[] = [];
  let next = 0;
  for (const [first, last] of joinRanges(ranges)) {
    if (first >= end) break;
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next < end) gaps.push([next, end - 1]);
  return gaps;
}

/** What of the first ranges lies in none of the second. */
export function rangesWithout(ranges: readonly FrameRange[], gone: readonly FrameRange[]): FrameRange[] {
  return ranges.flatMap(([first, last]) => {
    const before: FrameRange[] = first > 0 ? [[0, first - 1]] : [];
    return gapsBelow(last + 1, [...before, ...gone]);
  });
}
