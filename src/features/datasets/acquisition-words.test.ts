import { expect, it } from 'vitest';
import { correctionWords, fieldWords, gridWords, positionWords, valueWords } from './acquisition-words.ts';

it('says a value with its unit', () => {
  expect(valueWords({ value: 30, unit: 'deg' })).toBe('30 deg');
  expect(valueWords({ value: 'cryo' })).toBe('cryo');
  expect(valueWords({ value: 0, unit: '' })).toBe('0');
  expect([true, false].map((value) => valueWords({ value }))).toEqual(['yes', 'no']);
});

it('says a lattice, as far as it is known', () => {
  expect(gridWords({ rows: 5, columns: 7, snake: true, stepXUm: 10, stepYUm: 2.5 })).toBe(
    '5 rows × 7 columns, steps 10 × 2.5 µm, snake',
  );
  expect(gridWords({ rows: 1, columns: 1, snake: false })).toBe('1 row × 1 column');
  expect(gridWords({ rows: 2, columns: 3, snake: false, stepYUm: 4 })).toBe(
    '2 rows × 3 columns, steps ? × 4 µm',
  );
});

it('says where a sample stood', () => {
  expect(positionWords('puck-1', '3')).toBe('puck-1 · 3');
  expect(positionWords(null, '')).toBeNull();
});

it('says what was corrected, by whom, and what it was', () => {
  expect(correctionWords({ field: 'kind', said: 'rotation', by: 'Ada' })).toBe(
    'corrected by Ada, was rotation',
  );
  expect(correctionWords({ field: 'sample', said: null, by: null })).toBe('corrected, was no sample');
  expect(correctionWords({ field: 'exposureS', said: null, by: 'Ada' })).toBe('entered by Ada');
  expect(fieldWords('energyEv', 12_400)).toBe('12.400 keV, 0.9999 Å');
  expect(fieldWords('exposureS', 0.01)).toBe('10 ms');
  expect(fieldWords('omegaStartDeg', -90)).toBe('-90°');
});
