import { z } from 'zod';
import type { ExperimentState, HeldDecision } from '../../../shared/model/states.ts';
import type { Role } from '../../../shared/permissions/permission-table.ts';

const title = z.string().trim().min(1, 'Give the experiment a title.').max(200);
const email = z.email('This is not an e-mail address.').max(320);

export const externalIdSchema = z.object({
  kind: z.enum(['proposal', 'visit', 'sample', 'collection']),
  value: z.string().trim().min(1).max(200),
});

export const createExperimentSchema = z
  .object({
    instrumentId: z.uuid(),
    title,
    keywords: z.array(z.string().trim().min(1).max(60)).max(20).default([]),
    /** The principal investigator: becomes Owner, so needs an account. */
    piEmail: email,
    plannedStart: z.coerce.date().nullish(),
    plannedEnd: z.coerce.date().nullish(),
    proprietary: z.boolean().default(true),
    externalIds: z.array(externalIdSchema).max(20).default([]),
  })
  .refine((v) => !v.plannedStart || !v.plannedEnd || v.plannedEnd > v.plannedStart, {
    error: 'The planned end must be after the planned start.',
    path: ['plannedEnd'],
  });
export type CreateExperimentInput = z.output<typeof createExperimentSchema>;

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
  createdAt: Date;
  /** Whether agents send its data; `held`: what becomes, when they do again, of what was held meanwhile. */
  upload: { enabled: boolean; since: Date; held: HeldDecision };
  /** Since when it is the active one of its instrument; null when it is not. */
  activeSince: Date | null;
  instrument: { id: string; slug: string; name: string };
  roles: Role[];
}

export interface ExperimentDetail extends ExperimentView {
  facility: { code: string; name: string; timeZone: string };
  externalIds: { kind: string; value: string }[];
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
