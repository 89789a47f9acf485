import { expect, it } from 'vitest';
import { OIDC_REFUSALS } from '#src/shared/model/oidc-refusal.ts';
import { inWords, providerPath, providerRefusalSentence } from './provider-words.ts';

it('has a sentence of its own for every reason, each with what to do', () => {
  const sentences = OIDC_REFUSALS.map((reason) => providerRefusalSentence(reason, 'Facility ID'));
  expect(new Set(sentences).size).toBe(OIDC_REFUSALS.length);
  for (const sentence of sentences) expect(sentence).toMatch(/[Tt]ry again|Begin|again|Tell|Ask|Sign out/);
});

it('keeps the path to come back to whole', () => {
  expect(providerPath('oidc', '/')).toBe('/api/auth/provider/oidc');
  const path = providerPath('oidc2', '/invitation?token=a&b=c');
  expect(new URL(path, 'http://x').searchParams.get('to')).toBe('/invitation?token=a&b=c');
});

it('lists codes as people do', () => {
  expect(inWords([])).toBe('');
  expect(inWords(['A'])).toBe('A');
  expect(inWords(['A', 'B', 'C'])).toBe('A, B and C');
});
