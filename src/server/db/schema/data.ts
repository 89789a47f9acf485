import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
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
import type { FrameRange, MaskLocation, StoredPart } from '../../../shared/contracts/agent-api.ts';
import type { Acquired } from '../../../shared/contracts/agent-files.ts';
import type { ChannelGap } from '../../../shared/contracts/frame-index.ts';
import type { Channel, Geometry } from '../../../shared/contracts/geometry.ts';
import {
  ACQUISITION_KINDS,
  DATASET_SOURCES,
  DATASET_STATES,
  SERIES_ENDINGS,
  UPLOAD_STATES,
} from '../../../shared/model/states.ts';
import { agent } from './agents.ts';
import { bytea, id, instant, int64, xid8 } from './columns.ts';
import { experiment, instrument, sample } from './experiments.ts';
import { person } from './people.ts';

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

/** The data of one acquisition: made from a stream, or recognised in files by their master or their pattern. */
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
    sourceKind: text('source_kind', { enum: DATASET_SOURCES }).notNull().default('stream'),
    /** Of a dataset recognised in files: the watched folder, and the path below it that the names of its files begin with. */
    source: text('source'),
    sourceStem: text('source_stem'),
    /** The agent's idempotency key; of several participants, the one that opened it. */
    seriesKey: uuid('series_key').notNull().unique(),
    /** Agents that receive parts of it; each has a `dataset_part` when there are several. */
    participants: integer('participants').notNull().default(1),
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
    /** Frames whose file is in the store with checked bytes, and which have every channel. */
    framesStored: int64('frames_stored').notNull().default(0),
    framesPerFile: integer('frames_per_file').notNull(),
    missing: jsonb('missing').$type<FrameRange[]>().notNull().default([]),
    lost: jsonb('lost').$type<FrameRange[]>().notNull().default([]),
    /** Files its master names that never came. */
    absentFiles: jsonb('absent_files').$type<string[]>().notNull().default([]),
    channels: jsonb('channels').$type<Channel[]>().notNull(),
    /** Frames that some channel has and this one lacks; known once the source has ended. */
    channelGaps: jsonb('channel_gaps').$type<ChannelGap[]>().notNull().default([]),
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

/** What one of several agents received of a series. */
export const datasetPart = pgTable(
  'dataset_part',
  {
    seriesKey: uuid('series_key').primaryKey(),
    datasetId: uuid('dataset_id')
      .notNull()
      .references(() => dataset.id),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => agent.id),
    openedAt: instant('opened_at').notNull(),
    endedAt: instant('ended_at'),
    ending: text('ending', { enum: SERIES_ENDINGS }),
    framesReceived: int64('frames_received'),
    lost: jsonb('lost').$type<FrameRange[]>().notNull().default([]),
  },
  (t) => [index('dataset_part_dataset').on(t.datasetId)],
);

