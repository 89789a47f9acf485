import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type {
  FrameRange,
  HeartbeatRequest,
  MaskLocation,
  StoredPart,
} from '../../../shared/contracts/agent-api.ts';
import type { Channel, Geometry } from '../../../shared/contracts/geometry.ts';
import {
  ACQUISITION_KINDS,
  DATASET_STATES,
  SERIES_ENDINGS,
  UPLOAD_STATES,
} from '../../../shared/model/states.ts';
import { bytea, id, instant, int64 } from './columns.ts';
import { experiment, instrument, sample } from './experiments.ts';

export const agent = pgTable(
  'agent',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    kind: text('kind', { enum: ['hub', 'sync'] }).notNull(),
    name: text('name').notNull(),
    /** SHA-256 of the bearer token, hex. */
    tokenHash: text('token_hash').notNull().unique(),
    createdAt: instant('created_at').notNull(),
    revokedAt: instant('revoked_at'),
    version: text('version'),
    lastSeenAt: instant('last_seen_at'),
    /** The last heartbeat without its reports. */
    status: jsonb('status').$type<Omit<HeartbeatRequest, 'reports'>>(),
  },
  (t) => [uniqueIndex('agent_name').on(t.instrumentId, t.name)],
);

/** What agents reported: faults of the stream, series without experiment, frames lost. Shown in the cockpit. */
export const agentReport = pgTable(
  'agent_report',
  {
    /** The agent's own id of the report, so that a repeated heartbeat stores it once. */
    id: id(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agent.id),
    at: instant('at').notNull(),
    level: text('level', { enum: ['info', 'warn', 'error'] }).notNull(),
    code: text('code').notNull(),
    message: text('message').notNull(),
    detector: text('detector'),
    seriesKey: uuid('series_key'),
    count: integer('count').notNull(),
  },
  (t) => [index('agent_report_at').on(t.agentId, t.at)],
);

/** What was measured, behind each dataset. */
export const acquisition = pgTable(
  'acquisition',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    experimentId: uuid('experiment_id').references(() => experiment.id),
    sampleId: uuid('sample_id').references(() => sample.id),
    kind: text('kind', { enum: ACQUISITION_KINDS }).notNull(),
    energyEv: doublePrecision('energy_ev'),
    parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull(),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [index('acquisition_experiment').on(t.experimentId, t.startedAt)],
);

/** The data of one acquisition: made from a stream (later: from a master file or a file pattern). */
export const dataset = pgTable(
  'dataset',
  {
    id: id(),
    acquisitionId: uuid('acquisition_id')
      .notNull()
      .references(() => acquisition.id),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    /** Null: in the instrument's unassigned tray, with the reason. */
    experimentId: uuid('experiment_id').references(() => experiment.id),
    unassignedReason: text('unassigned_reason'),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agent.id),
    /** The agent's idempotency key. */
    seriesKey: uuid('series_key').notNull().unique(),
    detectorName: text('detector_name').notNull(),
    detectorSerialNumber: text('detector_serial_number').notNull(),
    seriesUniqueId: text('series_unique_id').notNull(),
    /** Experiment-relative, unique: raw/lyso/run_1; master and data files begin with it. */
    base: text('base').notNull(),
    state: text('state', { enum: DATASET_STATES }).notNull(),
    /** How its source ended it; null while it runs. */
    ending: text('ending', { enum: SERIES_ENDINGS }),
    framesExpected: int64('frames_expected'),
    /** What the agent said to have received (known at the end). */
    framesReceived: int64('frames_received'),
    /** Frames whose file is in the store with checked bytes. */
    framesStored: int64('frames_stored').notNull().default(0),
    framesPerFile: integer('frames_per_file').notNull(),
    missing: jsonb('missing').$type<FrameRange[]>().notNull().default([]),
    lost: jsonb('lost').$type<FrameRange[]>().notNull().default([]),
    channels: jsonb('channels').$type<Channel[]>().notNull(),
    geometry: jsonb('geometry').$type<Geometry>().notNull(),
    userData: jsonb('user_data').$type<unknown>(),
    masks: jsonb('masks').$type<MaskLocation[]>().notNull().default([]),
    masterFileId: uuid('master_file_id').references((): AnyPgColumn => file.id),
    /** Best numbers of its jobs, for lists: { spotsMedian: 120, … }. */
    summary: jsonb('summary').$type<Record<string, number>>().notNull().default({}),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    index('dataset_experiment').on(t.experimentId, t.startedAt),
    index('dataset_instrument').on(t.instrumentId, t.startedAt),
    uniqueIndex('dataset_base').on(t.experimentId, t.base).where(sql`${t.experimentId} is not null`),
    index('dataset_source').on(t.detectorSerialNumber, t.seriesUniqueId),
  ],
);

