import { z } from 'zod';
import { type Operation, procedureOperation } from './operation.ts';
import { instant } from './rest-fields.ts';

const trigger = z.object({
  id: z.uuid(),
  name: z.string(),
  event: z.enum(['dataset.finished']),
  enabled: z.boolean(),
  since: instant.describe('Since when it stands so.'),
  template: z.object({ slug: z.string(), name: z.string() }),
});

/** What an instrument starts by itself. */
export const TRIGGER_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'triggers.list',
    method: 'GET',
    path: '/instruments/{instrument}/triggers',
    scope: 'instruments:read',
    summary: 'What the instrument starts by itself',
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
    description: 'Counts for what is finished from then on; jobs that were started already go on.',
    procedure: 'triggers.setEnabled',
    body: z.strictObject({ enabled: z.boolean() }),
    answer: null,
    input: ({ params, body }) => ({ triggerId: params.triggerId!, ...body }),
  }),
];
