import { boolean, index, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { FIRING_OUTCOME_NAMES, TRIGGER_EVENT_NAMES } from '../../../shared/model/trigger-rules.ts';
import { id, instant } from './columns.ts';
import { dataset } from './data.ts';
import { experiment, instrument } from './experiments.ts';
import { job, trigger } from './jobs.ts';
import { person } from './people.ts';

/** What an experiment has otherwise than its strategy. */
export const triggerOverride = pgTable(
  'trigger_override',
  {
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    triggerId: uuid('trigger_id')
      .notNull()
      .references(() => trigger.id),
    /** Null: as it stands at the instrument. */
    enabled: boolean('enabled'),
    /** In place of those of the trigger, one by one. */
    parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull().default({}),
    changedAt: instant('changed_at').notNull(),
    changedBy: uuid('changed_by').references(() => person.id),
  },
  (t) => [primaryKey({ columns: [t.experimentId, t.triggerId] })],
);

/** How every trigger decided about every event: what it started, or why nothing. Kept for a while (housekeeping). */
export const triggerFiring = pgTable(
  'trigger_firing',
  {
    id: id(),
    triggerId: uuid('trigger_id')
      .notNull()
      .references(() => trigger.id),
    /** The same however often the event is delivered: with the trigger unique. */
    eventKey: text('event_key').notNull(),
    event: text('event', { enum: TRIGGER_EVENT_NAMES }).notNull(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    outcome: text('outcome', { enum: FIRING_OUTCOME_NAMES }).notNull(),
    /** A sentence; empty when it started a job. */
    why: text('why').notNull().default(''),
    datasetId: uuid('dataset_id').references(() => dataset.id),
    /** Of `file.stored`. */
    path: text('path'),
    /** Of `job.finished`: the job that ended. */
    causeJobId: uuid('cause_job_id').references(() => job.id),
    /** What it started. */
    jobId: uuid('job_id').references(() => job.id),
    at: instant('at').notNull(),
  },
  (t) => [
    uniqueIndex('trigger_firing_once').on(t.triggerId, t.eventKey),
    index('trigger_firing_instrument').on(t.instrumentId, t.at, t.id),
    index('trigger_firing_experiment').on(t.experimentId, t.at, t.id),
    index('trigger_firing_last').on(t.triggerId, t.experimentId, t.outcome, t.at),
    index('trigger_firing_job').on(t.jobId),
  ],
);
