import { sql } from 'drizzle-orm';
import { index, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant } from './columns.ts';
import { experiment } from './experiments.ts';
import { person } from './people.ts';

/** Somebody asked for a longer processing window, and what became of it. At most one question is open per experiment. */
export const prolongation = pgTable(
  'prolongation',
  {
    id: id(),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    askedBy: uuid('asked_by').references(() => person.id),
    askedAt: instant('asked_at').notNull(),
    wantedUntil: instant('wanted_until').notNull(),
    reason: text('reason').notNull(),
    decidedBy: uuid('decided_by').references(() => person.id),
    decidedAt: instant('decided_at'),
    /** Null while it is open, and when it was refused. */
    grantedUntil: instant('granted_until'),
    /** Why it was refused. */
    refusal: text('refusal'),
  },
  (t) => [
    uniqueIndex('prolongation_one_open').on(t.experimentId).where(sql`${t.decidedAt} is null`),
    index('prolongation_experiment').on(t.experimentId, t.askedAt),
  ],
);

export const EXPERIMENT_NOTICES = [
  'processing-ends-14d',
  'processing-ends-3d',
  'processing-ends-1d',
  'processing-over',
  'planned-end-passed',
] as const;

/** What the people of an experiment were told, once per kind and date. */
export const experimentNotice = pgTable(
  'experiment_notice',
  {
    id: id(),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    kind: text('kind', { enum: EXPERIMENT_NOTICES }).notNull(),
    /** The date it is about: prolonged, the experiment is told anew. */
    due: instant('due').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('experiment_notice_once').on(t.experimentId, t.kind, t.due)],
);

/** A filter of a list that a person keeps by a name: the address' own query. */
export const savedView = pgTable(
  'saved_view',
  {
    id: id(),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    page: text('page', { enum: ['experiments'] }).notNull(),
    name: text('name').notNull(),
    query: text('query').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('saved_view_name').on(t.personId, t.page, t.name)],
);
