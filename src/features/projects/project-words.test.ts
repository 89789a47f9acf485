import { expect, it } from 'vitest';
import { countsWords, datasetsWords, projectFaultsOf, projectFieldsOf } from './project-words.ts';

it('counts experiments and people', () => {
  expect(countsWords({ experiments: 0, people: 1 })).toBe('no experiments · 1 person');
  expect(countsWords({ experiments: 1, people: 12 })).toBe('1 experiment · 12 people');
  expect([0, 1, 2].map(datasetsWords)).toEqual(['no data', '1 dataset', '2 datasets']);
});

it('reads a form by the rules of the server', () => {
  expect(projectFieldsOf({ title: '  Lysozyme,  all visits ', keywords: 'SAD; test, SAD' })).toEqual({
    title: 'Lysozyme, all visits',
    keywords: ['SAD', 'test'],
  });
  expect(projectFaultsOf({ title: 'Lysozyme', keywords: '' })).toEqual({});
  expect(projectFaultsOf({ title: ' ', keywords: 'x'.repeat(61) })).toEqual({
    title: expect.any(String),
    keywords: expect.any(String),
  });
});
