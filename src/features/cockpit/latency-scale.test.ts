import { describe, expect, it } from 'vitest';
import { summariseLatency } from '#src/shared/model/latency.ts';
import { countTicks, latencyBins, latencyX } from './latency-scale.ts';

const EDGES = [10, 100, 1000, 10_000];

describe('the axis of latencies', () => {
  it('gives every factor of ten the same room', () => {
    expect([10, 100, 1000, 10_000].map((ms) => Math.round(latencyX(ms, EDGES)))).toEqual([0, 33, 67, 100]);
  });

  it('puts what lies beyond its ends at them', () => {
    expect([0, 3, 1e6].map((ms) => latencyX(ms, EDGES))).toEqual([0, 0, 100]);
  });
});

describe('the axis of counts', () => {
  it.each([
    [[0, 0], [1]],
    [[1, 0], [1]],
    [
      [3, 1],
      [1, 2, 3],
    ],
    [[5], [2, 4, 6]],
    [[17], [5, 10, 15, 20]],
    [[100], [50, 100]],
    [[1999], [500, 1000, 1500, 2000]],
  ])('of %j has the marks %j', (counts, ticks) => {
    expect(countTicks(counts)).toEqual(ticks);
  });
});

describe('the bins', () => {
  const { histogram } = summariseLatency([5, 200, 200, 250, 2900, 4000]);
  const bins = latencyBins(histogram, 3000);

  it('stand side by side over the whole width', () => {
    for (const [i, bin] of bins.entries()) {
      const next = bins[i + 1]?.x ?? 100;
      expect(bin.x + bin.width).toBeCloseTo(next, 9);
    }
    expect(bins[0]!.x).toBe(0);
  });

  it('are as high as their share of the highest mark', () => {
    const filled = bins.filter(({ files }) => files > 0).map(({ files, height }) => [files, height]);
    expect(filled).toEqual([
      [1, 100 / 3],
      [3, 100],
      [1, 100 / 3],
      [1, 100 / 3],
    ]);
  });

  it('count as kept when they end at or before the promise', () => {
    expect(bins.filter(({ kept }) => !kept).map(({ fromMs }) => Math.round(fromMs))).toEqual([
      1778, 3162, 5623, 10_000, 17_783, 31_623, 56_234,
    ]);
    // 1778.279 ms, as an edge is written in a setting.
    expect(latencyBins(histogram, 1778).find(({ fromMs }) => fromMs === 1000)?.kept).toBe(true);
  });
});
