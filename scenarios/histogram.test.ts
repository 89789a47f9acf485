import { expect, it } from 'vitest';
import { histogram, percentile } from './histogram.ts';

it('counts latencies in bins that double, without the empty ones outside', () => {
  const lines = histogram([150, 160, 900, 30_000]);
  expect(lines.map((line) => line.trim().split(/\s{2,}/)[0])).toEqual([
    'to 0.2 s',
    'to 0.4 s',
    'to 0.8 s',
    'to 1.6 s',
    'to 3.2 s',
    'to 6.4 s',
    'to 12.8 s',
    'to 25.6 s',
    'above 25.6 s',
  ]);
  expect(lines.map((line) => Number(/ (\d+) /.exec(line.slice(15))?.[1]))).toEqual([
    2, 0, 0, 1, 0, 0, 0, 0, 1,
  ]);
  expect(histogram([])).toEqual([]);
});

it('takes percentiles by the nearest rank', () => {
  expect([0.5, 0.95, 1].map((share) => percentile([1, 2, 3, 4], share))).toEqual([2, 4, 4]);
});
