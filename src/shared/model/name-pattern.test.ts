import { expect, it } from 'vitest';
import { namePattern } from './name-pattern.ts';

it.each([
  ['lyso', { like: '%lyso%', ofPath: false }],
  ['*.mtz', { like: '%.mtz', ofPath: false }],
  ['run_?', { like: 'run\\__', ofPath: false }],
  ['100%', { like: '%100\\%%', ofPath: false }],
  ['a\\b', { like: '%a\\\\b%', ofPath: false }],
  ['processed/*/log', { like: 'processed/%/log', ofPath: true }],
  ['raw/ly', { like: '%raw/ly%', ofPath: true }],
  ['  ', null],
])('takes %j as typed', (typed, pattern) => {
  expect(namePattern(typed)).toEqual(pattern);
});
