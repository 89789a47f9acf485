import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { StoredPart } from '#src/shared/contracts/agent-api.ts';
import type { HeldData } from '#src/shared/contracts/agent-control.ts';
import type { SourceFileState } from '#src/shared/model/states.ts';
import { journalDiskFault } from '../agent/disk-fault.ts';
import type { UploadJournal } from '../agent/upload-order.ts';
import { HELD_SUMS, INSERT_FILE, type SourceFile, sourceFileOf, UNCHANGED, valuesOf } from './file-rows.ts';
import type { FileSignature } from './file-stat.ts';
import { openFilesDatabase } from './files-database.ts';
import { BatchGone, FileJournalBlocked } from './journal-blocked.ts';
import { bytesOf, type PathBytes } from './path-bytes.ts';

/** Notes of so long go to the disk together. */
const BATCH_MS = 8;
/** So much must fit before notes are taken again. */
const ROOM_CHARACTERS = 128 * 1024;
/** Rows read at once. */
const PAGE = 500;
/** By the index `file_newest`, from where the page before ended. */
const IN_STATE = 'source = ? AND state = ? AND (seen_ms, id) < (?, ?) ORDER BY seen_ms DESC, id DESC LIMIT ?';
/** What may be changed of a row, by column. */
type Changes = Readonly<Record<string, SQLInputValue>>;

/**
 * Where every file of the watched folders stands: `files.db` in the state folder. Notes are gathered into transactions; a process
 * killed loses at most those of the last moments, which a look at the folder brings back, since the files are their own buffer.
 * What is noted is read back at once. `flushed` says when it survives a kill.
 */
export class FileJournal implements UploadJournal {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private batch: Promise<void> | null = null;
  private endBatch: { resolve: () => void; reject: (error: Error) => void; timer: NodeJS.Timeout } | null =
    null;
  private blocked: ((reason: string) => void) | null = null;

  /** Throws when the state folder cannot be written, or holds notes of a newer version. */
  constructor(stateDir: string) {
    this.db = openFilesDatabase(stateDir);
  }

  /** `blocked` is told once for each time the disk refuses; then nothing of the last batch is noted. */
  listen(blocked: (reason: string) => void): void {
    this.blocked = blocked;
  }

  close(): void {
    try {
      this.commit();
    } catch (error) {
      // The notes of the last moments are lost; the next start finds the files anew.
      if (!(error instanceof FileJournalBlocked)) throw error;
    }
    this.db.close();
  }

  // ── reading ──

  private sql(text: string): StatementSync {
    let statement = this.statements.get(text);
    if (!statement) {
      statement = this.db.prepare(text);
      statement.setReadBigInts(true);
      this.statements.set(text, statement);
    }
    return statement;
  }

  private all(where: string, ...values: SQLInputValue[]): SourceFile[] {
    return this.sql(`SELECT * FROM file WHERE ${where}`)
      .all(...values)
      .map(sourceFileOf);
  }

  byId(id: number): SourceFile | null {
    return this.all('id = ?', id)[0] ?? null;
  }

  byPath(source: string, file: PathBytes): SourceFile | null {
    return this.all('source = ? AND path = ?', source, bytesOf(file))[0] ?? null;
  }

  /** Whether the file is in the book with this content, and nobody is waiting for it to stand still. */
  isUnchanged(source: string, file: PathBytes, { ino, sizeBytes, mtimeNs, ctimeNs }: FileSignature): boolean {
    return this.sql(UNCHANGED).get(source, bytesOf(file), ino, sizeBytes, mtimeNs, ctimeNs) !== undefined;
  }

  byInode(source: string, ino: bigint): SourceFile[] {
    return this.all('source = ? AND ino = ? LIMIT 100', source, ino);
  }

  /** Ids of the files of a state to be looked at by `nowMs`, the most urgent first. */
  due(source: string, state: SourceFileState, nowMs: number, limit: number): number[] {
    const rows = this.sql(
      'SELECT id FROM file WHERE source = ? AND state = ? AND due_ms <= ? ORDER BY due_ms LIMIT ?',
    );
    return rows.all(source, state, nowMs, limit).map(({ id }) => Number(id));
  }

  /** When the next file of a state is due; null when there is none. */
  nextDueMs(source: string, state: SourceFileState): number | null {
    const row = this.sql('SELECT min(due_ms) AS due FROM file WHERE source = ? AND state = ?').get(
      source,
      state,
    );
    return row?.due == null ? null : Number(row.due);
  }

  /** The files of a state seen last, newest first. */
  newest(source: string, state: SourceFileState, limit: number): number[] {
    const rows = this.sql('SELECT id FROM file WHERE source = ? AND state = ? ORDER BY seen_ms DESC LIMIT ?');
    return rows.all(source, state, limit).map(({ id }) => Number(id));
  }

