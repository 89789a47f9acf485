import { z } from 'zod';
import type { StrategyView, TriggerDetail } from '#src/server/domain/triggers/triggers.service.ts';
import { templateParameterSchema } from '#src/shared/contracts/job-template.ts';
import { plainText } from '#src/shared/model/plain-text.ts';
import { JOB_PRIORITIES, JOB_STATES } from '#src/shared/model/states.ts';
import {
  FIRING_OUTCOME_NAMES,
  TRIGGER_EVENT_NAMES,
  triggerDraftSchema,
  VERSION_RULES,
} from '#src/shared/model/trigger-rules.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { instant, paged, pageOf } from './rest-fields.ts';

const named = z.object({ id: z.uuid(), name: z.string() });
const trigger = z.object({
  id: z.uuid(),
  name: z.string(),
  event: z.enum(TRIGGER_EVENT_NAMES),
  enabled: z.boolean(),
  since: instant.describe('Since when it stands so.'),
  template: z.object({ slug: z.string(), name: z.string() }),
  strategy: named,
});
const parametersOf = (what: string) => z.record(z.string(), z.unknown()).describe(what);
const detail = trigger.extend({
  version: z.int().describe('Counts its edits.'),
  everyFrames: z.int().nullable(),
  filePattern: z.string().nullable(),
  conditions: z.record(z.string(), z.unknown()).describe('What else must be so, as it was written.'),
  versionRule: z.enum(VERSION_RULES),
  templateVersion: z.int().describe('What runs when the rule is fixed.'),
  parameters: parametersOf('Constants.'),
  taken: z.record(z.string(), z.string()).describe('Parameters taken from what fires it, by their sources.'),
  profileId: z.uuid().nullable(),
  licenceId: z.uuid().nullable(),
  onGrace: z.boolean(),
  priority: z.enum(JOB_PRIORITIES),
  mostAtOnce: z.int().nullable(),
  debounceS: z.int(),
});
const detailView = ({ profile, licence, ...row }: TriggerDetail) => ({
  ...{ ...row, profileId: profile?.id ?? null, licenceId: licence?.id ?? null },
});
const strategy = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  isDefault: z.boolean().describe('Of the experiments that chose none.'),
  triggers: z.array(detail),
});
const strategyView = ({ triggers, ...row }: StrategyView) => ({ ...row, triggers: triggers.map(detailView) });

const called = {
  name: plainText({ max: 80, empty: 'A strategy needs a name.' }),
  description: plainText({ max: 1000, lines: true }).default(''),
};

const firing = z.object({
  id: z.uuid(),
  at: instant,
  event: z.enum(TRIGGER_EVENT_NAMES),
  outcome: z.enum(FIRING_OUTCOME_NAMES),
  why: z.string().describe('Why it started nothing; empty when it did.'),
  trigger: z.object({ id: z.uuid(), name: z.string(), strategyName: z.string() }),
  experiment: z.string(),
  dataset: z.object({ id: z.uuid(), base: z.string() }).nullable(),
  path: z.string().nullable(),
  cause: z.object({ jobId: z.uuid(), templateName: z.string().nullable() }).nullable(),
  job: z.object({ id: z.uuid(), state: z.enum(JOB_STATES), templateName: z.string() }).nullable(),
});
const historyQuery = z.strictObject({
  ...paged(200, 50),
  triggerId: z.uuid().optional(),
  outcome: z.enum(FIRING_OUTCOME_NAMES).optional(),
});
const historyAsked = ({ outcome, ...query }: z.output<typeof historyQuery>) => ({
  ...query,
  ...(outcome ? { outcomes: [outcome] } : {}),
});
const historyView = <Item extends { experiment: { code: string } }>(page: {
  items: Item[];
  nextCursor: string | null;
}) => ({
  items: page.items.map((item) => ({ ...item, experiment: item.experiment.code })),
  nextCursor: page.nextCursor,
});

const ofExperiment = z.object({
  strategy: named.extend({ description: z.string(), isDefault: z.boolean() }).nullable(),
  chosenId: z.uuid().nullable().describe('Null: the default of the instrument, whichever that is.'),
  choices: z.array(named.extend({ isDefault: z.boolean() })),
  triggers: z.array(
    trigger.extend({
      isOn: z.boolean().describe('Whether it starts jobs in this experiment.'),
      override: z
        .object({
          enabled: z.boolean().nullable(),
          parameters: parametersOf('Constants of this experiment.'),
        })
        .nullable(),
      declared: z.array(templateParameterSchema).describe('What may be set.'),
    }),
  ),
});

