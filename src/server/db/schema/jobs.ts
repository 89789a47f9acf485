import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
  check,
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
import type { TemplateOutput } from '../../../shared/contracts/template-content.ts';
import type { TemplateRequirement } from '../../../shared/contracts/template-requirement.ts';
import { DATASET_STATES, JOB_PRIORITIES, JOB_STATES } from '../../../shared/model/states.ts';
import {
  TRIGGER_EVENT_NAMES,
  type TriggerConditions,
  VERSION_RULES,
} from '../../../shared/model/trigger-rules.ts';
import { licence, profile, sponsorshipRule } from './accounting.ts';
import { bytea, id, instant, int64 } from './columns.ts';
import { dataset } from './data.ts';
import { experiment, instrument, strategy } from './experiments.ts';
import { facility, person } from './people.ts';
import { template } from './templates.ts';

/** One version of a template; of what people make it never changes. */
export const jobTemplate = pgTable(
  'job_template',
  {
    id: id(),
    /** What it is a version of; null: it ships with the product. */
    ownTemplateId: uuid('own_template_id').references(() => template.id),
    slug: text('slug').notNull(),
    version: integer('version').notNull(),
    name: text('name').notNull(),
    description: text('description').notNull(),
    /** `built-in:<folder under templates/>`: ships with the product. `script:<language>`: its files are `job_template_file`. */
    entry: text('entry').notNull(),
    /** Declared parameters: [{ name, type, default, unit, description }]. */
    parameters: jsonb('parameters').$type<Record<string, unknown>[]>().notNull(),
    /** Declared metrics: [{ name, label, unit }]. */
    metrics: jsonb('metrics').$type<Record<string, unknown>[]>().notNull(),
    /** After this a run is ended. (The defaults are for rows from before there was a column; a worker that starts writes what the template says.) */
    timeLimitS: integer('time_limit_s').notNull().default(1800),
    memoryLimitBytes: int64('memory_limit_bytes')
      .notNull()
      .default(4 * 1024 ** 3),
    /** Declared results: [{ kind, path, label }]. */
    outputs: jsonb('outputs').$type<TemplateOutput[]>().notNull().default([]),
    /** What the machine must have: [{ kind, name, how }]. */
    requires: jsonb('requires').$type<TemplateRequirement[]>().notNull().default([]),
    /** Its program reaches the network, where the facility has allowed that (`network_permission`). */
    network: boolean('network').notNull().default(false),
    /** What of it the machine that runs jobs lacked when it was looked at last; null: not looked at yet. */
    missing: jsonb('missing').$type<TemplateRequirement[]>(),
    missingSeenAt: instant('missing_seen_at'),
    /** Who made this version, and what they said has changed. */
    madeBy: uuid('made_by').references(() => person.id),
    note: text('note').notNull().default(''),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('job_template_version').on(t.slug, t.version),
    index('job_template_own').on(t.ownTemplateId, t.version),
  ],
);

/** The script of a version and the files beside it. */
export const jobTemplateFile = pgTable(
  'job_template_file',
  {
    jobTemplateId: uuid('job_template_id')
      .notNull()
      .references(() => jobTemplate.id),
    path: text('path').notNull(),
    content: bytea('content').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jobTemplateId, t.path] })],
);