  /** In pages, the newest first: `before` is the last file of the page before. A page costs no more where there are many. */
  inState(
    source: string,
    state: SourceFileState,
    before: Pick<SourceFile, 'seenMs' | 'id'> | null = null,
    limit = PAGE,
  ): SourceFile[] {
    const { seenMs, id } = before ?? { seenMs: Number.MAX_VALUE, id: 0 };
    return this.all(IN_STATE, source, state, seenMs, id, limit);
  }

  counts(source: string): Map<SourceFileState, { files: number; bytes: number }> {
    const rows = this.sql(
      'SELECT state, count(*) AS files, sum(size_bytes) AS bytes FROM file WHERE source = ? GROUP BY state',
    ).all(source);
    return new Map(
      rows.map(({ state, files, bytes }) => [
        String(state) as SourceFileState,
        { files: Number(files), bytes: Number(bytes) },
      ]),
    );
  }

  held(source: string): HeldData[] {
    const rows = this.sql(HELD_SUMS).all(source);
    return rows.map((row) => ({
      because: String(row.held_because) as HeldData['because'],
      experimentCode: row.held_code == null ? null : String(row.held_code),
      files: Number(row.files),
      bytes: Number(row.bytes),
      since: new Date(Number(row.since)).toISOString(),
    }));
  }

  /** The oldest first. */
  poisoned(source: string, limit: number): SourceFile[] {
    return this.all("source = ? AND state = 'poisoned' ORDER BY blocked_ms LIMIT ?", source, limit);
  }

  isNameTaken(source: string, relativePath: string): boolean {
    return (
      this.sql('SELECT 1 FROM file WHERE source = ? AND relative_path = ?').get(source, relativePath) !==
      undefined
    );
  }

  partsOf(clientId: string): StoredPart[] {
    const rows = this.sql('SELECT * FROM part WHERE client_id = ? ORDER BY part_number').all(clientId);
    return rows.map((row) => ({
      partNumber: Number(row.part_number),
      sizeBytes: Number(row.size_bytes),
      crc32c: String(row.crc32c),
    }));
  }

  // ── writing ──

  /** Throws FileJournalBlocked when the disk refuses; the whole batch is then undone. */
  private run(text: string, ...values: SQLInputValue[]): number {
    try {
      if (this.batch === null) this.beginBatch();
      else this.requireBatch();
      return Number(this.sql(text).run(...values).lastInsertRowid);
    } catch (error) {
      throw this.undone(error);
    }
  }

  private beginBatch(): void {
    this.db.exec('BEGIN');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Who waits for it hears it; nobody need.
    promise.catch(() => undefined);
    this.batch = promise;
    const timer = setTimeout(() => {
      try {
        this.commit();
      } catch (error) {
        // Told to the listener and to those who wait; a timer has nobody above it.
        if (!(error instanceof FileJournalBlocked)) throw error;
      }
    }, BATCH_MS);
    this.endBatch = { resolve, reject, timer };
  }

  private commit(): void {
    const { endBatch } = this;
    if (endBatch === null) return;
    try {
      this.requireBatch();
      this.db.exec('COMMIT');
    } catch (error) {
      throw this.undone(error);
    }
    this.batch = null;
    this.endBatch = null;
    clearTimeout(endBatch.timer);
    endBatch.resolve();
  }

  /** A statement that only reads can meet a disk that refuses, too: SQLite then undoes everything that was noted before it. */
  private requireBatch(): void {
    if (!this.db.isTransaction) throw new BatchGone('the disk refused while it was read');
  }

  private undone(error: unknown): unknown {
    const reason = error instanceof BatchGone ? error.message : journalDiskFault(error);
    if (reason === null) return error;
    // After some errors SQLite has rolled back by itself.
    if (this.db.isTransaction) this.db.exec('ROLLBACK');
    const blocked = new FileJournalBlocked(reason, { cause: error });
    const { endBatch } = this;
    this.batch = null;
    this.endBatch = null;
    clearTimeout(endBatch?.timer);
    endBatch?.reject(blocked);
    this.blocked?.(reason);
    return blocked;
  }

  /** Resolves when everything noted so far survives a kill; rejects with FileJournalBlocked. */
  async flushed(): Promise<void> {
    await this.batch;
  }

  /** Writes what is noted to the disk at once. Throws FileJournalBlocked. */
  flushNow(): void {
    this.commit();
  }

