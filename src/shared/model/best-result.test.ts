import { describe, expect, it } from 'vitest';
import { type RunOfDataset, resultOfDataset } from './best-result.ts';

const MERGED = ['mergedResolutionA', 'rMerge', 'ccHalf', 'completeness'];
let minute = 0;

/** A run that ended after all before it. */
function run(jobId: string, templateSlug: string, metrics: RunOfDataset['metrics']): RunOfDataset {
  minute++;
  const kept = templateSlug === 'script' ? [] : [...MERGED, 'spotsMedian', 'indexedPercent'];
  return { jobId, templateSlug, finishedAt: new Date(minute * 60_000), metrics, kept };
}
const merged = (
  jobId: string,
  mergedResolutionA: number,
  completeness: number,
  ccHalf: number,
  more: RunOfDataset['metrics'] = {},
  slug = 'dials-full',
) => run(jobId, slug, { mergedResolutionA, completeness, ccHalf, rMerge: 0.1, ...more });

describe('resultOfDataset', () => {
  it('takes nothing of a dataset on which nothing has succeeded', () => {
    expect(resultOfDataset([], null)).toEqual({ jobId: null, numbers: {} });
  });

  it('prefers merged intensities to spots, however new those are', () => {
    const full = merged('full', 1.8, 98, 0.998);
    const spots = run('spots', 'fast-feedback', { spotsMedian: 80 });
    const { jobId, numbers } = resultOfDataset([full, spots], null);
    expect(jobId).toBe('full');
    expect(numbers).toEqual({
      ...{ mergedResolutionA: 1.8, completeness: 98, ccHalf: 0.998, rMerge: 0.1, spotsMedian: 80 },
    });
  });

  it('prefers of two sound ones the one that goes further, also when the other is newer', () => {
    const far = merged('far', 1.6, 95, 0.99);
    const near = merged('near', 2.5, 100, 0.999);
    expect(resultOfDataset([far, near], null).jobId).toBe('far');
  });

  it('is not taken in by a limit that reaches where there is nothing', () => {
    const honest = merged('honest', 1.9, 99, 0.997, { ccHalfOuter: 0.42 });
    const noise = merged('noise', 1.2, 96, 0.95, { ccHalfOuter: 0.04 });
    const torn = merged('torn', 1.4, 61, 0.99);
    expect(resultOfDataset([honest, noise, torn], null).jobId).toBe('honest');
  });

  it('prefers of two that are not sound the one with the better CC½', () => {
    const weak = merged('weak', 1.5, 60, 0.62);
    const better = merged('better', 3, 55, 0.85);
    expect(resultOfDataset([better, weak], null).jobId).toBe('better');
  });

  it('takes the newest of equals, as far as a table shows the numbers', () => {
    const first = merged('first', 1.8, 98.01, 0.998);
    const second = merged('second', 1.8004, 98.04, 0.9982);
    expect(resultOfDataset([second, first], null).jobId).toBe('second');
  });

  it('never mixes the numbers of two mergings', () => {
    const far = merged('far', 1.6, 95, 0.99, { rMerge: null });
    const xds = merged('xds', 1.9, 99, 0.995, { rMerge: 0.05 }, 'xds');
    const { jobId, numbers } = resultOfDataset([far, xds], null);
    expect(jobId).toBe('far');
    expect(numbers).not.toHaveProperty('rMerge');
  });

  it('takes what a person chose, whatever its numbers are', () => {
    const far = merged('far', 1.6, 95, 0.99);
    const near = merged('near', 2.5, 70, 0.8);
    expect(resultOfDataset([far, near], 'near')).toMatchObject({
      ...{ jobId: 'near', numbers: { mergedResolutionA: 2.5 } },
    });
    // One that tells no numbers stands for the dataset all the same; the numbers are those of the next.
    const script = run('script', 'script', { answer: 42 });
    expect(resultOfDataset([far, script], 'script')).toMatchObject({
      ...{ jobId: 'script', numbers: { mergedResolutionA: 1.6 } },
    });
    expect(resultOfDataset([script], null).jobId).toBeNull();
  });

  it('does not depend on the order in which the runs are told', () => {
    // All that three numbers can be: missing, not sound, sound; of two templates, ended at once or one after the other.
    const values = [null, 0.2, 0.95];
    const drawn = values.flatMap((a, i) =>
      values.flatMap((b, j) => values.map((c, k) => ({ a, b, c, n: i + j + k }))),
    );
    const runs = drawn.map(({ a, b, c, n }, index) => ({
      ...{
        jobId: `job ${index}`,
        templateSlug: n % 2 ? 'x' : 'y',
        finishedAt: new Date(n % 3),
        kept: MERGED,
      },
      metrics: { mergedResolutionA: a, completeness: b === null ? null : b * 100, ccHalf: c },
    }));
    for (let from = 0; from < runs.length; from++) {
      for (const count of [2, 3, 5, runs.length]) {
        const some = [...runs.slice(from), ...runs.slice(0, from)].slice(0, count);
        expect(resultOfDataset([...some].reverse(), null)).toEqual(resultOfDataset(some, null));
      }
    }
  });
});
