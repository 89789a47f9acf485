import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { DELETION_STATES } from '../../../shared/model/states.ts';
import { id, instant, int64 } from './columns.ts';
import { file } from './data.ts';
import { experiment } from './experiments.ts';
import { person } from './people.ts';

/**
 * What lies in a folder of an experiment and below it, the experiment's top (path '') included. Written by `foldFolders` alone; what has changed since
 * stands in `folder_change`.
 */
export const folderTotal = pgTable(
  'folder_total',
  {
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    path: text('path').notNull(),
    /** The folder it lies in, and its name there; of the top both are empty. */
    parent: text('parent').notNull(),
    name: text('name').notNull(),
    files: int64('files').notNull(),
    sizeBytes: int64('size_bytes').notNull(),
    /** When the newest of its files became visible. */
    changedAt: instant('changed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.experimentId, t.path] }),
    index('folder_total_parent').on(t.experimentId, t.parent),
  ],
);

/**
 * Files that came, grew or went, by the folder they lie in; a trigger on `file`, in SQL, writes them. Rows are only added and taken away: one row of totals
 * that every stored file had to wait for would hold up all that arrives in an experiment.
 */
export const folderChange = pgTable(
  'folder_change',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    experimentId: uuid('experiment_id').notNull(),
    parent: text('parent').notNull(),
    files: integer('files').notNull(),
    sizeBytes: int64('size_bytes').notNull(),
    changedAt: instant('changed_at'),
  },
  (t) => [index('folder_change_experiment').on(t.experimentId)],
);

/** A folder that somebody made: there though nothing lies in it. All others exist through the files in them. */
export const madeFolder = pgTable(
  'made_folder',
  {
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    path: text('path').notNull(),
    madeBy: uuid('made_by')
      .notNull()
      .references(() => person.id),
    madeAt: instant('made_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.experimentId, t.path] })],
);

/**
 * A place in the store that a file had before somebody renamed or moved it: until its bytes lie where its path says and no job that was under way then
 * reads the former place any more.
 */
export const formerPlace = pgTable(
  'former_place',
  {
    storeKey: text('store_key').primaryKey(),
    fileId: uuid('file_id')
      .notNull()
      .references(() => file.id),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    leftAt: instant('left_at').notNull(),
  },
  (t) => [index('former_place_left').on(t.leftAt), index('former_place_file').on(t.fileId)],
);

/** Files that somebody wants gone, outside raw; a Manager decides, and what is granted stays until a date on which it may still be kept. */
export const deletion = pgTable(
  'deletion',
  {
    id: id(),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    /** As they were asked for: files, and folders with all below them. */
    paths: jsonb('paths').$type<string[]>().notNull(),
    files: integer('files').notNull(),
    sizeBytes: int64('size_bytes').notNull(),
    state: text('state', { enum: DELETION_STATES }).notNull(),
    reason: text('reason').notNull(),
    askedBy: uuid('asked_by')
      .notNull()
      .references(() => person.id),
    askedAt: instant('asked_at').notNull(),
    decidedBy: uuid('decided_by').references(() => person.id),
    decidedAt: instant('decided_at'),
    /** Of a granted one. */
    goesAt: instant('goes_at'),
    endedAt: instant('ended_at'),
    /** Of what is gone; the others were changed meanwhile and stayed. */
    filesGone: integer('files_gone'),
  },
  (t) => [
    index('deletion_experiment').on(t.experimentId, t.askedAt),
    index('deletion_due').on(t.goesAt).where(sql`${t.state} = 'granted'`),
  ],
);

/** The files of a deletion that is not decided against, as they were when it was asked for. */
export const deletionFile = pgTable(
  'deletion_file',
  {
    fileId: uuid('file_id')
      .primaryKey()
      .references(() => file.id),
    deletionId: uuid('deletion_id')
      .notNull()
      .references(() => deletion.id),
    version: integer('version').notNull(),
  },
  (t) => [index('deletion_file_deletion').on(t.deletionId)],
);

/** A copy of an experiment that somebody keeps elsewhere, as the program that keeps it said last: every file of it proved by its hash. */
export const experimentCopy = pgTable(
  'experiment_copy',
  {
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    /** Machine and folder, as the program calls them. */
    place: text('place').notNull(),
    files: int64('files').notNull(),
    sizeBytes: int64('size_bytes').notNull(),
    /** Files that could not be brought, each of which was named there. */
    failedFiles: int64('failed_files').notNull(),
    /** Everything was asked for, and not only what matches a pattern. */
    isWhole: boolean('is_whole').notNull(),
    verifiedAt: instant('verified_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.experimentId, t.personId, t.place] })],
);
