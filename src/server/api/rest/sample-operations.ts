import { z } from 'zod';
import { type Operation, procedureOperation } from './operation.ts';

const text = z.string().trim().max(200);
export const sampleFields = {
  name: text.min(1),
  protein: text.nullish(),
  container: text.nullish(),
  position: text.nullish(),
  barcode: text.nullish(),
  parent: text.nullish().describe('Name of the sample it was made from.'),
  safety: text.optional().describe('What its handler must know; shown, never decided here.'),
  comment: z.string().trim().max(2000).optional(),
};
const sample = z.object({
  id: z.uuid(),
  name: z.string(),
  protein: z.string().nullable(),
  container: z.string().nullable(),
  position: z.string().nullable(),
  barcode: z.string().nullable(),
  safety: z.string(),
  comment: z.string(),
});

/** What is measured. */
export const SAMPLE_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'samples.list',
    method: 'GET',
    path: '/experiments/{experiment}/samples',
    scope: 'experiments:read',
    summary: 'The samples of an experiment',
    procedure: 'experiments.samples',
    answer: z.object({ items: z.array(sample) }),
    input: async (asked) => ({ experimentId: await asked.experimentId() }),
    view: (items) => ({ items }),
  }),
  procedureOperation({
    id: 'samples.write',
    method: 'PUT',
    path: '/experiments/{experiment}/samples',
    scope: 'acquisitions:write',
    summary: 'Write samples by their names: new ones are added, known ones get the fields given',
    procedure: 'experiments.upsertSamples',
    body: z.strictObject({ samples: z.array(z.strictObject(sampleFields)).min(1).max(1000) }),
    answer: z.object({ items: z.array(sample) }),
    input: async (asked) => ({ experimentId: await asked.experimentId(), samples: asked.body.samples }),
    view: (items) => ({ items }),
  }),
];
