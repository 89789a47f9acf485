import { expect, it } from 'vitest';
import { plannedWords } from './planned-words.ts';

it('says what was said of an acquisition', () => {
  const nothing = { kind: 'other' as const, sampleName: null, energyEv: null, exposureS: null, comment: '' };
  expect(plannedWords(nothing)).toBe('nothing else was said');
  expect(
    plannedWords({
      kind: 'grid',
      sampleName: 'lyso-1',
      energyEv: 12_400,
      exposureS: 0.01,
      comment: 'loop 2',
    }),
  ).toBe('grid · lyso-1 · 12.400 keV, 0.9999 Å · 10 ms · loop 2');
});
