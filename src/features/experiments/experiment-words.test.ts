import { describe, expect, it } from 'vitest';
import { noDatasetsWords, summaryWords } from './experiment-words.ts';

it('says of an experiment without data what is true of it', () => {
  const never = { activeSince: null, startedAt: null, finishedAt: null, instrument: { name: 'MX-1' } };
  const day = new Date('2026-11-19T23:30:00Z');
  const words = (given: Partial<Parameters<typeof noDatasetsWords>[0]>) =>
    noDatasetsWords({ ...never, state: 'preparation', ...given }, 'Europe/Berlin');
  expect(words({ state: 'running', startedAt: day, activeSince: day })).toMatch(/from now on/);
  expect(words({})).toMatch(/once the experiment is active at MX-1/);
  expect(words({ state: 'running', startedAt: day })).toMatch(/not the active one at MX-1/);
  const over = words({ state: 'processing', startedAt: day, finishedAt: day });
  expect(over).toMatch(/finished on 20 Nov 2026 and no data had come\. Only what was measured/);
  expect(words({ state: 'closed', startedAt: day, finishedAt: day })).toBe(over);
  expect(words({ state: 'closed' })).toMatch(/closed before it was active/);
});

describe('a dataset in words', () => {
  it('puts resolution and spots first, in the words of the templates', () => {
    const declared = [
      { name: 'spotsMedian', label: 'Spots per frame', digits: 0 },
      { name: 'resolutionA', label: 'Resolution', unit: 'Å', digits: 2 },
    ];
    const summary = { background: 2.3456, spotsMedian: 246.5, resolutionA: 1.6234, zeta: 1 };
    expect(summaryWords(summary, declared)).toEqual([
      { label: 'resolution', value: '1.62\u00a0Å' },
      { label: 'spots per frame', value: '247' },
      { label: 'background', value: '2.35' },
    ]);
    const merged = { ccHalf: 0.99, completeness: 98, mergedResolutionA: 1.8, resolutionA: 1.6 };
    expect(summaryWords(merged, []).map(({ label }) => label)).toEqual([
      'merged resolution a',
      'completeness',
      'cc half',
    ]);
    expect(summaryWords({ spotsMax: 3 }, [])).toEqual([{ label: 'spots max', value: '3' }]);
    expect(summaryWords({}, declared)).toEqual([]);
  });
});
