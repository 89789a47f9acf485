import { describe, expect, it } from 'vitest';
import {
  type FramesOfDataset,
  finishedState,
  gapsBelow,
  joinRanges,
  rangesWithout,
} from './finished-state.ts';

const frames = (changes: Partial<FramesOfDataset>): FramesOfDataset => ({
  expected: 20,
  received: 20,
  stored: 20,
  lastStored: 19,
  missing: [],
  lost: [],
  absentFiles: [],
  channelGaps: [],
  ...changes,
});

describe('the state of an ended dataset', () => {
  it.each<[string, Partial<FramesOfDataset>, string]>([
    ['every announced frame is stored', {}, 'complete'],
    ['ended early, nothing missing', { received: 15, stored: 15, lastStored: 14 }, 'stopped'],
    ['ended before the first frame', { received: 0, stored: 0, lastStored: null }, 'stopped'],
    ['a gap', { received: 19, stored: 19, lastStored: 19, missing: [[7, 7]] }, 'incomplete'],
    ['the first frames missing', { received: 15, stored: 15, lastStored: 19 }, 'incomplete'],
    [
      'frames lost by the agent',
      { received: 20, stored: 15, lastStored: 14, lost: [[15, 19]] },
      'incomplete',
    ],
    ['a file still to come', { received: 20, stored: 10, lastStored: 9 }, 'incomplete'],
    ['a file of it never came', { absentFiles: ['run_1_data_000002.h5'] }, 'incomplete'],
    [
      'a frame without one of its channels',
      { stored: 19, channelGaps: [{ channel: 'threshold_2', frames: [[19, 19]] }] },
      'incomplete',
    ],
    [
      'the last frame before a stop without one of its channels',
      { received: 14, stored: 14, lastStored: 13, channelGaps: [{ channel: 'a', frames: [[14, 14]] }] },
      'incomplete',
    ],
    ['no number announced', { expected: null }, 'open-ended'],
    [
      'no number announced, a gap',
      { expected: null, stored: 19, received: 19, missing: [[3, 3]] },
      'incomplete',
    ],
    ['more than announced', { received: 21, stored: 21, lastStored: 20 }, 'complete'],
  ])('%s', (_, changes, state) => {
    expect(finishedState(frames(changes))).toBe(state);
  });
});

it('joins ranges', () => {
  expect(
    joinRanges([
      [5, 7],
      [1, 2],
      [3, 3],
      [9, 8],
      [6, 6],
    ]),
  ).toEqual([
    [1, 3],
    [5, 9],
  ]);
  expect(joinRanges([])).toEqual([]);
});

it('takes ranges out of others', () => {
  expect(
    rangesWithout(
      [
        [2, 5],
        [8, 9],
      ],
      [
        [0, 2],
        [4, 4],
        [9, 20],
      ],
    ),
  ).toEqual([
    [3, 3],
    [5, 5],
    [8, 8],
  ]);
  expect(rangesWithout([[0, 3]], [])).toEqual([[0, 3]]);
});

it('finds the gaps between ranges', () => {
  expect(
    gapsBelow(10, [
      [6, 7],
      [2, 3],
      [3, 4],
    ]),
  ).toEqual([
    [0, 1],
    [5, 5],
    [8, 9],
  ]);
  expect(gapsBelow(3, [[0, 8]])).toEqual([]);
  expect(gapsBelow(2, [[5, 8]])).toEqual([[0, 1]]);
  expect(gapsBelow(0, [])).toEqual([]);
});
