import { z } from 'zod';
import { EXPERIMENT_SORTS } from '#src/server/domain/experiments/list-experiments.ts';
import { EXPERIMENT_STATES, HELD_DECISIONS } from '#src/shared/model/states.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { askedFlag, askedInstant, instant, paged, pageOf } from './rest-fields.ts';

const externalValue = z.string().trim().min(1).max(200);
const externalId = z.strictObject({
  kind: z.enum(['proposal', 'visit', 'sample', 'collection']),
  value: externalValue,
});

const experiment = z.object({
  code: z.string(),
  title: z.string(),
  keywords: z.array(z.string()),
  state: z.enum(EXPERIMENT_STATES),
  piName: z.string(),
  proprietary: z.boolean(),
  plannedStart: instant.nullable(),
  plannedEnd: instant.nullable(),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  activeSince: instant
    .nullable()
    .describe('Since when it is the active one of its instrument; null when it is not.'),
  upload: z.object({ enabled: z.boolean(), held: z.enum(HELD_DECISIONS), since: instant }),
  instrument: z.object({ slug: z.string(), name: z.string() }),
  roles: z.array(z.string()).describe('What the token holds in it.'),
});

const detail = experiment.extend({
  version: z.int().describe('Counts its edits.'),
  embargoUntil: z.iso.date().nullable(),
  terms: z.string(),
  facility: z.object({ code: z.string(), name: z.string(), timeZone: z.string() }),
  externalIds: z.array(z.object({ kind: z.string(), value: z.string() })),
  counts: z.object({ datasets: z.int(), receiving: z.int(), latestAt: instant.nullable() }),
});

const title = z.string().trim().min(1).max(1000);
const keywords = z.array(z.string().trim().min(1).max(200)).max(20);
/** What is planned of an experiment. */
export const plan = {
  plannedStart: askedInstant.nullish(),
  plannedEnd: askedInstant.nullish(),
  proprietary: z.boolean().optional(),
  embargoUntil: z.iso.date().nullish(),
  terms: z.string().max(20_000).optional(),
};

/** Experiments: made, found, switched, ended. */
export const EXPERIMENT_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'experiments.list',
    method: 'GET',
    path: '/experiments',
    scope: 'experiments:read',
    summary: 'The experiments you may see: those active now first, then the newest',
    description:
      'What is asked for counts together. A cursor is for the order it was made in. A page of a token that opens less than its person sees may have fewer items than `limit`, or none.',
    procedure: 'experiments.list',
    query: z.strictObject({
      ...paged(200, 50),
      instrumentId: z.uuid().optional(),
      state: z.enum(EXPERIMENT_STATES).optional(),
      search: z
        .string()
        .max(200)
        .optional()
        .describe('Every word of it stands in code, title, keywords or PI.'),
      mine: askedFlag.optional().describe('true: only those that the person of the token is a member of.'),
      active: askedFlag.optional().describe('true: only those that are active at their instruments now.'),
      from: askedInstant.optional().describe('Only those that ended, or are to end, after it.'),
      to: askedInstant.optional().describe('Only those that began, or are to begin, before it.'),
      visit: externalValue.optional().describe('Id of a visit at the user office.'),
      proposal: externalValue.optional().describe('Id of a proposal there; many visits may be of one.'),
      sort: z
        .enum(EXPERIMENT_SORTS)
        .optional()
        .describe('newest where it is left out; start: of the measurement, as it was or is planned.'),
    }),
    answer: pageOf(experiment),
    input: ({ query: { state, ...query } }) => ({ ...query, ...(state ? { states: [state] } : {}) }),
  }),
  procedureOperation({
    id: 'experiments.create',
    method: 'POST',
    path: '/instruments/{instrument}/experiments',
    scope: 'experiments:write',
    summary: 'Make an experiment in Preparation',
    description:
      'The principal investigator becomes its Owner, so needs an account. An external id is that of one experiment alone; a proposal given beside a visit may be that of many visits.',
    procedure: 'experiments.create',
    body: z.strictObject({
      title,
      keywords: keywords.optional(),
      piEmail: z.email().max(320),
      ...plan,
      externalIds: z.array(externalId).max(20).optional(),
      strategyId: z
        .uuid()
        .nullish()
        .describe('What starts by itself; the default of the instrument without it.'),
    }),
    creates: true,
    answer: experiment,
    input: async (asked) => ({ instrumentId: await asked.instrumentId(), ...asked.body }),
  }),
  procedureOperation({
    id: 'experiments.get',
    method: 'GET',
    path: '/experiments/{experiment}',
    scope: 'experiments:read',
    summary: 'An experiment, by its code',
    procedure: 'experiments.byCode',
    answer: detail,
    input: ({ params }) => ({ code: params.experiment!.slice(0, 40) }),
  }),
  procedureOperation({
    id: 'experiments.edit',
    method: 'PATCH',
    path: '/experiments/{experiment}',
    scope: 'experiments:write',
    summary: 'Change what is written about it',
    description:
      'What is not given stays; null takes a date away. `version` is that of the experiment as it was read: 409 when somebody changed it since.',
    procedure: 'experiments.edit',
    body: z.strictObject({
      version: z
        .int()
        .min(1)
        .max(2 ** 31 - 1),
      title: title.optional(),
      keywords: keywords.optional(),
      piName: z.string().max(500).optional(),
      ...plan,
    }),
    answer: z.object({ version: z.int() }),
    input: async (asked) => ({ experimentId: await asked.experimentId(), ...asked.body }),
  }),
  procedureOperation({
    id: 'experiments.activate',
    method: 'POST',
    path: '/experiments/{experiment}/activate',
    scope: 'experiments:write',
    summary: 'Make it the active one of its instrument',
    description:
      'From now on what is acquired there is its own; the former active one stays Running. What is active already stays so.',
    procedure: 'experiments.activate',
    query: z.strictObject({
      strategyId: z.uuid().optional().describe('Gives it that strategy at the same time.'),
    }),
    answer: z.object({ since: instant }),
    input: async (asked) => ({
      experimentId: await asked.experimentId(),
      strategyId: asked.query.strategyId,
    }),
  }),
  procedureOperation({
    id: 'experiments.finish',
    method: 'POST',
    path: '/experiments/{experiment}/finish',
    scope: 'experiments:write',
    summary: 'End the measurement: the experiment becomes Processing, and inactive',
    procedure: 'experiments.finish',
    answer: z.object({ finishedAt: instant }),
    input: async (asked) => ({ experimentId: await asked.experimentId() }),
  }),
  procedureOperation({
    id: 'experiments.reopen',
    method: 'POST',
    path: '/experiments/{experiment}/reopen',
    scope: 'experiments:write',
    summary: 'Measure on: a finished experiment becomes Running again, not active',
    procedure: 'experiments.reopen',
    answer: null,
    input: async (asked) => ({ experimentId: await asked.experimentId() }),
  }),
  procedureOperation({
    id: 'experiments.setUpload',
    method: 'PUT',
    path: '/experiments/{experiment}/upload',
    scope: 'uploads:write',
    summary: 'Switch uploading of its data on or off',
    description: '`held`: what becomes, when it is on again, of what was held meanwhile.',
    procedure: 'experiments.setUpload',
    body: z.strictObject({ enabled: z.boolean(), held: z.enum(HELD_DECISIONS).default('send') }),
    answer: z.object({ enabled: z.boolean(), held: z.enum(HELD_DECISIONS), since: instant }),
    input: async (asked) => ({ experimentId: await asked.experimentId(), ...asked.body }),
  }),
];
