import { z } from 'zod';
import { EXPERIMENT_ROLES } from '#src/shared/permissions/permission-table.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { instant, paged, pageOf } from './rest-fields.ts';

export const givenRole = z.enum(['viewer', 'member', 'manager']);

export const member = z.object({
  personId: z.uuid(),
  name: z.string(),
  email: z.string(),
  role: z.enum(EXPERIMENT_ROLES),
  since: instant,
});
export const memberView = <Row extends { id: string }>({ id, ...row }: Row) => ({ personId: id, ...row });

export const memberQuery = z.strictObject({
  search: z.string().max(200).optional().describe('In name, address or role, without case.'),
  ...paged(200, 100),
});
export const memberPage = pageOf(member).extend({
  total: z.int().describe('How many there are in all.'),
  found: z.int().describe('How many of them match `search`.'),
});
export const memberPageView = <Row extends { id: string }, Rest extends object>({
  items,
  ...rest
}: Rest & { items: readonly Row[] }) => ({ items: items.map(memberView), ...rest });

/** Who is in an experiment. */
export const MEMBER_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'members.list',
    method: 'GET',
    path: '/experiments/{experiment}/members',
    scope: 'experiments:read',
    summary: 'The members of an experiment, its Owner first',
    procedure: 'experiments.members',
    query: memberQuery,
    answer: memberPage,
    input: async (asked) => ({ experimentId: await asked.experimentId(), ...asked.query }),
    view: memberPageView,
  }),
  procedureOperation({
    id: 'members.invite',
    method: 'POST',
    path: '/experiments/{experiment}/invitations',
    scope: 'members:write',
    summary: 'Invite somebody by e-mail address or user name, who has an account or not',
    procedure: 'invitations.invite',
    body: z.strictObject({ to: z.string().min(1).max(320), role: givenRole }),
    creates: true,
    answer: z.object({ invitationId: z.uuid(), to: z.string(), expiresAt: instant }),
    input: async (asked) => ({ experimentId: await asked.experimentId(), ...asked.body }),
  }),
  procedureOperation({
    id: 'members.setRole',
    method: 'PUT',
    path: '/experiments/{experiment}/members/{personId}',
    scope: 'members:write',
    summary: 'Give a member another role',
    procedure: 'experiments.setMemberRole',
    body: z.strictObject({ role: givenRole }),
    answer: member,
    input: async (asked) => ({
      experimentId: await asked.experimentId(),
      personId: asked.params.personId!,
      role: asked.body.role,
    }),
    view: memberView,
  }),
  procedureOperation({
    id: 'members.remove',
    method: 'DELETE',
    path: '/experiments/{experiment}/members/{personId}',
    scope: 'members:write',
    summary: 'Take somebody out',
    procedure: 'experiments.removeMember',
    answer: null,
    input: async (asked) => ({
      experimentId: await asked.experimentId(),
      personId: asked.params.personId!,
    }),
  }),
];
