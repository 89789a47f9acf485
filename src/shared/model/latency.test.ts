import { describe, expect, it } from 'vitest';
import { latencyEdges, percentile, summariseLatency } from './latency.ts';

describe('latency', () => {
  it('takes percentiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(percentile(hundred, 50)).toBe(50);
    expect(percentile(hundred, 95)).toBe(95);
    expect(percentile([7], 95)).toBe(7);
    expect(percentile([], 50)).toBeNull();
    expect(percentile([1, 2], 0)).toBe(1);
  });

  it('puts every value into exactly one bin, the extremes included', () => {
    const edges = latencyEdges();
    expect(edges[0]).toBe(10);
    expect(edges.at(-1)).toBeCloseTo(100_000);
    const summary = summariseLatency([-5, 0, 10, 99, 101, 3000, 5_000_000]);
    expect(summary.count).toBe(7);
    expect(summary.histogram.counts.reduce((a, b) => a + b)).toBe(7);
    expect(summary.histogram.counts[0]).toBe(3);
    expect(summary.histogram.counts.at(-1)).toBe(1);
    expect(summary.maxMs).toBe(5_000_000);
    const at = (ms: number) => {
      const counts = summariseLatency([ms]).histogram.counts;
      return counts.indexOf(1);
    };
    expect(edges[at(3000)]!).toBeLessThanOrEqual(3000);
    expect(edges[at(3000) + 1]!).toBeGreaterThan(3000);
  });
});
