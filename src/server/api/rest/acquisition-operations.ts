import { z } from 'zod';
import { ACQUISITION_MARKS } from '#src/shared/model/acquisition-fields.ts';
import { ACQUISITION_KINDS } from '#src/shared/model/states.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { askedInstant, instant, paged, pageOf } from './rest-fields.ts';

const value = z.strictObject({
  value: z.union([z.number(), z.boolean(), z.string().max(500)]),
  unit: z.string().max(20).optional(),
});
const values = z
  .record(z.string().max(60), value)
  .describe('Facts without a field of their own: {"kappa": {"value": 30, "unit": "deg"}}.');

const grid = z.strictObject({
  rows: z.int().min(1).max(100_000),
  columns: z.int().min(1).max(100_000),
  snake: z.boolean().default(false).describe('Every second row is measured backwards.'),
  stepXUm: z.number().positive().max(1e6).optional(),
  stepYUm: z.number().positive().max(1e6).optional(),
});

const kind = z.enum(ACQUISITION_KINDS);
const mark = z.enum(ACQUISITION_MARKS).describe('What people hold of the data.');
const sample = z.string().min(1).max(200).describe('Name of the sample; added where there is none.');
const comment = z.string().max(2000);
const energyEv = z.number().positive().max(1e6);
const exposureS = z.number().positive().max(1e5).describe('Of one image.');
const omegaStartDeg = z.number().min(-36_000).max(36_000);
const omegaIncrementDeg = z.number().min(-360).max(360).describe('From one image to the next.');

const announcement = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('What your program knows it by: said again with the same id, it is the same acquisition.'),
  name: z.string().min(1).max(300).optional().describe('As its files begin below their folder: lyso/run_1.'),
  seriesId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('The detector’s own id of the series (series_unique_id); this or the name is needed.'),
  kind: kind.optional(),
  sample: sample.optional(),
  mark: mark.optional(),
  comment: comment.optional(),
  energyEv: energyEv.optional(),
  exposureS: exposureS.optional(),
  omegaStartDeg: omegaStartDeg.optional(),
  omegaIncrementDeg: omegaIncrementDeg.optional(),
  grid: grid.optional(),
  values: values.optional(),
});

const datasetId = z.uuid().nullable().describe('Null while no data have come.');

const snapshot = z.object({
  name: z.string(),
  sizeBytes: z.int(),
  takenAt: instant.nullable(),
  storedAt: instant,
});

