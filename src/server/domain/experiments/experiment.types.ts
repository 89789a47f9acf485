import { z } from 'zod';
import {
  calendarDate,
  experimentKeywords,
  experimentTerms,
  experimentTitle,
  PLAN_OUT_OF_ORDER,
  personName,
  plannedInOrder,
  plannedInstant,
} from '../../../shared/model/experiment-fields.ts';
import { plainText } from '../../../shared/model/plain-text.ts';
import type { ExperimentState, HeldDecision } from '../../../shared/model/states.ts';
import type { Role } from '../../../shared/permissions/permission-table.ts';

const email = z.email('This is not an e-mail address.').max(320);

export const externalIdSchema = z.object({
  kind: z.enum(['proposal', 'visit', 'sample', 'collection']),
  value: z.string().trim().min(1).max(200),
});

export const createExperimentSchema = z
  .object({
    instrumentId: z.uuid(),
    title: experimentTitle,
    keywords: experimentKeywords.default([]),
    /** The principal investigator: becomes Owner, so needs an account. */
    piEmail: email,
    plannedStart: plannedInstant.nullish(),
    plannedEnd: plannedInstant.nullish(),
    proprietary: z.boolean().default(true),
    embargoUntil: calendarDate.nullish(),
    terms: experimentTerms.optional(),
    externalIds: z.array(externalIdSchema).max(20).default([]),
    /** What starts by itself; null: the default of the instrument. */
    strategyId: z.uuid().nullish(),
  })
  .refine(plannedInOrder, PLAN_OUT_OF_ORDER);
export type CreateExperimentInput = z.output<typeof createExperimentSchema>;

/** What is not given stays; null takes a date away. */
export const editExperimentSchema = z
  .object({
    experimentId: z.uuid(),
    /** The version that the editor read: CONFLICT when somebody else has changed it since. */
    version: z.int().min(1),
    title: experimentTitle.optional(),
    keywords: experimentKeywords.optional(),
    piName: personName.optional(),
    plannedStart: plannedInstant.nullish(),
    plannedEnd: plannedInstant.nullish(),
    proprietary: z.boolean().optional(),
    embargoUntil: calendarDate.nullish(),
    terms: experimentTerms.optional(),
  })
  .refine(plannedInOrder, PLAN_OUT_OF_ORDER);
export type EditExperimentInput = z.output<typeof editExperimentSchema>;

/** One experiment as a person sees it: with their roles, so that the interface offers what they may do. */
export interface ExperimentView {
  id: string;
  code: string;
  title: string;
  keywords: string[];
  state: ExperimentState;
  piName: string;
  proprietary: boolean;
  plannedStart: Date | null;
  plannedEnd: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** Until when jobs may be started; null before the experiment is finished. */
  processingUntil: Date | null;
  createdAt: Date;
  /** Whether agents send its data; `held`: what becomes, when they do again, of what was held meanwhile. */
  upload: { enabled: boolean; since: Date; held: HeldDecision };
  /** Since when it is the active one of its instrument; null when it is not. */
  activeSince: Date | null;
  instrument: { id: string; slug: string; name: string };
  roles: Role[];
}

export interface ProlongationView {
  id: string;
  askedBy: string | null;
  askedAt: Date;
  wantedUntil: Date;
  reason: string;
  /** Null: open. */
  decidedAt: Date | null;
  grantedUntil: Date | null;
  refusal: string | null;
}

export interface ExperimentDetail extends ExperimentView {
  facility: { code: string; name: string; timeZone: string };
  externalIds: { kind: string; value: string }[];
  embargoUntil: string | null;
  terms: string;
  /** Sent back with an edit. */
  version: number;
  /** The last question for a longer processing window; null when nobody asked. */
  prolongation: ProlongationView | null;
  counts: { datasets: number; receiving: number; latestAt: Date | null };
}

export interface ExperimentListItem extends ExperimentView {
  counts: { datasets: number; receiving: number; latestAt: Date | null };
}

export interface Page<T> {
  items: T[];
  /** Pass on to get the next page; null at the end. */
  nextCursor: string | null;
}

export const askProlongationSchema = z.object({
  experimentId: z.uuid(),
  until: plannedInstant,
  reason: plainText({ max: 500, empty: 'Say in a sentence what is still to be done.', lines: true }),
});
export const prolongSchema = z.object({ experimentId: z.uuid(), until: plannedInstant });
export const refuseProlongationSchema = z.object({
  prolongationId: z.uuid(),
  why: plainText({ max: 500, empty: 'Say in a sentence why.', lines: true }),
});
