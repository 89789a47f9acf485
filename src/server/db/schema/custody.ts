import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { id, instant, int64 } from './columns.ts';
import { dataset, file } from './data.ts';
import { experiment, instrument } from './experiments.ts';
import { person } from './people.ts';

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
