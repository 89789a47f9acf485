import { describe, expect, it } from 'vitest';
import { curvePieces, HISTORY_MS, niceCeiling, type RateSample, withSample } from './rate-history.ts';

const sample = (at: number, received = 0): RateSample => ({
  at,
  receivedBytesPerS: received,
  uploadedBytesPerS: 0,
});

describe('the history of rates', () => {
  it('counts a heartbeat seen twice once, and forgets after five minutes', () => {
    const two = withSample(withSample([], sample(1000)), sample(3000));
    expect(withSample(two, sample(3000))).toBe(two);
    expect(withSample(two, sample(2000))).toBe(two);
    expect(withSample(two, sample(1000 + HISTORY_MS)).map(({ at }) => at)).toEqual([3000, 1000 + HISTORY_MS]);
  });

  it('has a gap where nothing was heard, instead of a straight line', () => {
    const history = [0, 2000, 4000, 60_000, 62_000].map((at) => sample(at, 50));
    const pieces = curvePieces(history, (s) => s.receivedBytesPerS, HISTORY_MS, 100);
    expect(pieces.map((piece) => piece.length)).toEqual([3, 2]);
    expect(pieces[0]![0]).toEqual({ x: 0, y: 50 });
  });

  it('leaves out what moved out of the drawing', () => {
    const pieces = curvePieces([sample(0), sample(2000)], () => 1, HISTORY_MS + 1000, 1);
    expect(pieces).toHaveLength(1);
    expect(pieces[0]).toHaveLength(1);
  });

  it.each([
    [0, 1],
    [1, 1],
    [1.1, 2],
    [2_100_000, 5_000_000],
    [5_000_000, 5_000_000],
    [7e8, 1e9],
  ])('an axis for %d goes to %d', (most, top) => {
    expect(niceCeiling(most)).toBe(top);
  });
});
