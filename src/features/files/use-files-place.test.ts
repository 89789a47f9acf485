import { expect, it } from 'vitest';
import { nextSort } from './use-files-place.ts';

it('turns the order round on the second press', () => {
  expect(nextSort('size', { order: 'name', falls: false })).toBe('-size');
  expect(nextSort('size', { order: 'size', falls: true })).toBe('size');
  expect(nextSort('name', { order: 'size', falls: true })).toBe('name');
  expect(nextSort('name', { order: 'name', falls: false })).toBe('-name');
});
