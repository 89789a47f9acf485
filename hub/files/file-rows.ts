import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { HeldData } from '#src/shared/contracts/agent-control.ts';
import type { SourceFileState } from '#src/shared/model/states.ts';
import type { FileSignature } from './file-stat.ts';
import { bytesOf, type PathBytes, pathBytes } from './path-bytes.ts';

/* What the journal of watched folders holds: its tables, its rows as objects. */

export const FILES_SCHEMA_VERSION = 2;

/*
 * state `hashing`: settled, waits for its turn or is being hashed; `uploading`: its hash and the id of its upload are noted.
 * seen_ms … in_place belong to the content that is on its way (or was confirmed last).
 */
export const FILES_SCHEMA = `
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  path BLOB NOT NULL,
  dev INTEGER NOT NULL,
  ino INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  birth_ns INTEGER NOT NULL,
  state TEXT NOT NULL,
  due_ms REAL NOT NULL,
  seen_ms REAL NOT NULL,
  watched_ms REAL NOT NULL,
  late_ms REAL NOT NULL,
  in_place INTEGER NOT NULL DEFAULT 0,
  settled_ms REAL,
  offset_ms REAL NOT NULL,
  doubt_ms REAL NOT NULL,
  steady_ms REAL NOT NULL,
  boot TEXT NOT NULL,
  relative_path TEXT NOT NULL,
  sha256 TEXT,
  client_id TEXT,
  upload_id TEXT,
  first_part_at TEXT,
  confirmed_id TEXT,
  confirmed_sha256 TEXT,
  stored_path TEXT,
  doubtful TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  tries INTEGER NOT NULL DEFAULT 0,
  entry_id TEXT,
  reason TEXT,
  blocked_ms REAL,
  held_because TEXT,
  held_code TEXT,
  held_ms REAL,
  series_key TEXT,
  frame INTEGER,
  grown TEXT,
  confirmed_mtime_ns INTEGER
) STRICT;
CREATE UNIQUE INDEX file_path ON file (source, path);
CREATE UNIQUE INDEX file_name ON file (source, relative_path);
CREATE INDEX file_inode ON file (source, ino);
CREATE INDEX file_series ON file (series_key) WHERE series_key IS NOT NULL;
CREATE INDEX file_client ON file (client_id);
CREATE INDEX file_due ON file (source, state, due_ms);
CREATE INDEX file_newest ON file (source, state, seen_ms);
CREATE TABLE part (
  client_id TEXT NOT NULL,
  part_number INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  crc32c TEXT NOT NULL,
  PRIMARY KEY (client_id, part_number)
) STRICT, WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE dataset (
  series_key TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
`;

/** From each version to the next. */
export const FILES_UPGRADES = [
  'ALTER TABLE file ADD COLUMN grown TEXT; ALTER TABLE file ADD COLUMN confirmed_mtime_ns INTEGER;',
];

