import { press, type Shot } from './shot.ts';

/** What belongs to a person rather than to an experiment, and what lies over every page. */
export const OWN_SHOTS: readonly Shot[] = [
  { name: 'account', page: '(app)/account', who: 'scientist', path: '/account' },
  { name: 'account-empty', page: '(app)/account', who: 'outsider', path: '/account' },
  {
    name: 'account-new-token',
    page: '(app)/account',
    who: 'scientist',
    path: '/account',
    first: press('button', 'New token'),
  },
  { name: 'mails', page: '(app)/mails', who: 'scientist', path: '/mails' },
  {
    name: 'prove-address',
    page: '(app)/prove-address',
    who: 'viewer',
    path: ({ addressLink }) => addressLink,
  },
  {
    name: 'prove-address-dead-link',
    page: '(app)/prove-address',
    who: 'viewer',
    path: '/prove-address?token=used-already-long-ago',
  },
  { name: 'not-found', page: '(app)/[...unknown]', who: 'member', path: '/no-such-page' },
  {
    name: 'overlay-palette',
    page: '(app)/account',
    who: 'staff',
    path: '/account',
    first: async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('lys');
    },
  },
  {
    name: 'overlay-keys',
    page: '(app)/account',
    who: 'staff',
    path: '/experiments',
    first: (page) => page.keyboard.press('?'),
  },
  {
    name: 'overlay-notifications',
    page: '(app)/account',
    who: 'staff',
    path: '/account',
    first: press('button', /^Notifications/),
  },
  {
    name: 'overlay-notifications-empty',
    page: '(app)/account',
    who: 'newcomer',
    path: '/account',
    first: press('button', /^Notifications/),
  },
  {
    name: 'overlay-palette-no-match',
    page: '(app)/account',
    who: 'outsider',
    path: '/account',
    first: async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('zzz');
    },
  },
  {
    name: 'overlay-profile',
    page: '(app)/account',
    who: 'staff',
    path: '/account',
    first: press('button', /account and appearance/),
  },
];
