import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
  check,
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
import type { FileChannel, Geometry } from '../../../shared/contracts/geometry.ts';
import { ACQUISITION_MARKS, type ScanGrid } from '../../../shared/model/acquisition-fields.ts';
import type { Corrections } from '../../../shared/model/correction.ts';
import {
  ACQUISITION_KINDS,
  DATASET_SOURCES,
  DATASET_STATES,
  SERIES_ENDINGS,
  UPLOAD_STATES,
} from '../../../shared/model/states.ts';
import { byNumber } from '../by-number.ts';
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
    /** What automation announced it by, as the dataset's files begin: lyso/run_1; null = nobody announced it. */
    name: text('name'),
    /** What another program knows it by; of the experiment, so that none learns what others have. */
    externalId: text('external_id'),
    /** The detector's own id of the series it was announced for. */
    seriesId: text('series_id'),
    announcedAt: instant('announced_at'),
    kind: text('kind', { enum: ACQUISITION_KINDS }).notNull(),
    energyEv: doublePrecision('energy_ev'),
    /** Null, as the two below: nobody said otherwise than the data (`dataset.geometry`). Of one image. */
    exposureS: doublePrecision('exposure_s'),
    omegaStartDeg: doublePrecision('omega_start_deg'),
    omegaIncrementDeg: doublePrecision('omega_increment_deg'),
    grid: jsonb('grid').$type<ScanGrid>(),
    mark: text('mark', { enum: ACQUISITION_MARKS }),
    comment: text('comment').notNull().default(''),
    /** What the source said of the fields that a person corrected, who and when. */
    corrections: jsonb('corrections').$type<Corrections>().notNull().default({}),
    /** Of what people write about it: a second editor is told. */
    version: integer('version').notNull().default(1),
    parameters: jsonb('parameters').$type<Record<string, unknown>>().notNull(),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('acquisition_experiment').on(t.experimentId, t.startedAt),
    index('acquisition_name').on(t.experimentId, t.name).where(sql`${t.name} is not null`),
    index('acquisition_series').on(t.experimentId, t.seriesId).where(sql`${t.seriesId} is not null`),
    uniqueIndex('acquisition_external')
      .on(t.experimentId, t.externalId)
      .where(sql`${t.externalId} is not null`),
    index('acquisition_sample').on(t.sampleId),
  ],
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
    channels: jsonb('channels').$type<FileChannel[]>().notNull(),
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
    index('dataset_of_experiment').on(t.experimentId, t.id),
    index('dataset_acquisition').on(t.acquisitionId),
    index('dataset_instrument').on(t.instrumentId, t.startedAt),
    index('dataset_receiving').on(t.instrumentId, t.startedAt).where(sql`${t.state} = 'receiving'`),
    uniqueIndex('dataset_base').on(t.experimentId, t.base).where(sql`${t.experimentId} is not null`),
    // For listing a folder: the part of `base` before its last slash, and the one behind it.
    index('dataset_folder').on(
      t.experimentId,
      sql`regexp_replace(${t.base}, '/[^/]*$', '')`,
      byNumber(sql`regexp_replace(${t.base}, '^.*/', '')`),
    ),
    index('dataset_source').on(t.detectorSerialNumber, t.seriesUniqueId),
  ],
);

/**
 * The numbers of `dataset.summary` once more, kept by a trigger, in SQL: the order of many thousand datasets by one of them is read from this index, and not
 * from their wide rows.
 */
export const datasetMetric = pgTable(
  'dataset_metric',
  {
    datasetId: uuid('dataset_id')
      .notNull()
      .references(() => dataset.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** Of the dataset; null: in the unassigned tray. */
    experimentId: uuid('experiment_id').references(() => experiment.id),
    value: doublePrecision('value').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.datasetId, t.name] }),
    index('dataset_metric_order').on(t.experimentId, t.name, t.value, t.datasetId),
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

/** A picture of what was measured, as of the sample camera; brought by a program or a person. */
export const snapshot = pgTable(
  'snapshot',
  {
    id: id(),
    acquisitionId: uuid('acquisition_id')
      .notNull()
      .references(() => acquisition.id),
    /** Unique in the acquisition: the same name again takes its place. */
    name: text('name').notNull(),
    storeKey: text('store_key').notNull().unique(),
    sizeBytes: integer('size_bytes').notNull(),
    sha256: text('sha256').notNull(),
    takenAt: instant('taken_at'),
    storedAt: instant('stored_at').notNull(),
  },
  (t) => [uniqueIndex('snapshot_name').on(t.acquisitionId, t.name)],
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
    index('file_parent').on(t.experimentId, t.parent, byNumber(t.name)),
    index('file_parent_size').on(t.experimentId, t.parent, t.sizeBytes, byNumber(t.name)),
    index('file_parent_time').on(t.experimentId, t.parent, t.committedAt, byNumber(t.name)),
    index('file_dataset').on(t.datasetId, t.committedAt),
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

/** Where the frames of a file lie: rows × (u64 LE offset, u32 LE size), size 0 = the frame never came; without entries nobody knows where. */
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
    /** When the file was last looked into, since nobody knew where its frames lie. */
    lookedIntoAt: instant('looked_into_at'),
    /** Why nobody can tell then; a sentence for people. */
    unlocatedWhy: text('unlocated_why'),
  },
  (t) => [
    primaryKey({ columns: [t.fileId, t.channel] }),
    index('frame_table_dataset').on(t.datasetId, t.channel, t.firstFrame),
    index('frame_table_to_look_into')
      .on(t.fileId)
      .where(sql`octet_length(${t.entries}) = 0 and ${t.lookedIntoAt} is null`),
  ],
);

export const upload = pgTable(
  'upload',
  {
    id: id(),
    /** The agent's idempotency key. */
    clientId: uuid('client_id').notNull().unique(),
    /** Who sends it: an agent, or a person with a browser. */
    agentId: uuid('agent_id').references(() => agent.id),
    personId: uuid('person_id').references(() => person.id),
    /** Of a person's file: what tells it from their others, so that it is found again when they choose it once more. */
    fingerprint: text('fingerprint'),
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
    index('upload_of_person')
      .on(t.personId, t.fingerprint)
      .where(sql`${t.personId} is not null and ${t.state} = 'open'`),
    check('upload_sender', sql`(${t.agentId} is null) <> (${t.personId} is null)`),
  ],
);

/** Uploads that were aborted, until nothing of what their agent was sending can come any more: then the store is cleared of it. */
export const abortedUpload = pgTable(
  'aborted_upload',
  {
    /** Of the upload, whose record is gone. */
    id: uuid('id').primaryKey(),
    storeKey: text('store_key').notNull(),
    storeUploadRef: text('store_upload_ref').notNull(),
    abortedAt: instant('aborted_at').notNull(),
  },
  (t) => [index('aborted_upload_ref').on(t.storeUploadRef), index('aborted_upload_at').on(t.abortedAt)],
);
