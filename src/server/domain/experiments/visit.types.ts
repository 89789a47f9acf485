import { z } from 'zod';
import {
  calendarDate,
  experimentKeywords,
  experimentTerms,
  experimentTitle,
  PLAN_OUT_OF_ORDER,
  plannedInOrder,
  plannedInstant,
} from '../../../shared/model/experiment-fields.ts';
import { plainText } from '../../../shared/model/plain-text.ts';
import { sampleInputSchema } from '../../../shared/model/sample-fields.ts';
import { GIVEN_ROLES } from '../../../shared/permissions/permission-table.ts';

const externalId = plainText({ max: 200, empty: 'An external id has at least one letter.' });
const email = z.email('This is not an e-mail address.').max(320);

const visitPerson = z.object({
  /** What the other system knows the person by; once told, the address may change there. */
  id: externalId.optional(),
  email,
  role: z.enum(GIVEN_ROLES).default('member'),
});

/** A visit as a user office knows it. What is not given stays; `people` and `samples`, when given, are all of them. */
export const upsertVisitSchema = z
  .object({
    instrumentId: z.uuid(),
    /** Unique in the facility: the visit is known by it. */
    visit: externalId,
    proposal: externalId.optional(),
    title: experimentTitle,
    keywords: experimentKeywords.optional(),
    /** Becomes Owner when the experiment is made; after that only the name shown as PI follows, and the answer says `owner-stays`. */
    pi: z.object({ id: externalId.optional(), email }),
    plannedStart: plannedInstant.nullish(),
    plannedEnd: plannedInstant.nullish(),
    proprietary: z.boolean().optional(),
    embargoUntil: calendarDate.nullish(),
    terms: experimentTerms.optional(),
    people: z.array(visitPerson).max(500).optional(),
    samples: z
      .array(sampleInputSchema.extend({ id: externalId.optional() }))
      .max(1000)
      .optional(),
  })
  .refine(plannedInOrder, PLAN_OUT_OF_ORDER);
export type UpsertVisitInput = z.output<typeof upsertVisitSchema>;
export type VisitPerson = NonNullable<UpsertVisitInput['people']>[number];
export type VisitSample = NonNullable<UpsertVisitInput['samples']>[number];

export type UpsertOutcome = 'created' | 'updated' | 'unchanged';

/**
 * `invited`: has no account and was sent an invitation now; while it waits, the person is `unchanged`. `declined`: did not want to come. `disabled`: has an
 * account that is shut out. `withdrawn`: had come with the visit, or was invited by it, and is not in it any more.
 */
export const VISIT_PERSON_OUTCOMES = [
  'created',
  'updated',
  'unchanged',
  'invited',
  'declined',
  'disabled',
  'withdrawn',
] as const;
export type VisitPersonOutcome = (typeof VISIT_PERSON_OUTCOMES)[number];

/**
 * What became of the PI that a visit names. `owner`: owns the experiment. `owner-stays`: is shown as PI, while somebody else, the PI of before or whom they
 * handed it to, stays Owner until they hand it over. `no-account`: has no account that can be used, so that neither name nor Owner follow.
 */
export const VISIT_PI_OUTCOMES = ['owner', 'owner-stays', 'no-account'] as const;
export type VisitPiOutcome = (typeof VISIT_PI_OUTCOMES)[number];

export interface UpsertedVisit {
  experimentId: string;
  code: string;
  experiment: UpsertOutcome;
  pi: VisitPiOutcome;
  people: { email: string; outcome: VisitPersonOutcome }[];
  /** Samples are never removed: something may have been measured of them. */
  samples: { name: string; outcome: UpsertOutcome }[];
}