/** A small picture of a frame, made at the source: the newest one, and every k-th for good (`kept`). */
export const preview = pgTable(
  'preview',
  {
    datasetId: uuid('dataset_id')
      .notNull()
      .references(() => dataset.id),
    frame: int64('frame').notNull(),
    kept: boolean('kept').notNull(),
    storeKey: text('store_key').notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    storedAt: instant('stored_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.datasetId, t.frame] })],
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
    /** 1, and one more with every rewrite of the same acquisition's file; former ones are `file_version`. */
    version: integer('version').notNull().default(1),
    /** Of files of a watched folder: where they were there. */
    source: text('source'),
    sourcePath: text('source_path'),
    /** Of a file without experiment and without dataset: why. */
    unassignedReason: text('unassigned_reason'),
    /**
     * The transaction that brought these bytes under this path of this experiment (a trigger, in SQL, sets it again with every such change):
     * the order in which copies elsewhere hear of it, read up to a watermark as the outbox is.
     */
    changedTxid: xid8('changed_txid').notNull().default(sql`pg_current_xact_id()`),
  },
  (t) => [
    index('file_changed').on(t.experimentId, t.changedTxid, t.id),
    uniqueIndex('file_path').on(t.experimentId, t.path).where(sql`${t.experimentId} is not null`),
    index('file_parent').on(t.experimentId, t.parent, t.name),
    index('file_dataset').on(t.datasetId),
    index('file_instrument_committed').on(t.instrumentId, t.committedAt),
    index('file_source').on(t.instrumentId, t.source, t.sourcePath).where(sql`${t.source} is not null`),
  ],
);

/** A former content of a file; kept under a key of its own. */
export const fileVersion = pgTable(
  'file_version',
  {
    fileId: uuid('file_id')
      .notNull()
      .references(() => file.id),
    version: integer('version').notNull(),
    storeKey: text('store_key').notNull().unique(),
    sizeBytes: int64('size_bytes').notNull(),
    sha256: text('sha256').notNull(),
    sourceSettledAt: instant('source_settled_at'),
    committedAt: instant('committed_at').notNull(),
    replacedAt: instant('replaced_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.fileId, t.version] })],
);

/** Numbers per frame that came with the stream: float32 LE, NaN = none. */
export const frameValues = pgTable(
  'frame_values',
  {
    fileId: uuid('file_id')
      .notNull()
      .references(() => file.id),
    datasetId: uuid('dataset_id')
      .notNull()
      .references(() => dataset.id),
    name: text('name').notNull(),
    firstFrame: int64('first_frame').notNull(),
    rows: integer('rows').notNull(),
    values: bytea('values').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.fileId, t.name] }),
    index('frame_values_dataset').on(t.datasetId, t.name, t.firstFrame),
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
    /** Of the object it makes; `upload_key`: one upload per new object. */
    storeKey: text('store_key').notNull(),
    storeUploadRef: text('store_upload_ref').notNull(),
    partBytes: integer('part_bytes').notNull(),
    state: text('state', { enum: UPLOAD_STATES }).notNull(),
    /** The parts the agent declared at completion. */
    parts: jsonb('parts').$type<StoredPart[]>(),
    fileId: uuid('file_id').references(() => file.id),
    /** Of files without a dataset, which have no other tie to an instrument. */
    instrumentId: uuid('instrument_id').references(() => instrument.id),
    source: text('source'),
    sourcePath: text('source_path'),
    acquired: jsonb('acquired').$type<Acquired>(),
    unassignedReason: text('unassigned_reason'),
    /** The file this upload gives a new version, or which holds the very bytes it was opened for. */
    replacesFileId: uuid('replaces_file_id').references(() => file.id),
    createdAt: instant('created_at').notNull(),
    completedAt: instant('completed_at'),
  },
  (t) => [
    index('upload_open').on(t.state, t.createdAt),
    index('upload_file').on(t.fileId),
    uniqueIndex('upload_key').on(t.storeKey).where(sql`${t.replacesFileId} is null`),
  ],
);

/**
 * Staff give data of the unassigned tray (or of a wrong experiment) to an experiment. The records change hands at once, so that nobody
 * else sees the data any more; the bytes follow one object after another by a worker, which goes on after a crash. It is done when all lie
 * in the tree of the experiment.
 */
export const reassignment = pgTable(
  'reassignment',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    datasetId: uuid('dataset_id').references(() => dataset.id),
    /** A file without a dataset. */
    fileId: uuid('file_id').references(() => file.id),
    fromExperimentId: uuid('from_experiment_id').references(() => experiment.id),
    toExperimentId: uuid('to_experiment_id')
      .notNull()
      .references(() => experiment.id),
    /** Base of the dataset or path of the file, before and after. */
    fromPath: text('from_path').notNull(),
    toPath: text('to_path').notNull(),
    reason: text('reason').notNull(),
    state: text('state', { enum: ['moving', 'done', 'failed'] }).notNull(),
    failure: text('failure'),
    createdAt: instant('created_at').notNull(),
    createdBy: uuid('created_by').references(() => person.id),
    doneAt: instant('done_at'),
  },
  (t) => [index('reassignment_state').on(t.state, t.createdAt)],
);

/** Somebody had the store re-read: every file's SHA-256 computed anew and compared with the one from the source. */
export const verification = pgTable(
  'verification',
  {
    id: id(),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    /** Null: all files of the experiment. */
    datasetId: uuid('dataset_id').references(() => dataset.id),
    requestedBy: uuid('requested_by').references(() => person.id),
    createdAt: instant('created_at').notNull(),
    finishedAt: instant('finished_at'),
    filesTotal: integer('files_total').notNull(),
    filesChecked: integer('files_checked').notNull().default(0),
    /** The last one read, in the order of ids; no reference: it may be deleted since. */
    lastFileId: uuid('last_file_id'),
    bytesChecked: int64('bytes_checked').notNull().default(0),
    /** At most 1000: { path, fault }. */
    faults: jsonb('faults').$type<{ path: string; fault: string }[]>().notNull().default([]),
  },
  (t) => [index('verification_experiment').on(t.experimentId, t.createdAt)],
);
