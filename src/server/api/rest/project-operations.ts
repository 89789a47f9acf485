import { z } from 'zod';
import { createProjectSchema } from '#src/server/domain/projects/project.types.ts';
import { EXPERIMENT_STATES } from '#src/shared/model/states.ts';
import { givenRole, memberPage, memberPageView, memberQuery } from './member-operations.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { instant, paged, pageOf } from './rest-fields.ts';

const project = z.object({
  code: z.string(),
  title: z.string(),
  keywords: z.array(z.string()),
  facility: z.object({ code: z.string(), name: z.string() }),
  ownerName: z.string(),
  counts: z.object({ experiments: z.int(), people: z.int() }),
  createdAt: instant,
});

const linkedExperiment = z.object({
  code: z.string(),
  title: z.string(),
  piName: z.string(),
  state: z.enum(EXPERIMENT_STATES),
  instrumentName: z.string(),
  linkedBy: z.string(),
  linkedAt: instant,
});

/** Projects: what they read, and who is in them. */
export const PROJECT_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'projects.list',
    method: 'GET',
    path: '/projects',
    scope: 'experiments:read',
    summary: 'The projects you are in, the newest first',
    procedure: 'projects.list',
    query: z.object({
      search: z.string().max(200).optional().describe('Words that all stand in code, title or keywords.'),
      ...paged(200, 50),
    }),
    answer: pageOf(project),
    input: ({ query }) => query,
  }),
  procedureOperation({
    id: 'projects.create',
    method: 'POST',
    path: '/projects',
    scope: 'experiments:write',
    summary: 'Make a project, whose Owner you are',
    description:
      'A project is a container as an experiment is, not tied to an instrument. `facility` may be left out where you have to do with one alone.',
    procedure: 'projects.create',
    body: z.strictObject(createProjectSchema.shape),
    creates: true,
    answer: project,
    input: ({ body }) => body,
  }),
  procedureOperation({
    id: 'projects.get',
    method: 'GET',
    path: '/projects/{project}',
    scope: 'experiments:read',
    summary: 'One project',
    procedure: 'projects.byCode',
    answer: project,
    input: ({ params }) => ({ code: params.project! }),
  }),
  procedureOperation({
    id: 'projects.experiments',
    method: 'GET',
    path: '/projects/{project}/experiments',
    scope: 'experiments:read',
    summary: 'The experiments that everybody in the project reads',
    procedure: 'projects.experiments',
    answer: z.object({ items: z.array(linkedExperiment) }),
    input: async (asked) => ({ projectId: await asked.projectId() }),
    view: (items) => ({ items }),
  }),
  procedureOperation({
    id: 'projects.link',
    method: 'PUT',
    path: '/projects/{project}/experiments/{experiment}',
    scope: 'experiments:write',
    summary: 'Let everybody in the project read an experiment',
    description: 'For a Manager or the Owner of both.',
    procedure: 'projects.link',
    answer: null,
    input: async (asked) => ({
      projectId: await asked.projectId(),
      experimentId: await asked.experimentId(),
    }),
  }),
  procedureOperation({
    id: 'projects.unlink',
    method: 'DELETE',
    path: '/projects/{project}/experiments/{experiment}',
    scope: 'experiments:write',
    summary: 'Take an experiment out of a project: its people read it no longer',
    description: 'For a Manager or the Owner of the project, who sees the experiment by it.',
    procedure: 'projects.unlink',
    answer: null,
    input: async (asked) => ({
      projectId: await asked.projectId(),
      experimentId: await asked.experimentId(),
    }),
  }),
  procedureOperation({
    id: 'projects.members',
    method: 'GET',
    path: '/projects/{project}/members',
    scope: 'experiments:read',
    summary: 'The people of a project, its Owner first',
    procedure: 'experiments.members',
    query: memberQuery,
    answer: memberPage,
    input: async (asked) => ({ experimentId: await asked.projectId(), ...asked.query }),
    view: memberPageView,
  }),
  procedureOperation({
    id: 'projects.invite',
    method: 'POST',
    path: '/projects/{project}/invitations',
    scope: 'members:write',
    summary: 'Invite somebody to a project by e-mail address or user name',
    procedure: 'invitations.invite',
    body: z.strictObject({ to: z.string().min(1).max(320), role: givenRole }),
    creates: true,
    answer: z.object({ invitationId: z.uuid(), to: z.string(), expiresAt: instant }),
    input: async (asked) => ({ experimentId: await asked.projectId(), ...asked.body }),
  }),
];
