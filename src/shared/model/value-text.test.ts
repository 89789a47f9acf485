import { expect, it } from 'vitest';
import { textOfValue, valueOfText, valuesOfText } from './value-text.ts';

it.each([
  ['30 deg', { value: 30, unit: 'deg' }],
  ['-0.0015', { value: -1.5e-3 }],
  ['5 mm / s', { value: 5, unit: 'mm / s' }],
  ['yes', { value: true }],
  ['cryo stream', { value: 'cryo stream' }],
  ['"30 deg"', { value: '30 deg' }],
  ['"no"', { value: 'no' }],
  ['1,5', { value: '1,5' }],
])('%s is read, written and read again', (text, value) => {
  expect(valueOfText(text)).toEqual(value);
  expect(textOfValue(value)).toBe(text);
});

it('values stand behind each other, each once', () => {
  expect(valuesOfText(' kappa = 30 deg ; robot=yes;; note = a = b', ';')).toEqual({
    values: { kappa: { value: 30, unit: 'deg' }, robot: { value: true }, note: { value: 'a = b' } },
    fault: null,
  });
  expect(valuesOfText('a = 1\nb = 2', '\n').values).toEqual({ a: { value: 1 }, b: { value: 2 } });
  expect(valuesOfText('a = 1; b', ';').fault).toBe('“b” is no parameter: write name = value unit.');
  expect(valuesOfText('a = 1; a = 2', ';').fault).toBe('“a” stands there twice.');
});
