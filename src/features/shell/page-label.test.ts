import { expect, it } from 'vitest';
import { withLastLabel } from './page-label.ts';

it('calls the last step of the way as the page calls itself', () => {
  const way = [
    { href: '/jobs', label: 'Jobs' },
    { href: '/jobs/1', label: 'deadbeef' },
  ];
  expect(withLastLabel(way, null)).toEqual(way);
  expect(withLastLabel(way, 'Fast feedback lyso')).toEqual([
    { href: '/jobs', label: 'Jobs' },
    { href: '/jobs/1', label: 'Fast feedback lyso' },
  ]);
});
