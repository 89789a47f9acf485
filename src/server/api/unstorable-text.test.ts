import { expect, test } from 'vitest';
import { unstorableText } from './unstorable-text.ts';

test('texts in every script can be kept', () => {
  const input = { name: '李 😀 é', list: ['\u202e', { deep: ['\t\n'] }], at: new Date(), none: null, n: 1 };
  expect(unstorableText(input)).toBeNull();
  for (const plain of [undefined, null, 1, '', [], {}]) expect(unstorableText(plain)).toBeNull();
});

test.each<[unknown, string]>([
  ['a\0b', '(input)'],
  [{ name: '\ud800' }, 'name'],
  [{ samples: [{ name: 'a' }, { name: 'b\udc00' }] }, 'samples.1.name'],
  [{ parameters: { 'a\0': 1 } }, 'parameters'],
])('what the database cannot keep is found where it stands: %j', (input, place) => {
  expect(unstorableText(input)).toBe(place);
});

test('nesting without end is no harm', () => {
  let deep: unknown = '\0';
  for (let level = 0; level < 20_000; level++) deep = [deep];
  expect(unstorableText(deep)).toMatch(/^0(\.0)+$/);
});
