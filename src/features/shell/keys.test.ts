import { expect, it } from 'vitest';
import { strokeOf } from './keys.tsx';

const press = (
  key: string,
  held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {},
) => strokeOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

it('writes strokes as bindings do, on every keyboard', () => {
  expect(press('j')).toBe('j');
  expect(press('?', { shiftKey: true })).toBe('?');
  expect(press('J', { shiftKey: true })).toBe('J');
  expect(press('k', { ctrlKey: true })).toBe('Mod+k');
  expect(press('K', { metaKey: true, shiftKey: true })).toBe('Mod+Shift+k');
  expect(press('ArrowRight', { shiftKey: true })).toBe('Shift+ArrowRight');
  expect(press(' ')).toBe(' ');
});