export const INSERT_FILE = `
INSERT INTO file (source, path, dev, ino, size_bytes, mtime_ns, ctime_ns, birth_ns, state, due_ms, seen_ms, watched_ms, late_ms,
  offset_ms, doubt_ms, steady_ms, boot, relative_path, tries, entry_id, reason, blocked_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** By source, path and content; none while somebody waits for it to stand still. */
export const UNCHANGED = `
SELECT 1 FROM file WHERE source = ? AND path = ? AND ino = ? AND size_bytes = ? AND mtime_ns = ? AND ctime_ns = ?
  AND state NOT IN ('seen', 'settling')`;

export const HELD_SUMS = `
SELECT held_because, held_code, count(*) AS files, sum(size_bytes) AS bytes, min(held_ms) AS since
FROM file WHERE source = ? AND state = 'held' GROUP BY held_because, held_code`;

export interface DoubtfulUpload {
  clientId: string;
  sha256: string;
  sizeBytes: number;
  /** The upload that it follows; undefined in notes of a former version. */
  replaces?: string | null;
}

/** A file became longer, and nobody has looked yet whether it still begins with what it was. */
export interface Growth {
  /** What it was, as far as anybody has read it. */
  before: { sizeBytes: number; sha256: string } | null;
  /** When it was first seen so. */
  seen: NewSighting;
}

/** When and how a content was first seen; the columns of these names. */
export interface NewSighting {
  seenMs: number;
  watchedMs: number;
  lateMs: number;
  offsetMs: number;
  doubtMs: number;
  steadyMs: number;
  boot: string;
}

export interface SourceFile {
  id: number;
  source: string;
  path: PathBytes;
  signature: FileSignature;
  state: SourceFileState;
  /** When it is to be looked at again; own clock, ms since 1970, as all times here. */
  dueMs: number;
  seenMs: number;
  watchedMs: number;
  lateMs: number;
  /** This content was written over an older one in the same place: the birth time is that of the older one. */
  inPlace: boolean;
  settledMs: number | null;
  /** The clock as it was known when the content was seen. */
  offsetMs: number;
  doubtMs: number;
  /** That moment on the clock that nobody sets, which counts from this start of the machine. */
  steadyMs: number;
  boot: string;
  relativePath: string;
  sha256: string | null;
  clientId: string | null;
  uploadId: string | null;
  firstPartAt: string | null;
  /** Upload of the content that the store has. */
  confirmedId: string | null;
  confirmedSha256: string | null;
  storedPath: string | null;
  /** An upload of a former content that may have been completed without this agent hearing of it. */
  doubtful: DoubtfulUpload | null;
  version: number;
  tries: number;
  entryId: string | null;
  /** Why it is poisoned. */
  reason: string | null;
  blockedMs: number | null;
  heldBecause: HeldData['because'] | null;
  heldCode: string | null;
  heldMs: number | null;
  /** The series of single frames it is one of, and which; 0-based. */
  seriesKey: string | null;
  frame: number | null;
  grown: Growth | null;
  /** Last modification of what the store has; null: not noted. */
  confirmedMtimeNs: bigint | null;
}

type Row = Record<string, SQLOutputValue>;
const text = (value: SQLOutputValue | undefined) => (value == null ? null : String(value));
const number = (value: SQLOutputValue | undefined) => (value == null ? null : Number(value));

/** @param row read with big integers */
export function sourceFileOf(row: Row): SourceFile {
  return {
    id: Number(row.id),
    source: String(row.source),
    path: pathBytes(row.path as Uint8Array),
    signature: {
      dev: row.dev as bigint,
      ino: row.ino as bigint,
      sizeBytes: Number(row.size_bytes),
      mtimeNs: row.mtime_ns as bigint,
      ctimeNs: row.ctime_ns as bigint,
      birthNs: row.birth_ns as bigint,
    },
    state: String(row.state) as SourceFileState,
    dueMs: Number(row.due_ms),
    seenMs: Number(row.seen_ms),
    watchedMs: Number(row.watched_ms),
    lateMs: Number(row.late_ms),
    inPlace: Number(row.in_place) !== 0,
    settledMs: number(row.settled_ms),
    offsetMs: Number(row.offset_ms),
    doubtMs: Number(row.doubt_ms),
    steadyMs: Number(row.steady_ms),
    boot: String(row.boot),
    relativePath: String(row.relative_path),
    sha256: text(row.sha256),
    clientId: text(row.client_id),
    uploadId: text(row.upload_id),
    firstPartAt: text(row.first_part_at),
    confirmedId: text(row.confirmed_id),
    confirmedSha256: text(row.confirmed_sha256),
    storedPath: text(row.stored_path),
    doubtful: row.doubtful == null ? null : (JSON.parse(String(row.doubtful)) as DoubtfulUpload),
    version: Number(row.version),
    tries: Number(row.tries),
    entryId: text(row.entry_id),
    reason: text(row.reason),
    blockedMs: number(row.blocked_ms),
    heldBecause: text(row.held_because) as SourceFile['heldBecause'],
    heldCode: text(row.held_code),
    heldMs: number(row.held_ms),
    seriesKey: text(row.series_key),
    frame: number(row.frame),
    grown: row.grown == null ? null : (JSON.parse(String(row.grown)) as Growth),
    confirmedMtimeNs: row.confirmed_mtime_ns == null ? null : (row.confirmed_mtime_ns as bigint),
  };
}

/** For `INSERT_FILE`. */
export function valuesOf(file: Omit<SourceFile, 'id'>): SQLInputValue[] {
  const { signature: s } = file;
  return [
    file.source,
    bytesOf(file.path),
    s.dev,
    s.ino,
    s.sizeBytes,
    s.mtimeNs,
    s.ctimeNs,
    s.birthNs,
    file.state,
    file.dueMs,
    file.seenMs,
    file.watchedMs,
    file.lateMs,
    file.offsetMs,
    file.doubtMs,
    file.steadyMs,
    file.boot,
    file.relativePath,
    file.tries,
    file.entryId,
    file.reason,
    file.blockedMs,
  ];
}
