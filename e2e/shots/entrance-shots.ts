import type { Shot } from './shot.ts';

/** What is seen by people who are not signed in. */
export const ENTRANCE_SHOTS: readonly Shot[] = [
  { name: 'sign-in', page: '(entrance)/sign-in', who: 'nobody', path: '/sign-in' },
  { name: 'sign-in-ended', page: '(entrance)/sign-in', who: 'nobody', path: '/sign-in?to=/jobs&ended=1' },
  {
    name: 'sign-in-refused',
    page: '(entrance)/sign-in',
    who: 'nobody',
    path: '/sign-in',
    first: async (page) => {
      await page.getByLabel('E-mail').fill('sofia@institute.example');
      await page.getByLabel('Password', { exact: true }).fill('not the password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('alert').first().waitFor();
    },
  },
  {
    name: 'sign-in-session-ended',
    page: '(entrance)/sign-in',
    who: 'member',
    path: '/experiments',
    spoils: 'session',
    first: async (page) => {
      await page.context().clearCookies();
      await page.goto('/account');
    },
  },
  { name: 'forgot-password', page: '(entrance)/forgot-password', who: 'nobody', path: '/forgot-password' },
  {
    name: 'forgot-password-sent',
    page: '(entrance)/forgot-password',
    who: 'nobody',
    path: '/forgot-password',
    first: async (page) => {
      await page.getByLabel('E-mail').fill('nobody@institute.example');
      await page.getByRole('button', { name: 'Send me a link' }).click();
      await page.getByText('If there is an account').waitFor();
    },
  },
  {
    name: 'set-password',
    page: '(entrance)/set-password',
    who: 'nobody',
    path: ({ passwordLink }) => passwordLink,
  },
  {
    name: 'set-password-dead-link',
    page: '(entrance)/set-password',
    who: 'nobody',
    path: '/set-password?token=used-already-long-ago',
  },
  { name: 'invitation', page: '(entrance)/invitation', who: 'nobody', path: ({ invitation }) => invitation },
  {
    name: 'invitation-of-account',
    page: '(entrance)/invitation',
    who: 'nobody',
    path: ({ invitationOfAccount }) => invitationOfAccount,
  },
  {
    name: 'invitation-of-me',
    page: '(entrance)/invitation',
    who: 'viewer',
    path: ({ invitationOfAccount }) => invitationOfAccount,
  },
  {
    name: 'invitation-of-somebody-else',
    page: '(entrance)/invitation',
    who: 'outsider',
    path: ({ invitation }) => invitation,
  },
  {
    name: 'invitation-dead-link',
    page: '(entrance)/invitation',
    who: 'nobody',
    path: '/invitation?token=used-already-long-ago',
  },
  { name: 'link-account-too-late', page: '(entrance)/link-account', who: 'nobody', path: '/link-account' },
];
