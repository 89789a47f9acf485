import { expect, it } from 'vitest';
import { givable, letInBy, MOST_SHOWN, mayChangeRole, membersFound } from './people-words.ts';

it('offers the roles that the server lets one give, and no others', () => {
  expect(givable(['viewer'])).toEqual([]);
  expect(givable(['member'])).toEqual(['viewer']);
  expect(givable(['manager'])).toEqual(['viewer', 'member']);
  expect(givable(['staff'])).toEqual(['viewer', 'member']);
  expect(givable(['owner'])).toEqual(['viewer', 'member', 'manager']);
  expect(givable(['admin'])).toEqual([]);
});

it('lets nobody change the owner, and only the owner change managers', () => {
  expect(mayChangeRole('owner', ['owner'])).toBe(false);
  expect(mayChangeRole('manager', ['manager'])).toBe(false);
  expect(mayChangeRole('manager', ['owner'])).toBe(true);
  expect(mayChangeRole('viewer', ['member'])).toBe(false);
});

it('says who let somebody in: a person, the user office with its visit, or nobody', () => {
  expect(letInBy({ origin: 'person', addedBy: 'Ada' })).toBe('Ada');
  expect(letInBy({ origin: 'user-office', addedBy: null })).toBe('the user office');
  expect(letInBy({ origin: 'user-office', addedBy: 'Staff who wrote the visit' })).toBe('the user office');
  expect(letInBy({ origin: 'person', addedBy: null })).toBe('–');
});

it('finds people by name, address and role, and shows so many of them as fit on a page', () => {
  const crowd = Array.from({ length: 10_000 }, (_, n) => ({
    ...{ name: n === 7 ? '李 Ōe' : `Person ${n}`, email: `p${n}@example.org` },
    role: n === 0 ? ('owner' as const) : ('viewer' as const),
  }));
  expect(membersFound(crowd, '')).toMatchObject({ total: 10_000 });
  expect(membersFound(crowd, '').shown).toHaveLength(MOST_SHOWN);
  expect(membersFound(crowd, ' ōE')).toEqual({ shown: [crowd[7]], total: 1 });
  expect(membersFound(crowd, 'P9999@').shown).toEqual([crowd[9999]]);
  expect(membersFound(crowd, 'owner').shown).toEqual([crowd[0]]);
});
