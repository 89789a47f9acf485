import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ALL_CASES } from '../all-cases.ts';
import { MISTAKES } from './mistakes.ts';

it.each(MISTAKES.map((mistake) => [mistake.name, mistake] as const))(
  'the place of %s stands in the sources once, and its cases exist',
  (_, { file, find, metBy }) => {
    const source = readFileSync(path.join(import.meta.dirname, '../..', file), 'utf8');
    expect(source.split(find)).toHaveLength(2);
    const names = ALL_CASES.map(({ name }) => name);
    expect(metBy.filter((name) => !names.includes(name))).toEqual([]);
  },
);
