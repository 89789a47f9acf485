import { expect, it } from 'vitest';
import { givable, letInBy, mayChangeRole, peopleShown } from './people-words.ts';

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

it('says who let somebody in: a person, the user office with its visit, or that nobody is on record', () => {
  expect(letInBy({ origin: 'person', addedBy: 'Ada' })).toBe('Ada');
  expect(letInBy({ origin: 'user-office', addedBy: null })).toBe('the user office');
  expect(letInBy({ origin: 'user-office', addedBy: 'Staff who wrote the visit' })).toBe('the user office');
  expect(letInBy({ origin: 'person', addedBy: null })).toBe('not recorded');
});

it('says how many people are shown, of those that match and of all', () => {
  expect(peopleShown({ shown: 0, found: 0, total: 30 })).toBe('Nobody matches.');
  expect(peopleShown({ shown: 30, found: 30, total: 30 })).toBe('30 people');
  expect(peopleShown({ shown: 1, found: 1, total: 30 })).toBe('1 of 30 people');
  expect(peopleShown({ shown: 100, found: 10_001, total: 10_001 })).toBe('100 of 10001 people');
  expect(peopleShown({ shown: 100, found: 120, total: 10_001 })).toBe('100 of 120 that match');
});
