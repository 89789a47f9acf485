import { z } from 'zod';
import { MAX_DATASETS } from '#src/shared/contracts/parameter-values.ts';
import { JOB_PRIORITIES, JOB_STATES } from '#src/shared/model/states.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { instant, paged, pageOf } from './rest-fields.ts';

const job = z.object({
  id: z.uuid(),
  experiment: z.string(),
  datasetId: z.uuid().nullable(),
  template: z.object({ slug: z.string(), version: z.int() }),
  state: z.enum(JOB_STATES),
  progress: z.number().nullable().describe('0 to 1; null where the program does not tell.'),
  metrics: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
  failure: z.string().nullable().describe('Why it failed.'),
  outputPath: z.string().nullable().describe('Folder of its results in the experiment.'),
  startedBy: z.string().nullable().describe('Name of the person; null: a trigger.'),
  priority: z.enum(JOB_PRIORITIES).describe('What waits starts by it, then by age.'),
  parentId: z.uuid().nullable().describe('The job that it repeats.'),
  profile: z.string().nullable().describe('Name of its size; null: one CPU.'),
  sponsor: z
    .object({ licenceId: z.uuid(), name: z.string() })
    .nullable()
    .describe('The licence that pays; null: nobody is charged.'),
  reservedCpuMs: z.int().describe('CPU milliseconds set aside when it was made.'),
  chargedCpuMs: z
    .int()
    .nullable()
    .describe('CPU milliseconds charged at its end; null before, and where nobody pays.'),
  unchargedCpuMs: z.int().nullable().describe('What it used beyond that, charged to nobody.'),
  overAllowance: z.boolean().describe('A trigger started it although no licence covered it.'),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
});

interface Listed {
  experimentCode: string;
  templateSlug: string;
  templateVersion: number;
  startedByName: string | null;
  profileName: string | null;
  licenceId: string | null;
  sponsorName: string | null;
}
const jobView = <Row extends Listed>(row: Row) => ({
  ...row,
  experiment: row.experimentCode,
  template: { slug: row.templateSlug, version: row.templateVersion },
  startedBy: row.startedByName,
  profile: row.profileName,
  sponsor: row.licenceId === null ? null : { licenceId: row.licenceId, name: row.sponsorName ?? '' },
});

const parameterValue = z.union([
  z.number(),
  z.boolean(),
  z.string().max(2000),
  z.array(z.uuid()).max(MAX_DATASETS).describe('Datasets by their ids.'),
  z.null(),
]);

/** Jobs: what runs on datasets, its log and its results. */
export const JOB_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'jobs.start',
    method: 'POST',
    path: '/experiments/{experiment}/jobs',
    scope: 'jobs:write',
    summary: 'Run a template',
    procedure: 'jobs.runTemplate',
    body: z.strictObject({
      datasetId: z
        .uuid()
        .optional()
        .describe('What it runs on; a template may do without, or ask for it among its parameters.'),
      template: z.string().min(1).max(40).describe('Its slug.'),
      parameters: z.record(z.string().max(40), parameterValue).optional(),
      profileId: z.uuid().optional().describe('Its size; without it the usual one.'),
      licenceId: z.uuid().optional().describe('Who is to pay; without it the rules of the facility decide.'),
      parentId: z.uuid().optional().describe('The job of the experiment that it repeats.'),
    }),
    creates: true,
    answer: z.object({ id: z.uuid() }),
    input: async (asked) => ({
      experimentId: await asked.experimentId(),
      datasetId: asked.body.datasetId,
      templateSlug: asked.body.template,
      parameters: asked.body.parameters,
      profileId: asked.body.profileId,
      licenceId: asked.body.licenceId,
      parentJobId: asked.body.parentId,
    }),
    view: ({ jobId }) => ({ id: jobId }),
  }),
  procedureOperation({
    id: 'jobs.list',
    method: 'GET',
    path: '/experiments/{experiment}/jobs',
    scope: 'jobs:read',
    summary: 'The jobs of an experiment, newest first',
    procedure: 'jobs.list',
    query: z.strictObject({
      ...paged(200, 50),
      datasetId: z.uuid().optional(),
      state: z.enum(JOB_STATES).optional(),
      template: z.string().min(1).max(40).optional().describe('Its slug.'),
      startedBy: z.uuid().optional().describe('The person who started them.'),
      triggerId: z.uuid().optional().describe('The trigger that started them.'),
      sampleId: z.uuid().optional().describe('The sample of their dataset.'),
    }),
    answer: pageOf(job),
    input: async (asked) => {
      const { state, template, ...query } = asked.query;
      const experimentId = await asked.experimentId();
      return { experimentId, ...query, templateSlug: template, ...(state ? { states: [state] } : {}) };
    },
    view: ({ items, nextCursor }) => ({ items: items.map(jobView), nextCursor }),
  }),
  procedureOperation({
    id: 'jobs.get',
    method: 'GET',
    path: '/jobs/{jobId}',
    scope: 'jobs:read',
    summary: 'State, metrics and results of a job',
    description: 'Its files are had from the experiment by their paths.',
    procedure: 'jobs.get',
    answer: job.extend({
      parameters: z.record(z.string(), parameterValue),
      files: z.array(
        z.object({
          ...{ path: z.string(), name: z.string(), sizeBytes: z.int() },
          id: z.uuid().nullable().describe('Null while the job runs: it may change or vanish.'),
        }),
      ),
    }),
    input: ({ params }) => ({ jobId: params.jobId! }),
    view: jobView,
  }),
  procedureOperation({
    id: 'jobs.log',
    method: 'GET',
    path: '/jobs/{jobId}/log',
    scope: 'jobs:read',
    summary: 'What the job wrote',
    description:
      'Without `after` and `before` the last pieces. Ask again with `lastSeq` as `after` for what is new; `more`: there is more already.',
    procedure: 'jobs.log',
    query: z.strictObject({
      after: z.coerce
        .number()
        .int()
        .nonnegative()
        .max(2 ** 31 - 2)
        .optional(),
      before: z.coerce
        .number()
        .int()
        .nonnegative()
        .max(2 ** 31 - 2)
        .optional(),
    }),
    answer: z.object({
      sizeBytes: z.int().describe('Of the whole log, as it is now.'),
      chunks: z.array(z.object({ seq: z.int(), at: instant, text: z.string() })),
      lastSeq: z.int(),
      more: z.boolean(),
    }),
    input: ({ params, query }) => ({ jobId: params.jobId!, afterSeq: query.after, beforeSeq: query.before }),
  }),
  procedureOperation({
    id: 'jobs.cancel',
    method: 'POST',
    path: '/jobs/{jobId}/cancel',
    scope: 'jobs:write',
    summary: 'End a job',
    procedure: 'jobs.cancel',
    answer: null,
    input: ({ params }) => ({ jobId: params.jobId! }),
  }),
];
