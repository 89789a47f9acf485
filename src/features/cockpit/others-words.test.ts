import { expect, it } from 'vitest';
import { computeWords, othersDataWords, othersJobsWords } from './others-words.ts';

const compute = (running: number, cpus: number, waiting: number) => ({ running, cpus, waiting });
const others = (receiving: number, ...jobs: Parameters<typeof compute>) => ({
  ...{ isActive: true, receiving, files: 0, compute: compute(...jobs) },
});

it('says what runs, on how many CPUs, and what waits', () => {
  expect(computeWords(compute(2, 6, 1))).toBe('2 running on 6 CPUs, 1 waiting');
  expect(computeWords(compute(1, 1, 0))).toBe('1 running on 1 CPU');
  expect(computeWords(compute(0, 0, 3))).toBe('3 waiting');
  expect(computeWords(compute(0, 0, 0))).toBe('none under way');
});

it('tells members how much there is of other groups, and nothing of nothing', () => {
  expect(othersDataWords(others(0, 0, 0, 0))).toBeNull();
  expect(othersDataWords(others(1, 0, 0, 0))).toBe('1 other dataset is arriving.');
  expect(othersDataWords(others(2, 0, 0, 0))).toBe('2 other datasets are arriving.');
  expect(othersDataWords({ ...others(0, 0, 0, 0), files: 1 })).toBe('1 other file came in the last minute.');
  expect(othersDataWords({ ...others(1, 0, 0, 0), files: 12 })).toBe(
    '1 other dataset is arriving. 12 other files came in the last minute.',
  );
  expect(othersJobsWords(others(1, 0, 0, 0))).toBeNull();
  expect(othersJobsWords(others(0, 1, 4, 2))).toBe('Of other groups: 1 running on 4 CPUs, 2 waiting.');
});
