import { z } from 'zod';
import { VISIT_PERSON_OUTCOMES, VISIT_PI_OUTCOMES } from '#src/server/domain/experiments/visit.types.ts';
import { GIVEN_ROLES } from '#src/shared/permissions/permission-table.ts';
import { plan } from './experiment-operations.ts';
import { type Operation, procedureOperation } from './operation.ts';
import { sampleFields } from './sample-operations.ts';

const externalId = z.string().min(1).max(200);
const email = z.email().max(320);
const outcome = z.enum(['created', 'updated', 'unchanged']);

/** What a user office knows, told by its own ids. */
export const VISIT_OPERATIONS: readonly Operation[] = [
  procedureOperation({
    id: 'visits.write',
    method: 'PUT',
    path: '/instruments/{instrument}/visits/{visit}',
    scope: 'experiments:write',
    summary: 'Write a visit of the user office by its id there: the experiment, its people, its samples',
    description:
      'Say it again with all that is known as often as you like: only what differs is changed. What is not given stays; a PI who is replaced stays Owner, which `pi` of the answer says; `people` and `samples`, when given, are all of them: who has no account is invited by mail, once; who came with the visit and is not among them any more loses access at once; samples are never removed.',
    procedure: 'experiments.upsertVisit',
    body: z.strictObject({
      proposal: externalId.optional(),
      title: z.string().min(1).max(1000),
      keywords: z.array(z.string().trim().min(1).max(200)).max(20).optional(),
      pi: z.strictObject({ id: externalId.optional(), email }),
      ...plan,
      people: z
        .array(
          z.strictObject({
            id: externalId.optional(),
            email,
            role: z.enum(GIVEN_ROLES).optional().describe('Member where it is left out.'),
          }),
        )
        .max(500)
        .optional(),
      samples: z
        .array(z.strictObject({ ...sampleFields, id: externalId.optional() }))
        .max(1000)
        .optional(),
    }),
    answer: z.object({
      code: z.string(),
      experiment: outcome,
      pi: z
        .enum(VISIT_PI_OUTCOMES)
        .describe(
          '`owner`: owns the experiment. `owner-stays`: is shown as PI, but the Owner of before stays, with every right, until they hand the ownership over on the page of its people, or an admin gives it on where the Owner cannot sign in any more. `no-account`: has no account that can be used, so that the PI and the Owner of before stay.',
        ),
      people: z.array(
        z.object({
          email: z.string(),
          outcome: z
            .enum(VISIT_PERSON_OUTCOMES)
            .describe(
              '`invited`: has no account and was sent an invitation; while it waits, `unchanged`. `declined`: did not want to come. `disabled`: has an account that is shut out. `withdrawn`: is not in the visit any more.',
            ),
        }),
      ),
      samples: z.array(z.object({ name: z.string(), outcome })),
    }),
    input: async (asked) => ({
      instrumentId: await asked.instrumentId(),
      visit: asked.params.visit!,
      ...asked.body,
    }),
  }),
];
