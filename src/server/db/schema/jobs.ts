import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { DATASET_STATES, JOB_STATES } from '../../../shared/model/states.ts';
import { id, instant } from './columns.ts';
import { dataset } from './data.ts';
import { experiment, instrument } from './experiments.ts';
import { person } from './people.ts';

export const jobTemplate = pgTable(
  'job_template',
  {
    id: id(),
    slug: text('slug').notNull(),
    version: integer('version').notNull(),
    name: text('name').notNull(),
    description: text('description').notNull(),
    /** `built-in:<folder under templates/>`: ships with the product. */
    entry: text('entry').notNull(),
    /** Declared parameters: [{ name, type, default, unit, description }]. */
    parameters: jsonb('parameters').$type<Record<string, unknown>[]>().notNull(),
    /** Declared metrics: [{ name, label, unit }]. */
    metrics: jsonb('metrics').$type<Record<string, unknown>[]>().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('job_template_version').on(t.slug, t.version)],
);

export const trigger = pgTable(
  'trigger',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    name: text('name').notNull(),
    event: text('event', { enum: ['dataset.finished'] }).notNull(),
    templateId: uuid('template_id')
      .notNull()
      .references(() => jobTemplate.id),
    parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull(),
    enabled: boolean('enabled').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('trigger_name').on(t.instrumentId, t.name)],
);

export const job = pgTable(
  'job',
  {
    id: id(),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    datasetId: uuid('dataset_id').references(() => dataset.id),
    templateId: uuid('template_id')
      .notNull()
      .references(() => jobTemplate.id),
    triggerId: uuid('trigger_id').references(() => trigger.id),
    /** Of a job that a trigger started: the state of the dataset that it was started for. */
    triggerState: text('trigger_state', { enum: DATASET_STATES }),
    startedBy: uuid('started_by').references(() => person.id),
    state: text('state', { enum: JOB_STATES }).notNull(),
    parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull(),
    driver: text('driver', { enum: ['process'] }).notNull(),
    /** What the driver knows the run by. */
    runRef: text('run_ref'),
    /** 0–1. */
    progress: real('progress').notNull().default(0),
    progressText: text('progress_text').notNull().default(''),
    metrics: jsonb('metrics').$type<Record<string, number | string | null>>().notNull().default({}),
    /** Plotly figures: [{ id, title, data, layout }]. */
    plots: jsonb('plots').$type<Record<string, unknown>[]>().notNull().default([]),
    /** Why it failed, for a person: { code, message, tail }. */
    failure: jsonb('failure').$type<{ code: string; message: string; tail: string }>(),
    /** How the run was confined: `bubblewrap`, or `none` (built-in template on loopback only). */
    isolation: text('isolation'),
    outputPath: text('output_path'),
    exitCode: integer('exit_code'),
    createdAt: instant('created_at').notNull(),
    submittedAt: instant('submitted_at'),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    /** A worker observes a run under a lease; an expired lease may be taken by another. */
    leaseOwner: text('lease_owner'),
    leaseUntil: instant('lease_until'),
  },
  (t) => [
    index('job_experiment').on(t.experimentId, t.createdAt),
    index('job_state').on(t.state, t.leaseUntil),
    index('job_dataset').on(t.datasetId),
    // A trigger runs once for a dataset, its state and its experiment, however often the event is delivered.
    uniqueIndex('job_once_per_trigger').on(t.triggerId, t.datasetId, t.triggerState, t.experimentId),
  ],
);

export const jobLog = pgTable(
  'job_log',
  {
    jobId: uuid('job_id')
      .notNull()
      .references(() => job.id),
    seq: integer('seq').notNull(),
    at: instant('at').notNull(),
    text: text('text').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jobId, t.seq] })],
);
