import { expect, it } from 'vitest';
import { samplesWith } from './sample-words.ts';

it('finds samples by words that stand anywhere in their fields', () => {
  const none = { protein: null, container: null, position: null, barcode: null, parentName: null };
  const samples = [
    { ...none, name: 'lyso_A1', protein: 'HEWL', container: 'puck-1' },
    { ...none, name: 'Белок', parentName: 'batch' },
  ];
  const names = (search: string) => samplesWith(samples, search).map(({ name }) => name);
  expect(names('')).toEqual(['lyso_A1', 'Белок']);
  expect(names('PUCK hewl')).toEqual(['lyso_A1']);
  expect(names('бел')).toEqual(['Белок']);
  expect(names('hewl batch')).toEqual([]);
  const numbered = ['A10', 'A2', 'A1'].map((name) => ({ ...none, name }));
  expect(samplesWith(numbered, 'a').map(({ name }) => name)).toEqual(['A1', 'A2', 'A10']);
});