/** One stored object that people see. Paths are experiment-relative and begin with one of the five folders. */
export const file = pgTable(
  'file',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    experimentId: uuid('experiment_id').references(() => experiment.id),
    datasetId: uuid('dataset_id').references(() => dataset.id),
    agentId: uuid('agent_id').references(() => agent.id),
    kind: text('kind', { enum: ['data', 'master', 'result', 'other'] }).notNull(),
    path: text('path').notNull(),
    /** The part of `path` before the last slash: what a folder listing asks for. */
    parent: text('parent').notNull(),
    name: text('name').notNull(),
    storeKey: text('store_key').notNull().unique(),
    sizeBytes: int64('size_bytes').notNull(),
    sha256: text('sha256').notNull(),
    /** Custody: created and settled at the source (agent clock, corrected), first byte sent, stored, committed, visible. */
    sourceCreatedAt: instant('source_created_at'),
    sourceSettledAt: instant('source_settled_at'),
    firstByteAt: instant('first_byte_at'),
    storedAt: instant('stored_at').notNull(),
    committedAt: instant('committed_at').notNull(),
  },
  (t) => [
    uniqueIndex('file_path').on(t.experimentId, t.path).where(sql`${t.experimentId} is not null`),
    index('file_parent').on(t.experimentId, t.parent, t.name),
    index('file_dataset').on(t.datasetId),
    index('file_instrument_committed').on(t.instrumentId, t.committedAt),
  ],
);

/** Where the frames of a file lie: rows × (u64 LE offset, u32 LE size), size 0 = the frame never came. */
export const frameTable = pgTable(
  'frame_table',
  {
    fileId: uuid('file_id')
      .notNull()
      .references(() => file.id),
    datasetId: uuid('dataset_id')
      .notNull()
      .references(() => dataset.id),
    channel: text('channel').notNull(),
    firstFrame: int64('first_frame').notNull(),
    rows: integer('rows').notNull(),
    entries: bytea('entries').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.fileId, t.channel] }),
    index('frame_table_dataset').on(t.datasetId, t.channel, t.firstFrame),
  ],
);

export const upload = pgTable(
  'upload',
  {
    id: id(),
    /** The agent's idempotency key. */
    clientId: uuid('client_id').notNull().unique(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agent.id),
    datasetId: uuid('dataset_id').references(() => dataset.id),
    experimentId: uuid('experiment_id').references(() => experiment.id),
    kind: text('kind', { enum: ['data', 'master', 'other'] }).notNull(),
    path: text('path').notNull(),
    storeKey: text('store_key').notNull().unique(),
    storeUploadRef: text('store_upload_ref').notNull(),
    partBytes: integer('part_bytes').notNull(),
    state: text('state', { enum: UPLOAD_STATES }).notNull(),
    /** The parts the agent declared at completion. */
    parts: jsonb('parts').$type<StoredPart[]>(),
    fileId: uuid('file_id').references(() => file.id),
    createdAt: instant('created_at').notNull(),
    completedAt: instant('completed_at'),
  },
  (t) => [index('upload_open').on(t.state, t.createdAt)],
);
