import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ALL_CASES } from '../all-cases.ts';
import { AGENT_MISTAKES, SERVER_MISTAKES } from './mistakes.ts';

it.each(AGENT_MISTAKES.map((mistake) => [mistake.name, mistake] as const))(
  'the place of %s stands in the sources once',
  (_, { file, find }) => {
    const source = readFileSync(path.join(import.meta.dirname, '../..', file), 'utf8');
    expect(source.split(find)).toHaveLength(2);
  },
);

it('the cases that should meet mistakes exist', () => {
  const names = ALL_CASES.map(({ name }) => name);
  const meant = [...AGENT_MISTAKES, ...SERVER_MISTAKES].flatMap(({ metBy }) => metBy);
  expect(meant.filter((name) => !names.includes(name))).toEqual([]);
});
