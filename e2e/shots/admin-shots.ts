import { press, type Shot } from './shot.ts';

/** The pages of admins. */
export const ADMIN_SHOTS: readonly Shot[] = [
  { name: 'admin', page: '(app)/admin', who: 'admin', path: '/admin' },
  { name: 'admin-for-others', page: '(app)/admin', who: 'member', path: '/admin/people' },
  { name: 'admin-people', page: '(app)/admin/people', who: 'admin', path: '/admin/people' },
  ...['instruments', 'agents', 'licences', 'profiles', 'policies', 'people', 'audit'].map((list) => ({
    ...{ name: `admin-${list}-empty`, page: `(app)/admin/${list}` },
    ...{ who: 'newcomer' as const, path: `/admin/${list}` },
  })),
  {
    name: 'admin-people-no-match',
    page: '(app)/admin/people',
    who: 'admin',
    path: '/admin/people?q=neither+here+nor+there',
  },
  { name: 'admin-instruments', page: '(app)/admin/instruments', who: 'admin', path: '/admin/instruments' },
  {
    name: 'admin-instruments-new',
    page: '(app)/admin/instruments',
    who: 'admin',
    path: '/admin/instruments',
    first: press('button', /^New instrument/),
  },
  {
    name: 'admin-instruments-fields',
    page: '(app)/admin/instruments',
    who: 'admin',
    path: '/admin/instruments',
    first: async (page) => {
      await press('button', /^Change the fields/)(page);
      await press('button', 'Add a name')(page);
    },
  },
  { name: 'admin-agents', page: '(app)/admin/agents', who: 'admin', path: '/admin/agents' },
  {
    name: 'admin-agents-revoke',
    page: '(app)/admin/agents',
    who: 'admin',
    path: '/admin/agents',
    first: press('button', 'Revoke'),
  },
  { name: 'admin-licences', page: '(app)/admin/licences', who: 'admin', path: '/admin/licences' },
  {
    name: 'admin-licences-new',
    page: '(app)/admin/licences',
    who: 'admin',
    path: '/admin/licences',
    first: press('button', /^New licence/),
  },
  {
    name: 'admin-licence',
    page: '(app)/admin/licences/[licenceId]',
    who: 'admin',
    path: ({ licenceId }) => `/admin/licences/${licenceId}`,
  },
  {
    name: 'admin-profiles-new',
    page: '(app)/admin/profiles',
    who: 'admin',
    path: '/admin/profiles',
    first: press('button', /^New profile/),
  },
  { name: 'admin-profiles', page: '(app)/admin/profiles', who: 'admin', path: '/admin/profiles' },
  { name: 'admin-policies', page: '(app)/admin/policies', who: 'admin', path: '/admin/policies' },
  { name: 'admin-permissions', page: '(app)/admin/permissions', who: 'admin', path: '/admin/permissions' },
  { name: 'admin-audit', page: '(app)/admin/audit', who: 'admin', path: '/admin/audit' },
  {
    name: 'admin-audit-no-match',
    page: '(app)/admin/audit',
    who: 'admin',
    path: '/admin/audit?from=2020-01-01&until=2020-01-02',
  },
];
