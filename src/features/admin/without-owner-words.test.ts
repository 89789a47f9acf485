import { expect, it } from 'vitest';
import { heirsInWords, ownedInWords } from './without-owner-words.ts';

it('counts one, some, and more than are shown', () => {
  expect(ownedInWords(1)).toMatch(/^An experiment or project is /);
  expect(ownedInWords(7)).toMatch(/^7 experiments and projects are /);
  expect(ownedInWords(100)).toMatch(/^100 or more /);
});

it('says why nobody of another role may be chosen', () => {
  const of = (role: string) => heirsInWords([{ role }]);
  expect(new Set(['manager', 'member', 'viewer'].map(of)).size).toBe(3);
});
