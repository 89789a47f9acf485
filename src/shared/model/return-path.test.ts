import { expect, it } from 'vitest';
import { safeReturnPath } from './return-path.ts';

it.each(['/', '/experiments', '/experiments/DEM26-7K2QF?tab=files&frame=12#top', '/a%20b'])(
  'keeps %j',
  (path) => {
    expect(safeReturnPath(path)).toBe(path);
  },
);

it.each([
  null,
  undefined,
  '',
  'experiments',
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/a/..//evil.example',
  '/..//evil.example',
  'javascript:alert(1)',
  ' /x',
  '/sign-in?to=/sign-in',
  '/set-password?token=x',
  '/api/auth/signout',
  `/${'x'.repeat(3000)}`,
])('answers "/" to %j', (path) => {
  expect(safeReturnPath(path)).toBe('/');
});