/** Acquisitions: what is measured, said by programs and corrected by people. */
export const ACQUISITION_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'acquisitions.announce',
    method: 'PUT',
    path: '/experiments/{experiment}/acquisitions',
    scope: 'acquisitions:write',
    summary: 'Say what is measured, before, during or after its data come',
    description:
      'By `name`, as its files begin below their folder (`lyso/run_1`), or by `seriesId`. Data that begin later under that name take up what was said; what is said again changes what is given and adds values. What a person corrected stays. The sample is added when the experiment has none of that name.',
    procedure: 'datasets.announce',
    body: announcement,
    answer: z.object({ acquisitionId: z.uuid(), name: z.string().nullable(), datasetId }),
    input: async (asked) => ({ experimentId: await asked.experimentId(), ...asked.body }),
  }),
  procedureOperation({
    id: 'acquisitions.write',
    method: 'PUT',
    path: '/experiments/{experiment}/acquisitions/import',
    scope: 'acquisitions:write',
    summary: 'Say many acquisitions at once, all or none; the same call again changes nothing',
    description:
      'Each is found by its `id`, else by `seriesId` or `name` as with a single one. Two that are about the same acquisition are refused.',
    procedure: 'datasets.writeAcquisitions',
    body: z.strictObject({ acquisitions: z.array(announcement).min(1).max(1000) }),
    answer: z.object({
      items: z.array(
        z.object({
          acquisitionId: z.uuid(),
          id: z.string().nullable(),
          name: z.string().nullable(),
          seriesId: z.string().nullable(),
          datasetId,
          outcome: z.enum(['created', 'updated', 'unchanged']),
        }),
      ),
    }),
    input: async (asked) => ({
      experimentId: await asked.experimentId(),
      acquisitions: asked.body.acquisitions,
    }),
    view: (items) => ({ items }),
  }),
  procedureOperation({
    id: 'acquisitions.list',
    method: 'GET',
    path: '/experiments/{experiment}/acquisitions',
    scope: 'experiments:read',
    summary: 'What was measured, and what was announced and has no data yet, newest first',
    procedure: 'datasets.acquisitions',
    query: z.strictObject(paged(200, 100)),
    answer: pageOf(
      z.object({
        id: z.uuid(),
        externalId: z.string().nullable().describe('What another program knows it by.'),
        name: z.string().nullable(),
        seriesId: z.string().nullable(),
        kind,
        sampleName: z.string().nullable(),
        mark: mark.nullable(),
        comment: z.string(),
        energyEv: z.number().nullable(),
        exposureS: z
          .number()
          .nullable()
          .describe('This and omega: null where nobody said otherwise than the data.'),
        omegaStartDeg: z.number().nullable(),
        omegaIncrementDeg: z.number().nullable(),
        grid: grid.nullable(),
        values: z.record(z.string(), value),
        datasetId: z.uuid().nullable(),
        base: z.string().nullable(),
        startedAt: instant,
        endedAt: instant.nullable(),
      }),
    ),
    input: async (asked) => ({ experimentId: await asked.experimentId(), ...asked.query }),
  }),
  procedureOperation({
    id: 'acquisitions.edit',
    method: 'PATCH',
    path: '/datasets/{datasetId}/acquisition',
    scope: 'acquisitions:write',
    summary: 'Correct what is said of the acquisition behind a dataset',
    description:
      'What its source said is kept beside it. What is not given stays; null takes a sample, a mark or a grid away, and gives a number back what the source said. `values` are all there are then. `version` is that of the acquisition as it was read: 409 when somebody changed it since.',
    procedure: 'datasets.editAcquisition',
    body: z.strictObject({
      version: z
        .int()
        .min(1)
        .max(2 ** 31 - 1),
      kind: kind.optional(),
      sample: sample.nullish(),
      mark: mark.nullish(),
      comment: comment.optional(),
      energyEv: energyEv.nullish(),
      exposureS: exposureS.nullish(),
      omegaStartDeg: omegaStartDeg.nullish(),
      omegaIncrementDeg: omegaIncrementDeg.nullish(),
      grid: grid.nullish(),
      values: values.optional(),
    }),
    answer: z.object({ version: z.int() }),
    input: ({ params, body }) => ({ datasetId: params.datasetId!, ...body }),
  }),
  procedureOperation({
    id: 'acquisitions.addSnapshot',
    method: 'PUT',
    path: '/acquisitions/{acquisitionId}/snapshots/{name}',
    scope: 'acquisitions:write',
    summary: 'Put a picture beside an acquisition, as of the sample camera',
    description:
      'A JPEG or PNG of at most 700,000 bytes, in base64; at most 20 of an acquisition, whether its data have come or not. Another picture of the same name takes its place.',
    procedure: 'datasets.addSnapshot',
    body: z.strictObject({
      base64: z.string().min(1).max(950_000),
      takenAt: askedInstant.nullish().describe('When it was taken.'),
    }),
    answer: snapshot,
    input: ({ params, body }) => ({ acquisitionId: params.acquisitionId!, name: params.name!, ...body }),
  }),
  procedureOperation({
    id: 'acquisitions.removeSnapshot',
    method: 'DELETE',
    path: '/acquisitions/{acquisitionId}/snapshots/{name}',
    scope: 'acquisitions:write',
    summary: 'Take a picture of an acquisition away',
    procedure: 'datasets.removeSnapshot',
    answer: null,
    input: ({ params }) => ({ acquisitionId: params.acquisitionId!, name: params.name! }),
  }),
  procedureOperation({
    id: 'acquisitions.snapshots',
    method: 'GET',
    path: '/datasets/{datasetId}/snapshots',
    scope: 'experiments:read',
    summary: 'The pictures of what a dataset was measured of, each with a short-lived address',
    procedure: 'datasets.snapshots',
    answer: z.object({ items: z.array(snapshot.extend({ url: z.string(), expiresAt: instant })) }),
    input: ({ params }) => ({ datasetId: params.datasetId! }),
    view: (items) => ({ items }),
  }),
  procedureOperation({
    id: 'acquisitions.withdraw',
    method: 'DELETE',
    path: '/acquisitions/{acquisitionId}',
    scope: 'acquisitions:write',
    summary: 'Take back what was announced and has no data yet',
    procedure: 'datasets.withdrawAcquisition',
    answer: null,
    input: ({ params }) => ({ acquisitionId: params.acquisitionId! }),
  }),
];
