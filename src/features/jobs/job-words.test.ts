import { describe, expect, it } from 'vitest';
import { jobName, jobSentence, resourceWords, rowMetrics, shownMetrics, tookWords } from './job-words.ts';

const metric = (name: string, digits: number, inRow = true, unit: string | null = null) => ({
  name,
  label: name.toUpperCase(),
  digits,
  inRow,
  unit,
  ofDataset: false,
});

describe('words for jobs', () => {
  it('name a job by its template and dataset', () => {
    expect(jobName({ templateName: 'Fast feedback', base: 'raw/lyso/run1' })).toBe('Fast feedback lyso/run1');
    expect(jobName({ templateName: 'Fast feedback', base: null })).toBe('Fast feedback');
  });

  it('put units behind values only, and keep what the template did not declare', () => {
    const job = {
      declaredMetrics: [metric('res', 2, true, 'Å'), metric('none', 1, true, 'Å'), metric('big', 0, false)],
      metrics: { res: 1.6, none: null, big: 3, extra: 'yes' },
    };
    expect(shownMetrics(job).map(({ text }) => text)).toEqual(['1.60\u00a0Å', '—', '3', 'yes']);
    expect(rowMetrics(job).map(({ name }) => name)).toEqual(['res']);
  });

  it('say what a job waits for or why it failed', () => {
    const job = { state: 'queued' as const, queuedBefore: 0, progressText: '', failure: null, progress: 0 };
    expect(jobSentence(job)).toBe('next in line');
    expect(jobSentence({ ...job, queuedBefore: 1 })).toBe('behind 1 other');
    expect(jobSentence({ ...job, queuedBefore: 3 })).toBe('behind 3 others');
    const failure = { code: 'exit-code', message: 'The program ended with exit code 7.', tail: '' };
    expect(jobSentence({ ...job, state: 'failed', failure })).toBe(failure.message);
    expect(jobSentence({ ...job, state: 'succeeded' })).toBeNull();
  });

  it('tell how long it took, or takes', () => {
    const startedAt = new Date('2026-05-01T10:00:00Z');
    const now = startedAt.getTime() + 4200;
    expect(tookWords({ startedAt, finishedAt: null }, now)).toBe('4.2\u00a0s');
    expect(tookWords({ startedAt, finishedAt: new Date(startedAt.getTime() + 380) }, now)).toBe('0.4\u00a0s');
    expect(tookWords({ startedAt: null, finishedAt: null }, now)).toBeNull();
  });

  it('tell what a run has used, as far as the machine tells', () => {
    const used = { state: 'succeeded' as const, usedCpuMs: 12_400, peakMemoryBytes: 1_200_000_000 };
    expect(resourceWords(used)).toBe('12.4\u00a0s of CPU time, 1.2\u00a0GB of memory at most');
    expect(resourceWords({ ...used, peakMemoryBytes: null })).toBe('12.4\u00a0s of CPU time');
    expect(resourceWords({ ...used, usedCpuMs: null, peakMemoryBytes: null })).toBe('not measured');
    const running = { state: 'running' as const, usedCpuMs: null, peakMemoryBytes: null };
    expect(resourceWords(running)).toBe('told when it is over');
  });
});
