import { expect, it } from 'vitest';
import { capsOf } from './kbd.tsx';

it('shows the caps to press, and Shift where it makes the letter', () => {
  expect(capsOf('c')).toEqual(['C']);
  expect(capsOf('C')).toEqual(['Shift', 'C']);
  expect(capsOf('Mod+k')).toEqual(['Ctrl', 'K']);
  expect(capsOf('Mod+Shift+k')).toEqual(['Ctrl', 'Shift', 'K']);
  expect(capsOf('Shift+ArrowRight')).toEqual(['Shift', '→']);
  expect(capsOf('?')).toEqual(['?']);
  expect(capsOf('+')).toEqual(['+']);
  expect(capsOf('1')).toEqual(['1']);
  expect(capsOf(' ')).toEqual(['Space']);
  expect(capsOf('PageDown')).toEqual(['Page down']);
});