/** That a version may reach the network from the machines of a facility: of this version alone, for the next one may do something else. */
export const networkPermission = pgTable(
  'network_permission',
  {
    jobTemplateId: uuid('job_template_id')
      .notNull()
      .references(() => jobTemplate.id),
    facilityId: uuid('facility_id')
      .notNull()
      .references(() => facility.id),
    allowedBy: uuid('allowed_by').references(() => person.id),
    allowedAt: instant('allowed_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jobTemplateId, t.facilityId] })],
);

export const trigger = pgTable(
  'trigger',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    strategyId: uuid('strategy_id')
      .notNull()
      .references(() => strategy.id),
    name: text('name').notNull(),
    event: text('event', { enum: TRIGGER_EVENT_NAMES }).notNull(),
    /** Of `dataset.frames`. */
    everyFrames: integer('every_frames'),
    /** Of `file.stored`: over paths in the experiment. */
    filePattern: text('file_pattern'),
    conditions: jsonb('conditions').$type<TriggerConditions>().notNull().default({}),
    /** The version that was newest when it was written, and runs with `version_rule` fixed. */
    templateId: uuid('template_id')
      .notNull()
      .references(() => jobTemplate.id),
    versionRule: text('version_rule', { enum: VERSION_RULES }).notNull().default('newest'),
    parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull(),
    /** Parameters that are taken from what fired it, by the names of `PARAMETER_SOURCES`. */
    taken: jsonb('taken').$type<Record<string, string>>().notNull().default({}),
    profileId: uuid('profile_id').references(() => profile.id),
    /** The licence that is to pay; null: the sponsorship rules decide. */
    licenceId: uuid('licence_id').references(() => licence.id),
    /** Without CPU hours it runs all the same. */
    onGrace: boolean('on_grace').notNull().default(true),
    priority: text('priority', { enum: JOB_PRIORITIES }).notNull().default('beam-time'),
    /** Jobs of it that may wait or run at once; null: any number. */
    mostAtOnce: integer('most_at_once'),
    /** So long after a start it starts nothing in the same experiment. */
    debounceS: integer('debounce_s').notNull().default(0),
    enabled: boolean('enabled').notNull(),
    /** When it was last switched on or off, and by whom; null: not since it was made. */
    switchedAt: instant('switched_at'),
    switchedBy: uuid('switched_by').references(() => person.id),
    /** Counts up with every edit, so that a second editor is told. */
    version: integer('version').notNull().default(1),
    createdAt: instant('created_at').notNull(),
    /** It fires no more; the jobs that it started keep it. */
    removedAt: instant('removed_at'),
  },
  (t) => [
    uniqueIndex('trigger_name').on(t.strategyId, t.name).where(sql`${t.removedAt} is null`),
    index('trigger_event').on(t.instrumentId, t.event).where(sql`${t.removedAt} is null`),
    check('trigger_every', sql`(${t.event} = 'dataset.frames') = (${t.everyFrames} is not null)`),
    check('trigger_pattern', sql`(${t.event} = 'file.stored') = (${t.filePattern} is not null)`),
  ],
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
    /** The job that this one repeats, with other parameters perhaps; null: it repeats none. */
    parentId: uuid('parent_id').references((): AnyPgColumn => job.id),
    state: text('state', { enum: JOB_STATES }).notNull(),
    /** Sorts: waiting jobs start by it, then by age. */
    priority: text('priority', { enum: JOB_PRIORITIES }).notNull().default('standard'),
    parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull(),
    driver: text('driver', { enum: ['process'] }).notNull(),
    /** Its size; null: one CPU and the memory that the template asks for. */
    profileId: uuid('profile_id').references(() => profile.id),
    /** CPU hours per hour, in thousandths, when it was made. */
    priceMilli: int64('price_milli').notNull().default(1000),
    /** The licence that pays, and the rule by which it does; null: nobody was charged when the job was made. */
    licenceId: uuid('licence_id').references(() => licence.id),
    sponsorshipRuleId: uuid('sponsorship_rule_id').references(() => sponsorshipRule.id),
    /** CPU milliseconds set aside when it was made. */
    reservedCpuMs: int64('reserved_cpu_ms').notNull().default(0),
    /** A trigger started it although no licence covered it. */
    overAllowance: boolean('over_allowance').notNull().default(false),
    /** What its end was charged, and what it used beyond that; null until it ends, and where nobody pays. */
    chargedCpuMs: int64('charged_cpu_ms'),
    unchargedCpuMs: int64('uncharged_cpu_ms'),
    /** What its last run used, all of it together; null before its end, and where the machine does not tell. */
    usedCpuMs: int64('used_cpu_ms'),
    peakMemoryBytes: int64('peak_memory_bytes'),
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
    /** How the run was confined and limited, in words. */
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
    index('job_output').on(t.experimentId, t.outputPath),
    index('job_state').on(t.state, t.leaseUntil),
    index('job_created').on(t.createdAt),
    index('job_dataset').on(t.datasetId),
    index('job_alive_of_trigger')
      .on(t.triggerId)
      .where(sql`${t.triggerId} is not null and ${t.state} in ('queued', 'submitted', 'running')`),
    index('job_parent').on(t.parentId).where(sql`${t.parentId} is not null`),
    index('job_waiting').on(t.priority, t.createdAt, t.id).where(sql`${t.state} = 'queued'`),
    index('job_template_succeeded').on(t.templateId, t.finishedAt).where(sql`${t.state} = 'succeeded'`),
    index('job_sponsorship_rule').on(t.sponsorshipRuleId).where(sql`${t.sponsorshipRuleId} is not null`),
    // A trigger runs once for a dataset, its state and its experiment, however often the event is delivered.
    uniqueIndex('job_once_per_trigger').on(t.triggerId, t.datasetId, t.triggerState, t.experimentId),
  ],
);

/** The job whose numbers stand for a dataset in lists: the best by the rules, or the one that a person chose. */
export const datasetResult = pgTable(
  'dataset_result',
  {
    datasetId: uuid('dataset_id')
      .primaryKey()
      .references(() => dataset.id, { onDelete: 'cascade' }),
    jobId: uuid('job_id')
      .notNull()
      .references(() => job.id),
    /** Null: by the rules, which look again with every job that ends. */
    chosenBy: uuid('chosen_by').references(() => person.id),
    chosenAt: instant('chosen_at'),
  },
  (t) => [index('dataset_result_job').on(t.jobId)],
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
    /** Bytes and line ends of the log up to the end of this piece: a reader finds its place in a long log without reading it. */
    endByte: int64('end_byte').notNull(),
    endLine: int64('end_line').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jobId, t.seq] })],
);

/** What a run has left in its output folder so far, while it goes on; gone when it is over and its results are stored. */
export const jobProvisionalFile = pgTable(
  'job_provisional_file',
  {
    jobId: uuid('job_id')
      .notNull()
      .references(() => job.id),
    /** Below the output folder. */
    path: text('path').notNull(),
    sizeBytes: int64('size_bytes').notNull(),
    changedAt: instant('changed_at').notNull(),
    /** Of pictures and reports that are not large; null: it can be had when the run is over. */
    content: bytea('content'),
  },
  (t) => [primaryKey({ columns: [t.jobId, t.path] })],
);
