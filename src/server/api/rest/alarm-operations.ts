import { z } from 'zod';
import { ALARM_CODES } from '#src/shared/model/alarm.ts';
import { alarmNote } from '#src/shared/model/alarm-fields.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { instant } from './rest-fields.ts';

const alarm = z.object({
  alarmId: z.uuid(),
  code: z.enum(ALARM_CODES),
  level: z.enum(['warn', 'error']),
  text: z.string().describe('What is the matter, without names of experiments and data.'),
  todo: z.string(),
  raisedAt: instant,
  lastSeenAt: instant,
  toldAt: instant.nullable().describe('When staff were told; null in the first seconds.'),
  escalatedAt: instant.nullable(),
  acknowledged: z.object({ at: instant, by: z.string(), note: z.string().nullable() }).nullable(),
  clearedAt: instant.nullable(),
});

/** Alarms of an instrument, for programs of its staff. */
export const ALARM_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'alarms.list',
    method: 'GET',
    path: '/instruments/{instrument}/alarms',
    scope: 'instruments:read',
    summary: 'The alarms of an instrument, and who is on call',
    description: '`ended`: those that were over since midnight at the facility.',
    procedure: 'alarms.list',
    answer: z.object({
      standing: z.array(alarm),
      ended: z.array(alarm),
      escalateAfterMinutes: z.int(),
      onCall: z.object({
        now: z.object({ name: z.string(), since: instant }).nullable(),
        next: z.object({ at: instant, name: z.string().nullable() }).nullable(),
      }),
    }),
    input: async (asked) => ({ instrumentId: await asked.instrumentId() }),
  }),
  procedureOperation({
    id: 'alarms.acknowledge',
    method: 'POST',
    path: '/alarms/{alarmId}/acknowledge',
    scope: 'alarms:write',
    summary: 'Say that you take care of an alarm',
    description: 'By the name of the token’s person; nobody is told of the alarm any more.',
    procedure: 'alarms.acknowledge',
    body: z.strictObject({ note: alarmNote.default('').describe('For the rest of the staff.') }),
    answer: z.object({ acknowledgedAt: instant }),
    input: ({ params, body }) => ({ alarmId: params.alarmId!, ...body }),
  }),
];
