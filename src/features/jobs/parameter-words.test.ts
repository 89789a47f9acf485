import { expect, it } from 'vitest';
import { parameterHint, parameterText } from './parameter-words.ts';

const ID = '0199c2f0-0000-7000-8000-000000000001';

it('values read as people say them: with units, yes or no, datasets by their names', () => {
  expect(parameterText({ type: 'number', unit: 'Å' }, 1.5)).toBe('1.5\u00a0Å');
  expect(parameterText({ type: 'boolean' }, false)).toBe('no');
  expect(parameterText({ type: 'file' }, null)).toBe('—');
  expect(parameterText({ type: 'dataset' }, ID, { [ID]: 'raw/lyso/run_1' })).toBe('lyso/run_1');
  expect(parameterText({ type: 'datasets' }, [ID], {})).toBe('a dataset that is gone');
});

it('a hint says range and default, and that a field may stay empty', () => {
  const number = { name: 'p', label: 'P', type: 'number', description: 'Cut here.' } as const;
  expect(parameterHint({ ...number, min: 1, max: 20, unit: 'Å', default: 2 })).toBe(
    'Cut here. 1 to 20\u00a0Å. Empty: 2.',
  );
  expect(parameterHint({ ...number, description: '', min: 1 })).toBe('At least 1.');
  expect(parameterHint({ ...number, optional: true })).toBe('Cut here. May stay empty.');
  expect(parameterHint({ ...number, optional: true, description: 'Empty: it is found.' })).toBe(
    'Empty: it is found.',
  );
  expect(parameterHint({ ...number, description: '' })).toBeUndefined();
});
