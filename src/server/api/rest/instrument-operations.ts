import { z } from 'zod';
import { MAX_TEMPLATE_LENGTH } from '#src/shared/model/destination-template.ts';
import { ACQUISITION_KINDS, FOLDERS, HELD_DECISIONS, UPLOAD_MODES } from '#src/shared/model/states.ts';
import { STREAM_FIELD_NAMES } from '#src/shared/model/stream-fields.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { instant } from './rest-fields.ts';

const instrument = z.object({
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  facility: z.object({ code: z.string(), name: z.string(), timeZone: z.string() }),
  relation: z.enum(['staff', 'member', 'admin']).describe('What the token’s person is there.'),
  active: z
    .object({ code: z.string(), title: z.string(), since: instant })
    .nullable()
    .describe('The active experiment, where it may be seen.'),
});

const uploads = z.object({ mode: z.enum(UPLOAD_MODES), held: z.enum(HELD_DECISIONS), since: instant });
const destination = z.object({
  source: z.string(),
  folder: z.enum(FOLDERS),
  template: z.string(),
  since: instant,
});

const agent = z.object({
  id: z.uuid(),
  kind: z.enum(['hub', 'sync']),
  name: z.string(),
  version: z.string().nullable(),
  lastSeenAt: instant.nullable(),
  uploads,
  destinations: z.array(destination).describe('What counts now; sources without one have the default.'),
});

const streamRule = z.strictObject({
  key: z.string().min(1).max(200).describe('As sample_name, or scan.type.'),
  field: z.enum(STREAM_FIELD_NAMES),
  name: z.string().max(60).optional().describe('Of a value: what it is called with the acquisition.'),
  unit: z.string().max(20).optional().describe('Of a value.'),
  factor: z.number().optional().describe('What a number is multiplied by: 1000 for an energy in keV.'),
  kinds: z
    .record(z.string().max(100), z.enum(ACQUISITION_KINDS))
    .optional()
    .describe('Of the kind: what words of the stream mean, without case.'),
});

const wanted = z.strictObject({
  source: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe('A detector’s name, "landing", or the name of a watched folder.'),
  kind: z.enum(['stream', 'folder']).describe('Series of a detector, or files.'),
  folder: z.enum(FOLDERS),
  template: z
    .string()
    .max(MAX_TEMPLATE_LENGTH * 10)
    .describe('As {date}/{sample}/{prefix}.'),
});

/** Instruments, their agents, and where the data of these go. */
export const INSTRUMENT_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'instruments.list',
    method: 'GET',
    path: '/instruments',
    scope: 'instruments:read',
    summary: 'The instruments you have to do with',
    procedure: 'instruments.list',
    answer: z.object({ items: z.array(instrument) }),
    input: () => undefined,
    view: (items) => ({ items }),
  }),
  procedureOperation({
    id: 'instruments.deactivate',
    method: 'POST',
    path: '/instruments/{instrument}/deactivate',
    scope: 'experiments:write',
    summary: 'Leave the instrument without an active experiment',
    description: 'What is acquired then belongs to nobody until staff give it to an experiment.',
    procedure: 'experiments.deactivate',
    answer: z.object({ endedAt: instant }),
    input: async (asked) => ({ instrumentId: await asked.instrumentId() }),
  }),
  procedureOperation({
    id: 'instruments.streamFields',
    method: 'GET',
    path: '/instruments/{instrument}/stream-fields',
    scope: 'instruments:read',
    summary: 'Which keys of the streams’ user data fill which fields of an acquisition',
    procedure: 'instruments.streamFields',
    answer: z.object({ rules: z.array(streamRule), since: instant.nullable() }),
    input: async (asked) => ({ instrumentId: await asked.instrumentId() }),
  }),
  procedureOperation({
    id: 'instruments.setStreamFields',
    method: 'PUT',
    path: '/instruments/{instrument}/stream-fields',
    scope: 'destinations:write',
    summary: 'Set which keys of the streams’ user data fill which fields of an acquisition',
    description:
      'All of them; counts for series that begin after it. A key is the name in the user data of the start message (of Stream V1 the JSON of the header appendix); a dot leads into an object. Of several rules for one field the first whose key is there counts. What does not fit is left out, and said with the dataset; what was announced of the acquisition goes before.',
    procedure: 'instruments.setStreamFields',
    body: z.strictObject({ rules: z.array(streamRule).max(40) }),
    answer: z.object({ since: instant }),
    input: async (asked) => ({
      instrumentId: await asked.instrumentId(),
      rules: asked.body.rules,
    }),
  }),
  procedureOperation({
    id: 'agents.list',
    method: 'GET',
    path: '/instruments/{instrument}/agents',
    scope: 'instruments:read',
    summary: 'The agents of an instrument',
    procedure: 'agents.list',
    answer: z.object({ items: z.array(agent) }),
    input: async (asked) => ({ instrumentId: await asked.instrumentId() }),
    view: (items) => ({ items }),
  }),
  procedureOperation({
    id: 'agents.setUpload',
    method: 'PUT',
    path: '/agents/{agentId}/upload',
    scope: 'uploads:write',
    summary: 'Switch uploading of an agent on, paused or off',
    description: '`held`: what becomes, when it is on again, of what was held meanwhile.',
    procedure: 'agents.setUploads',
    body: z.strictObject({ mode: z.enum(UPLOAD_MODES), held: z.enum(HELD_DECISIONS).default('send') }),
    answer: uploads,
    input: ({ params, body }) => ({ agentId: params.agentId!, ...body }),
  }),
  procedureOperation({
    id: 'agents.destinations',
    method: 'GET',
    path: '/agents/{agentId}/destinations',
    scope: 'instruments:read',
    summary: 'What the sources of an agent were given and since when',
    description: 'Newest first: the first of a source counts now.',
    procedure: 'agents.destinations',
    answer: z.object({ history: z.array(destination) }),
    input: ({ params }) => ({ agentId: params.agentId! }),
  }),
  procedureOperation({
    id: 'agents.previewDestination',
    method: 'POST',
    path: '/agents/{agentId}/destination/preview',
    scope: 'instruments:read',
    summary: 'Where an example would go by a destination; nothing is set',
    procedure: 'agents.previewDestination',
    body: wanted,
    answer: z.object({
      faults: z.array(z.string()).describe('With any the destination cannot be set.'),
      path: z.string().nullable(),
      example: z.string(),
    }),
    input: ({ params, body }) => ({ agentId: params.agentId!, ...body }),
  }),
  procedureOperation({
    id: 'agents.setDestination',
    method: 'PUT',
    path: '/agents/{agentId}/destination',
    scope: 'destinations:write',
    summary: 'Set where the data of a source go',
    description: 'Counts for acquisitions that begin after it; what is under way stays where it began.',
    procedure: 'agents.setDestination',
    body: wanted,
    answer: z.object({ since: instant }),
    input: ({ params, body }) => ({ agentId: params.agentId!, ...body }),
  }),
];