/** What an instrument starts by itself. */
export const TRIGGER_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'triggers.list',
    method: 'GET',
    path: '/instruments/{instrument}/triggers',
    scope: 'instruments:read',
    summary: 'What the instrument starts by itself: the triggers of all its strategies',
    procedure: 'triggers.list',
    answer: z.object({ items: z.array(trigger) }),
    input: async (asked) => ({ instrumentId: await asked.instrumentId() }),
    view: (items) => ({ items }),
  }),
  procedureOperation({
    id: 'triggers.setEnabled',
    method: 'PUT',
    path: '/triggers/{triggerId}/enabled',
    scope: 'triggers:write',
    summary: 'Switch a trigger on or off',
    description: 'Counts for what happens from then on; jobs that were started already go on.',
    procedure: 'triggers.setEnabled',
    body: z.strictObject({ enabled: z.boolean() }),
    answer: null,
    input: ({ params, body }) => ({ triggerId: params.triggerId!, ...body }),
  }),
  procedureOperation({
    id: 'triggers.create',
    method: 'POST',
    path: '/strategies/{strategyId}/triggers',
    scope: 'triggers:write',
    summary: 'Add a trigger to a strategy',
    description:
      '`everyFrames` belongs to the event dataset.frames, `filePattern` to file.stored: `*` is anything but a slash, `**` anything. `taken` names for a parameter what it is taken from, as `energyEv` or `value:kappa`.',
    procedure: 'triggers.addTrigger',
    body: triggerDraftSchema,
    creates: true,
    answer: z.object({ triggerId: z.uuid() }),
    input: ({ params, body }) => ({ strategyId: params.strategyId!, draft: body }),
  }),
  procedureOperation({
    id: 'triggers.edit',
    method: 'PUT',
    path: '/triggers/{triggerId}',
    scope: 'triggers:write',
    summary: 'Write a trigger anew',
    description: '`version` is that of the trigger as it was read: 409 when somebody changed it since.',
    procedure: 'triggers.changeTrigger',
    body: z.strictObject({ version: z.int().min(1).max(1e9), trigger: triggerDraftSchema }),
    answer: null,
    input: ({ params, body }) => ({
      triggerId: params.triggerId!,
      version: body.version,
      draft: body.trigger,
    }),
  }),
  procedureOperation({
    id: 'triggers.remove',
    method: 'DELETE',
    path: '/triggers/{triggerId}',
    scope: 'triggers:write',
    summary: 'Remove a trigger: it fires no more',
    procedure: 'triggers.removeTrigger',
    answer: null,
    input: ({ params }) => ({ triggerId: params.triggerId! }),
  }),
  procedureOperation({
    id: 'triggers.history',
    method: 'GET',
    path: '/instruments/{instrument}/trigger-history',
    scope: 'instruments:read',
    summary: 'What fired at the instrument and what did not, and why: the newest first',
    description: 'Of the experiments that the token sees; kept for 30 days.',
    procedure: 'triggers.history',
    query: historyQuery,
    answer: pageOf(firing),
    input: async (asked) => ({ instrumentId: await asked.instrumentId(), ...historyAsked(asked.query) }),
    view: historyView,
  }),
  procedureOperation({
    id: 'triggers.experimentHistory',
    method: 'GET',
    path: '/experiments/{experiment}/trigger-history',
    scope: 'jobs:read',
    summary: 'What fired in the experiment and what did not, and why: the newest first',
    procedure: 'triggers.history',
    query: historyQuery,
    answer: pageOf(firing),
    input: async (asked) => ({ experimentId: await asked.experimentId(), ...historyAsked(asked.query) }),
    view: historyView,
  }),
  procedureOperation({
    id: 'triggers.override',
    method: 'PUT',
    path: '/experiments/{experiment}/triggers/{triggerId}',
    scope: 'triggers:write',
    summary: 'Set a trigger otherwise for one experiment',
    description: 'null and no parameters: as it stands at the instrument.',
    procedure: 'triggers.override',
    body: z.strictObject({
      enabled: z.boolean().nullable().default(null),
      parameters: z.record(z.string().max(100), z.unknown()).default({}),
    }),
    answer: null,
    input: async (asked) => ({
      ...{ experimentId: await asked.experimentId(), triggerId: asked.params.triggerId! },
      ...asked.body,
    }),
  }),
  procedureOperation({
    id: 'triggers.call',
    method: 'POST',
    path: '/experiments/{experiment}/triggers/{triggerId}/call',
    scope: 'jobs:write',
    summary: 'Call a trigger of the event api.called',
    description:
      'About a dataset of the experiment, or about none. The same `callId` is the same call: 409 when it was made before.',
    procedure: 'triggers.fire',
    body: z.strictObject({
      datasetId: z.uuid().nullable().default(null),
      parameters: z.record(z.string().max(100), z.unknown()).default({}),
      callId: plainText({ max: 100, empty: 'An id is not empty.' }).nullable().default(null),
    }),
    creates: true,
    answer: z.object({
      outcome: z.enum(FIRING_OUTCOME_NAMES),
      why: z.string(),
      jobId: z.uuid().nullable(),
    }),
    input: async (asked) => ({
      ...{ experimentId: await asked.experimentId(), triggerId: asked.params.triggerId! },
      ...asked.body,
    }),
  }),
  procedureOperation({
    id: 'strategies.list',
    method: 'GET',
    path: '/instruments/{instrument}/strategies',
    scope: 'instruments:read',
    summary: 'The strategies of the instrument with their triggers',
    procedure: 'triggers.strategies',
    answer: z.object({ items: z.array(strategy) }),
    input: async (asked) => ({ instrumentId: await asked.instrumentId() }),
    view: (items) => ({ items: items.map(strategyView) }),
  }),
  procedureOperation({
    id: 'strategies.create',
    method: 'POST',
    path: '/instruments/{instrument}/strategies',
    scope: 'triggers:write',
    summary: 'Make a strategy: a named set of triggers',
    description: 'The first of an instrument is its default.',
    procedure: 'triggers.makeStrategy',
    body: z.strictObject(called),
    creates: true,
    answer: z.object({ strategyId: z.uuid() }),
    input: async (asked) => ({ instrumentId: await asked.instrumentId(), ...asked.body }),
  }),
  procedureOperation({
    id: 'strategies.edit',
    method: 'PUT',
    path: '/strategies/{strategyId}',
    scope: 'triggers:write',
    summary: 'Give a strategy another name or description',
    procedure: 'triggers.changeStrategy',
    body: z.strictObject(called),
    answer: null,
    input: ({ params, body }) => ({ strategyId: params.strategyId!, ...body }),
  }),
  procedureOperation({
    id: 'strategies.setDefault',
    method: 'PUT',
    path: '/strategies/{strategyId}/default',
    scope: 'triggers:write',
    summary: 'Make it what experiments have that chose none',
    procedure: 'triggers.setDefault',
    answer: null,
    input: ({ params }) => ({ strategyId: params.strategyId! }),
  }),
  procedureOperation({
    id: 'strategies.remove',
    method: 'DELETE',
    path: '/strategies/{strategyId}',
    scope: 'triggers:write',
    summary: 'Remove a strategy',
    description: 'Experiments that chose it have the default from then on; the default itself stays: 409.',
    procedure: 'triggers.removeStrategy',
    answer: null,
    input: ({ params }) => ({ strategyId: params.strategyId! }),
  }),
  procedureOperation({
    id: 'strategies.ofExperiment',
    method: 'GET',
    path: '/experiments/{experiment}/strategy',
    scope: 'experiments:read',
    summary: 'What starts by itself in the experiment',
    procedure: 'triggers.ofExperiment',
    answer: ofExperiment,
    input: async (asked) => ({ experimentId: await asked.experimentId() }),
  }),
  procedureOperation({
    id: 'strategies.choose',
    method: 'PUT',
    path: '/experiments/{experiment}/strategy',
    scope: 'triggers:write',
    summary: 'Choose the strategy of the experiment',
    description: 'null: the default of the instrument. Counts for what happens from then on.',
    procedure: 'triggers.chooseStrategy',
    body: z.strictObject({ strategyId: z.uuid().nullable() }),
    answer: null,
    input: async (asked) => ({ experimentId: await asked.experimentId(), ...asked.body }),
  }),
];
