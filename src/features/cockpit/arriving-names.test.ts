import { expect, it } from 'vitest';
import { shortNames } from './arriving-names.ts';

it('rows have the last segment of their path, and more of it where that would make two look alike', () => {
  const names = shortNames([
    'raw/lyso_A1/lyso_A1_run1',
    'raw/visit1/lyso',
    'raw/late/lyso',
    'raw/late/lyso',
    'raw/thau',
  ]);
  expect([...names]).toEqual([
    ['raw/lyso_A1/lyso_A1_run1', 'lyso_A1_run1'],
    ['raw/visit1/lyso', 'visit1/lyso'],
    ['raw/late/lyso', 'late/lyso'],
    ['raw/thau', 'thau'],
  ]);
});