  /** Whether the disk takes notes again, and not just one. */
  canWrite(): boolean {
    try {
      // What was noted in the meantime must not be undone with the trial.
      this.commit();
      this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      this.db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run('room', 'x'.repeat(ROOM_CHARACTERS));
      this.db.prepare('DELETE FROM meta WHERE key = ?').run('room');
      return true;
    } catch (error) {
      if (!(error instanceof FileJournalBlocked) && journalDiskFault(error) === null) throw error;
      return false;
    }
  }

  add(file: Omit<SourceFile, 'id'>): SourceFile {
    const id = this.run(INSERT_FILE, ...valuesOf(file));
    return { ...file, id };
  }

  update(id: number, changes: Changes): void {
    const names = Object.keys(changes);
    this.run(
      `UPDATE file SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
      ...Object.values(changes),
      id,
    );
  }

  remove(id: number): void {
    this.run('DELETE FROM file WHERE id = ?', id);
  }

  // ── what the uploader notes ──

  /** The uploader goes on when the disk refuses: whoever listens stops it. */
  private note(text: string, ...values: SQLInputValue[]): void {
    try {
      this.run(text, ...values);
    } catch (error) {
      if (!(error instanceof FileJournalBlocked)) throw error;
    }
  }

  setUploadOpened(clientId: string, uploadId: string): void {
    this.note('UPDATE file SET upload_id = ? WHERE client_id = ?', uploadId, clientId);
  }

  forgetUpload(clientId: string): void {
    this.note('UPDATE file SET upload_id = NULL WHERE client_id = ?', clientId);
    this.dropParts(clientId);
  }

  dropParts(clientId: string): void {
    this.note('DELETE FROM part WHERE client_id = ?', clientId);
  }

  putPart(clientId: string, { partNumber, sizeBytes, crc32c }: StoredPart): void {
    this.note('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)', clientId, partNumber, sizeBytes, crc32c);
  }

  dropPart(clientId: string, partNumber: number): void {
    this.note('DELETE FROM part WHERE client_id = ? AND part_number = ?', clientId, partNumber);
  }

  setFirstPartAt(clientId: string, at: string): void {
    this.note('UPDATE file SET first_part_at = ? WHERE client_id = ?', at, clientId);
  }

  /** Noted before the upload began. */
  setSha256(): void {}

  meta(key: string): string | null {
    const row = this.sql('SELECT value FROM meta WHERE key = ?').get(key);
    return row === undefined ? null : String(row.value);
  }

  setMeta(key: string, value: string): void {
    this.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', key, value);
  }

  removeMeta(key: string): void {
    this.run('DELETE FROM meta WHERE key = ?', key);
  }

  metaKeys(prefix: string): string[] {
    const rows = this.sql('SELECT key FROM meta WHERE substr(key, 1, length(?)) = ?').all(prefix, prefix);
    return rows.map(({ key }) => String(key));
  }

  // ── datasets recognised in files ──

  /** A file is frame `frame` (0-based) of a series. */
  setFrame(id: number, seriesKey: string, frame: number): void {
    this.run('UPDATE file SET series_key = ?, frame = ? WHERE id = ?', seriesKey, frame, id);
  }

  /** Files of a series, those seen last first. */
  newestOfSeries(seriesKey: string, limit: number): SourceFile[] {
    return this.all('series_key = ? ORDER BY seen_ms DESC LIMIT ?', seriesKey, limit);
  }

  /** Frames of a series that the store has, in order. */
  storedFrames(seriesKey: string): number[] {
    const rows = this.sql(
      'SELECT frame FROM file WHERE series_key = ? AND confirmed_id IS NOT NULL ORDER BY frame',
    ).all(seriesKey);
    return rows.map(({ frame }) => Number(frame));
  }

  /** Files whose path begins with `stem` and that are on their way or held, in the order in which they were seen. */
  comingLike(source: string, stem: PathBytes, limit: number): SourceFile[] {
    return this.all(
      `source = ? AND path >= ? AND path < ? AND state IN ('seen', 'settling', 'hashing', 'uploading', 'committing', 'held')
       ORDER BY seen_ms, path LIMIT ?`,
      source,
      bytesOf(stem),
      Buffer.concat([bytesOf(stem), Buffer.from([0xff])]),
      limit,
    );
  }

  datasets(source: string): { seriesKey: string; body: string }[] {
    const rows = this.sql('SELECT series_key, body FROM dataset WHERE source = ?').all(source);
    return rows.map((row) => ({ seriesKey: String(row.series_key), body: String(row.body) }));
  }

  putDataset(source: string, seriesKey: string, body: string): void {
    this.run('INSERT OR REPLACE INTO dataset VALUES (?, ?, ?)', seriesKey, source, body);
  }
}
