import { describe, expect, it } from 'vitest';
import { summaryWords } from './experiment-words.ts';

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
    expect(summaryWords({ spotsMax: 3 }, [])).toEqual([{ label: 'spots max', value: '3' }]);
    expect(summaryWords({}, declared)).toEqual([]);
  });
});
