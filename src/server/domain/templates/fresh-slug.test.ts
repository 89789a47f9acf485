import { expect, it } from 'vitest';
import { freshSlug } from './fresh-slug.ts';

it.each([
  ['DIALS (quick)', 'dials-quick-0123'],
  ['Größe', 'gro-e-0123'],
  ['2nd try', 'nd-try-0123'],
  ['日本', 'template-0123'],
  ['x'.repeat(80), `${'x'.repeat(30)}-0123`],
])('%s becomes %s', (name, slug) => {
  const made = freshSlug(name, Uint8Array.from([0, 1, 2, 35]));
  expect(made).toBe(slug);
  expect(made).toMatch(/^[a-z][a-z0-9-]{1,39}$/);
});
