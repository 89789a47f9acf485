import { expect, it } from 'vitest';
import { ruleState, scopeWords } from './sponsorship-words.ts';

it('a rule says what it pays for', () => {
  const all = { instrumentName: null, experimentCode: null, templateSlug: null };
  expect(scopeWords(all)).toBe('everything');
  expect(scopeWords({ ...all, instrumentName: 'MX-1' })).toBe('everything at MX-1');
  expect(
    scopeWords({ instrumentName: 'MX-1', experimentCode: 'DEM26-7K2QF', templateSlug: 'fast-feedback' }),
  ).toBe('fast-feedback of DEM26-7K2QF at MX-1');
});

it('a rule pays until it is ended, over or used up', () => {
  const rule = { endedAt: null, validUntil: null, mostCpuMs: null, usedCpuMs: 7 };
  const words = [
    rule,
    { ...rule, validUntil: new Date(2000) },
    { ...rule, validUntil: new Date(1000) },
    { ...rule, mostCpuMs: 7 },
    { ...rule, mostCpuMs: 8 },
    { ...rule, endedAt: new Date(0) },
  ].map((each) => ruleState(each, 1000).word);
  expect(words).toEqual(['Pays', 'Pays', 'Over', 'Used up', 'Pays', 'Ended']);
});
