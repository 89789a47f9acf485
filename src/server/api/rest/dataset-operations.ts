import { z } from 'zod';
import { ACQUISITION_MARKS } from '#src/shared/model/acquisition-fields.ts';
import { CORRECTABLE_FIELDS } from '#src/shared/model/correction.ts';
import { ACQUISITION_KINDS, DATASET_STATES } from '#src/shared/model/states.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { askedFlag, instant, paged, pageOf } from './rest-fields.ts';

const frames = z.array(z.tuple([z.int(), z.int()])).describe('Ranges of 0-based frames, both ends included.');

const dataset = z.object({
  id: z.uuid(),
  experiment: z.string().nullable(),
  base: z.string().describe('Its files begin with it: raw/lyso/run_1.'),
  state: z.enum(DATASET_STATES),
  kind: z.enum(ACQUISITION_KINDS),
  sampleName: z.string().nullable(),
  mark: z.enum(ACQUISITION_MARKS).nullable(),
  comment: z.string(),
  detectorName: z.string(),
  framesExpected: z.int().nullable(),
  framesStored: z.int().describe('Frames in the store with checked bytes.'),
  missing: frames,
  lost: frames,
  startedAt: instant,
  endedAt: instant.nullable(),
});
const datasetView = <Row extends { experimentCode: string | null }>(row: Row) => ({
  ...row,
  experiment: row.experimentCode,
});

/** The data of one acquisition each. */
export const DATASET_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'datasets.list',
    method: 'GET',
    path: '/experiments/{experiment}/datasets',
    scope: 'experiments:read',
    summary: 'The datasets of an experiment, newest first',
    description:
      'With `sort` by a number that jobs told of them: those that have none come last. A cursor counts for the order it was made in.',
    procedure: 'datasets.list',
    query: z
      .strictObject({
        ...paged(200, 100),
        search: z.string().max(200).optional().describe('In names, samples and comments.'),
        state: z.enum(DATASET_STATES).optional(),
        kind: z.enum(ACQUISITION_KINDS).optional(),
        mark: z
          .enum([...ACQUISITION_MARKS, 'none'])
          .optional()
          .describe('none: those that nobody marked.'),
        sample: z.string().min(1).max(200).optional().describe('By its name.'),
        withoutSample: askedFlag.optional().describe('true: only those of no sample.'),
        sort: z
          .string()
          .min(1)
          .max(100)
          .optional()
          .describe('Name of a metric, as jobs tell it: resolutionA.'),
        order: z.enum(['asc', 'desc']).optional().describe('Of `sort`; desc where it is left out.'),
      })
      .refine(({ sort, order }) => sort !== undefined || order === undefined, {
        error: 'Name the metric to order by, as sort.',
        path: ['sort'],
      }),
    answer: pageOf(dataset),
    input: async (asked) => {
      const { sort, order, ...query } = asked.query;
      return {
        ...{ experimentId: await asked.experimentId(), ...query },
        ...(sort === undefined ? {} : { sort: { metric: sort, falls: order !== 'asc' } }),
      };
    },
    view: ({ items, nextCursor }) => ({ items: items.map(datasetView), nextCursor }),
  }),
  procedureOperation({
    id: 'datasets.get',
    method: 'GET',
    path: '/datasets/{datasetId}',
    scope: 'experiments:read',
    summary: 'State of a dataset: what was expected, what is stored, what is missing',
    procedure: 'datasets.get',
    answer: dataset.extend({
      files: z.int(),
      sizeBytes: z.int(),
      acquisitionVersion: z.int().describe('To be given back with a correction of its acquisition.'),
      corrections: z
        .array(
          z.object({
            field: z.enum(CORRECTABLE_FIELDS),
            said: z
              .union([z.string(), z.number()])
              .nullable()
              .describe('By the data, or whoever announced them.'),
            by: z.string().nullable(),
            at: instant,
          }),
        )
        .describe('What people corrected of kind, sample, energy, exposure and rotation.'),
    }),
    input: ({ params }) => ({ datasetId: params.datasetId! }),
    view: (row) => ({
      ...datasetView(row),
      acquisitionVersion: row.acquisition.version,
      corrections: row.acquisition.corrections,
    }),
  }),
];
