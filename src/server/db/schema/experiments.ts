import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { EXPERIMENT_STATES, HELD_DECISIONS } from '../../../shared/model/states.ts';
import { EXPERIMENT_ROLES } from '../../../shared/permissions/permission-table.ts';
import { id, instant } from './columns.ts';
import { facility, person } from './people.ts';

export const instrument = pgTable(
  'instrument',
  {
    id: id(),
    facilityId: uuid('facility_id')
      .notNull()
      .references(() => facility.id),
    /** In addresses: `mx-1`; hence one of its kind in the installation, not only in its facility. */
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    description: text('description').notNull().default(''),
    /** The facility's latency promise, last frame of a file at the HUB to readable in the store; the cockpit warns beyond it. */
    promiseMs: integer('promise_ms').notNull().default(3000),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('instrument_slug').on(t.slug)],
);

export const instrumentStaff = pgTable(
  'instrument_staff',
  {
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.instrumentId, t.personId] }),
    index('instrument_staff_person').on(t.personId),
  ],
);

export const CONTAINER_KINDS = ['experiment', 'project'] as const;

export const experiment = pgTable(
  'experiment',
  {
    id: id(),
    facilityId: uuid('facility_id')
      .notNull()
      .references(() => facility.id),
    /** A project is the same kind of container, made by a person and not tied to an instrument. */
    kind: text('kind', { enum: CONTAINER_KINDS }).notNull().default('experiment'),
    /** Null of a project, and only of one. */
    instrumentId: uuid('instrument_id').references(() => instrument.id),
    /** DEM26-7K2QF, canonical form; also the first segment of store keys. */
    code: text('code').notNull().unique(),
    title: text('title').notNull(),
    keywords: text('keywords').array().notNull().default(sql`'{}'::text[]`),
    state: text('state', { enum: EXPERIMENT_STATES }).notNull(),
    piName: text('pi_name').notNull(),
    plannedStart: instant('planned_start'),
    plannedEnd: instant('planned_end'),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    /** The processing window: until when analysis is allowed. Set when it is finished, moved by prolongation; null before. */
    processingUntil: instant('processing_until'),
    proprietary: boolean('proprietary').notNull().default(true),
    /** Its Owner lets staff keep their access until then, where the policy of the facility would end it earlier. */
    staffAccessUntil: instant('staff_access_until'),
    /** The last day on which the data are not public, as the user office says it; kept, not acted upon. */
    embargoUntil: date('embargo_until', { mode: 'string' }),
    terms: text('terms').notNull().default(''),
    /** Counts up with every edit of what is written about it, so that a second editor is told. */
    version: integer('version').notNull().default(1),
    /** Its Owner or Manager may switch its upload off, and says what becomes of what was held meanwhile. */
    uploadEnabled: boolean('upload_enabled').notNull().default(true),
    uploadSince: instant('upload_since'),
    uploadBy: uuid('upload_by').references(() => person.id),
    uploadHeld: text('upload_held', { enum: HELD_DECISIONS }).notNull().default('send'),
    /** What is started by itself; null: the default of its instrument. */
    strategyId: uuid('strategy_id').references((): AnyPgColumn => strategy.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    index('experiment_instrument').on(t.instrumentId, t.createdAt),
    index('experiment_state').on(t.instrumentId, t.state),
    index('experiment_processing_until').on(t.processingUntil).where(sql`${t.state} = 'processing'`),
    check('experiment_at_instrument', sql`(${t.kind} = 'experiment') = (${t.instrumentId} is not null)`),
  ],
);

/** A named set of triggers. The triggers are rows of `trigger`. */
export const strategy = pgTable(
  'strategy',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    name: text('name').notNull(),
    description: text('description').notNull().default(''),
    /** Of the experiments at the instrument that chose none. */
    isDefault: boolean('is_default').notNull().default(false),
    createdAt: instant('created_at').notNull(),
    createdBy: uuid('created_by').references(() => person.id),
    /** Nobody chooses it any more; what ran by it keeps it. */
    removedAt: instant('removed_at'),
  },
  (t) => [
    uniqueIndex('strategy_name').on(t.instrumentId, t.name).where(sql`${t.removedAt} is null`),
    uniqueIndex('strategy_default').on(t.instrumentId).where(sql`${t.isDefault}`),
    check('strategy_default_stands', sql`not (${t.isDefault} and ${t.removedAt} is not null)`),
  ],
);

/**
 * Which experiment was active at an instrument, and when: decides whose a byte is. A constraint (added in SQL, `activation_no_overlap`)
 * forbids two overlapping periods of one instrument, so that at most one experiment is active at any moment.
 */
export const activation = pgTable(
  'activation',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
    startedBy: uuid('started_by').references(() => person.id),
    endedBy: uuid('ended_by').references(() => person.id),
    /** `site`: switched at an agent's machine while the server was away. */
    origin: text('origin', { enum: ['web', 'site'] })
      .notNull()
      .default('web'),
    siteSwitchId: uuid('site_switch_id').unique(),
  },
  (t) => [
    index('activation_instrument').on(t.instrumentId, t.startedAt),
    check('activation_forward', sql`${t.endedAt} is null or ${t.endedAt} >= ${t.startedAt}`),
  ],
);

export const MEMBERSHIP_ORIGINS = ['person', 'user-office'] as const;

export const membership = pgTable(
  'membership',
  {
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    role: text('role', { enum: EXPERIMENT_ROLES }).notNull(),
    /** `user-office`: came with the visit of another system, which alone takes it back when the person is withdrawn there. */
    origin: text('origin', { enum: MEMBERSHIP_ORIGINS }).notNull().default('person'),
    /** Who let the person in; null where the installation did it by itself. */
    addedBy: uuid('added_by').references(() => person.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.experimentId, t.personId] }),
    index('membership_person').on(t.personId),
    uniqueIndex('membership_one_owner').on(t.experimentId).where(sql`${t.role} = 'owner'`),
  ],
);

export const sample = pgTable(
  'sample',
  {
    id: id(),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    name: text('name').notNull(),
    protein: text('protein'),
    container: text('container'),
    position: text('position'),
    barcode: text('barcode'),
    /** What it was made from, in the same experiment: the batch of a crystal, say. */
    parentId: uuid('parent_id').references((): AnyPgColumn => sample.id),
    /** What its handler must know, as the user office or the group says it; shown, never decided here. Empty: nothing said. */
    safety: text('safety').notNull().default(''),
    comment: text('comment').notNull().default(''),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('sample_name').on(t.experimentId, t.name), index('sample_parent').on(t.parentId)],
);

export const EXTERNAL_ID_KINDS = ['proposal', 'visit', 'person', 'sample', 'collection'] as const;

/** Names other systems know our things by, unique per facility so that they can be upserted. */
export const externalId = pgTable(
  'external_id',
  {
    facilityId: uuid('facility_id')
      .notNull()
      .references(() => facility.id),
    kind: text('kind', { enum: EXTERNAL_ID_KINDS }).notNull(),
    value: text('value').notNull(),
    entityId: uuid('entity_id').notNull(),
    detail: jsonb('detail').$type<Record<string, unknown>>(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.facilityId, t.kind, t.value] }),
    index('external_id_entity').on(t.entityId),
  ],
);
