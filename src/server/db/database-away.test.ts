import { expect, it } from 'vitest';
import { isDatabaseAway } from './database-away.ts';

const errorWith = (fields: object, message = 'x') => Object.assign(new Error(message), fields);

it.each(['08006', '57P01', '57P02', '57P03', '53300', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'])(
  'the code %s says so, also as a cause',
  (code) => {
    expect(isDatabaseAway(errorWith({ code }))).toBe(true);
    expect(isDatabaseAway(new Error('query failed', { cause: errorWith({ code }) }))).toBe(true);
  },
);

it.each(['23505', '42P01', '57014', '28P01', '55000'])('the code %s is no outage', (code) => {
  expect(isDatabaseAway(errorWith({ code }))).toBe(false);
});

it('a missing socket is an outage, another missing file is none', () => {
  expect(isDatabaseAway(errorWith({ code: 'ENOENT', syscall: 'connect' }))).toBe(true);
  expect(isDatabaseAway(errorWith({ code: 'ENOENT', syscall: 'open' }))).toBe(false);
});

it('judges nothing but errors', () => {
  for (const thrown of [null, undefined, 'ECONNREFUSED', { code: 'ECONNREFUSED' }])
    expect(isDatabaseAway(thrown)).toBe(false);
});
