import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LONG_FILES } from './long-first.ts';

it('names files that are there', () => {
  expect(LONG_FILES.filter((file) => !existsSync(join(import.meta.dirname, '..', '..', file)))).toEqual([]);
});
