import type { SQLOutputValue } from 'node:sqlite';
import type { FrameRange, MaskLocation, SeriesOpenRequest } from '#src/shared/contracts/agent-api.ts';
import type { SeriesEnding } from '#src/shared/model/states.ts';
import { type SeriesBegin, unknownBegin } from './series-begin.ts';

/* What the journal holds: its tables, its rows as objects. */

export const SCHEMA_VERSION = 3;

const FILE_TABLES = `
CREATE TABLE file (
  client_id TEXT PRIMARY KEY,
  series_key TEXT NOT NULL REFERENCES series,
  kind TEXT NOT NULL CHECK (kind IN ('data', 'master', 'other')),
  number INTEGER NOT NULL,
  local_path TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('growing', 'settled', 'confirmed', 'lost')),
  part_bytes INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL DEFAULT 0,
  rows INTEGER NOT NULL DEFAULT 0,
  absent TEXT NOT NULL DEFAULT '[]',
  sha256 TEXT,
  created_at TEXT NOT NULL,
  settled_at TEXT,
  first_part_at TEXT,
  upload_id TEXT,
  final_path TEXT,
  masks TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX file_series ON file (series_key, number);
CREATE TABLE part (
  client_id TEXT NOT NULL REFERENCES file,
  part_number INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  crc32c TEXT NOT NULL,
  PRIMARY KEY (client_id, part_number)
) STRICT, WITHOUT ROWID;
`;

export const SCHEMA = `
CREATE TABLE series (
  series_key TEXT PRIMARY KEY,
  detector TEXT NOT NULL,
  dir TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('receiving', 'ended', 'closed')),
  open_request TEXT,
  dataset_id TEXT,
  base TEXT,
  ended_at TEXT,
  ending TEXT,
  frames_received INTEGER NOT NULL DEFAULT 0,
  last_frame INTEGER NOT NULL DEFAULT -1,
  missing TEXT NOT NULL DEFAULT '[]',
  lost TEXT NOT NULL DEFAULT '[]',
  opened_ms REAL NOT NULL,
  begun TEXT
) STRICT;
${FILE_TABLES}
CREATE TABLE report (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/** From version 1, which knew no files besides data and master. SQLite cannot change a check: the tables are made anew. */
export const FROM_VERSION_1 = `
CREATE TEMP TABLE old_part AS SELECT * FROM part;
CREATE TEMP TABLE old_file AS SELECT * FROM file;
DROP TABLE part;
DROP TABLE file;
${FILE_TABLES}
INSERT INTO file SELECT * FROM old_file;
INSERT INTO part SELECT * FROM old_part;
DROP TABLE old_part;
DROP TABLE old_file;
`;

/** From versions 1 and 2, which did not keep when series began. */
export const FROM_VERSION_2 = 'ALTER TABLE series ADD COLUMN begun TEXT';

export type SeriesJournalState = 'receiving' | 'ended' | 'closed';
export type FileJournalState = 'growing' | 'settled' | 'confirmed' | 'lost';

export interface SeriesRow {
  seriesKey: string;
  detector: string;
  begun: SeriesBegin;
  /** Folder of its spooled files. */
  dir: string;
  state: SeriesJournalState;
  /** What the server is asked to open; null until the layout of the images is known. */
  openRequest: SeriesOpenRequest | null;
  datasetId: string | null;
  base: string | null;
  endedAt: string | null;
  ending: SeriesEnding | null;
  framesReceived: number;
  lastFrame: number;
  missing: FrameRange[];
  lost: FrameRange[];
}

export interface FileRow {
  clientId: string;
  seriesKey: string;
  kind: 'data' | 'master' | 'other';
  /** Of a data file, from 1; the master is 0; others are below. */
  number: number;
  localPath: string;
  state: FileJournalState;
  partBytes: number;
  sizeBytes: number;
  /** Frames the file has room for in use: highest row + 1. */
  rows: number;
  /** Image ids inside it that never came. */
  absent: FrameRange[];
  sha256: string | null;
  createdAt: string;
  settledAt: string | null;
  firstPartAt: string | null;
  uploadId: string | null;
  finalPath: string | null;
  masks: MaskLocation[];
}

type Row = Record<string, SQLOutputValue>;
export const textOrNull = (value: SQLOutputValue | undefined) => (value == null ? null : String(value));

export function seriesOf(row: Row): SeriesRow {
  return {
    seriesKey: String(row.series_key),
    detector: String(row.detector),
    begun:
      row.begun == null
        ? unknownBegin(Number(row.opened_ms))
        : (JSON.parse(String(row.begun)) as SeriesBegin),
    dir: String(row.dir),
    state: String(row.state) as SeriesJournalState,
    openRequest:
      row.open_request == null ? null : (JSON.parse(String(row.open_request)) as SeriesOpenRequest),
    datasetId: textOrNull(row.dataset_id),
    base: textOrNull(row.base),
    endedAt: textOrNull(row.ended_at),
    ending: textOrNull(row.ending) as SeriesEnding | null,
    framesReceived: Number(row.frames_received),
    lastFrame: Number(row.last_frame),
    missing: JSON.parse(String(row.missing)) as FrameRange[],
    lost: JSON.parse(String(row.lost)) as FrameRange[],
  };
}

export function fileOf(row: Row): FileRow {
  return {
    clientId: String(row.client_id),
    seriesKey: String(row.series_key),
    kind: String(row.kind) as FileRow['kind'],
    number: Number(row.number),
    localPath: String(row.local_path),
    state: String(row.state) as FileJournalState,
    partBytes: Number(row.part_bytes),
    sizeBytes: Number(row.size_bytes),
    rows: Number(row.rows),
    absent: JSON.parse(String(row.absent)) as FrameRange[],
    sha256: textOrNull(row.sha256),
    createdAt: String(row.created_at),
    settledAt: textOrNull(row.settled_at),
    firstPartAt: textOrNull(row.first_part_at),
    uploadId: textOrNull(row.upload_id),
    finalPath: textOrNull(row.final_path),
    masks: JSON.parse(String(row.masks)) as MaskLocation[],
  };
}
