import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type {
  AgentReport,
  FrameRange,
  SeriesOpenRequest,
  StoredPart,
} from '#src/shared/contracts/agent-api.ts';
import type { SeriesEnding } from '#src/shared/model/states.ts';
import { SharedSync } from './file-sync.ts';
import { openJournalDatabase, WRITE_AHEAD_LOG } from './journal-database.ts';
import {
  type FileRow,
  fileOf,
  type SeriesJournalState,
  type SeriesRow,
  seriesOf,
  textOrNull,
} from './journal-rows.ts';
import { type JournalListener, type JournalStatement, JournalWrites } from './journal-writes.ts';

export type { FileRow, SeriesRow } from './journal-rows.ts';

/*
 * What an agent must know after being killed at any moment: which series and files it holds, what the server said about
 * them, which parts the store has, which reports are not delivered. SQLite in WAL mode: a committed row survives the
 * process; with synchronous=NORMAL a power cut may take the last rows, which costs asking the store again, never data:
 * before the server is told of something new, and before something is destroyed, the rows are brought to the disk.
 *
 * Notes are never refused for want of a writable disk: they wait in memory, in order, until it takes them. What is read
 * here is what is on disk, except for reports.
 */

export class Journal {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private readonly writes: JournalWrites;
  private readonly log: SharedSync;
  private nextReport: number;

  /** Opens or makes `journal.db` in the state folder; throws as `openJournalDatabase` does. */
  constructor(stateDir: string) {
    this.db = openJournalDatabase(stateDir);
    this.log = new SharedSync(path.join(stateDir, WRITE_AHEAD_LOG));
    this.writes = new JournalWrites(this.db, (sql) => this.sql(sql));
    this.nextReport = Number(this.db.prepare('SELECT max(seq) AS seq FROM report').get()?.seq ?? 0) + 1;
  }

  /** What still waits is tried once more; false when it could not be written and is forgotten. */
  close(): boolean {
    this.writes.retry();
    const isWhole = this.writes.size === 0;
    this.db.close();
    return isWhole;
  }

  /** Tells when the disk refuses writes and when it takes them again. */
  listen(listener: JournalListener): void {
    this.writes.listen(listener);
  }

  /** Tries again to write what the disk refused; called with each heartbeat. */
  retryWrites(): void {
    this.writes.retry();
  }

  /**
   * Resolves when everything noted so far is on disk, and outlives a loss of power: to be awaited before something is
   * destroyed because it is noted as done with. Rejects with the signal's reason when it fires first.
   */
  async written(signal: AbortSignal): Promise<void> {
    await this.writes.written(signal);
    await this.log.now();
  }

  /** The same of what the disk has taken: what it refuses for now is not waited for. */
  synced(): Promise<void> {
    return this.log.now();
  }

  private write(...statements: JournalStatement[]): void {
    this.writes.add({ statements });
  }

  private sql(statement: string): StatementSync {
    let prepared = this.statements.get(statement);
    if (!prepared) {
      prepared = this.db.prepare(statement);
      this.statements.set(statement, prepared);
    }
    return prepared;
  }

  meta(key: string): string | null {
    return textOrNull(this.sql('SELECT value FROM meta WHERE key = ?').get(key)?.value);
  }

  setMeta(key: string, value: string): void {
    const statement = 'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
    this.writes.add({ key: `meta ${key}`, statements: [[statement, key, value]] });
  }

  // ── series ──

  addSeries(
    series: Pick<SeriesRow, 'seriesKey' | 'detector' | 'dir' | 'begun'> & { openedMs: number },
  ): void {
    this.write([
      "INSERT INTO series (series_key, detector, dir, state, opened_ms, begun) VALUES (?, ?, ?, 'receiving', ?, ?)",
      series.seriesKey,
      series.detector,
      series.dir,
      series.openedMs,
      JSON.stringify(series.begun),
    ]);
  }

  setOpenRequest(request: SeriesOpenRequest): void {
    this.write([
      'UPDATE series SET open_request = ? WHERE series_key = ?',
      JSON.stringify(request),
      request.seriesKey,
    ]);
  }

  setSeriesOpened(seriesKey: string, datasetId: string, base: string): void {
    this.write([
      'UPDATE series SET dataset_id = ?, base = ? WHERE series_key = ?',
      datasetId,
      base,
      seriesKey,
    ]);
  }

  /** How far it came, noted now and then: after a loss of the spool this tells which frames are gone. */
  setSeriesProgress(seriesKey: string, framesReceived: number, lastFrame: number): void {
    const statement = 'UPDATE series SET frames_received = ?, last_frame = ? WHERE series_key = ?';
    this.writes.add({
      key: `progress ${seriesKey}`,
      statements: [[statement, framesReceived, lastFrame, seriesKey]],
    });
  }

  setSeriesEnded(
    seriesKey: string,
    end: {
      endedAt: string;
      ending: SeriesEnding;
      framesReceived: number;
      lastFrame: number;
      missing: FrameRange[];
      lost: FrameRange[];
    },
  ): void {
    this.write([
      `UPDATE series SET state = 'ended', ended_at = ?, ending = ?, frames_received = ?, last_frame = ?, missing = ?, lost = ?
       WHERE series_key = ? AND state = 'receiving'`,
      end.endedAt,
      end.ending,
      end.framesReceived,
      end.lastFrame,
      JSON.stringify(end.missing),
      JSON.stringify(end.lost),
      seriesKey,
    ]);
  }

  setSeriesLost(seriesKey: string, lost: FrameRange[]): void {
    this.write(['UPDATE series SET lost = ? WHERE series_key = ?', JSON.stringify(lost), seriesKey]);
  }

  /** Everything of it is confirmed: its files' rows go, its own stays a while as a memory of what was done. */
  closeSeries(seriesKey: string): void {
    this.write(
      ['DELETE FROM part WHERE client_id IN (SELECT client_id FROM file WHERE series_key = ?)', seriesKey],
      ['DELETE FROM file WHERE series_key = ?', seriesKey],
      ["UPDATE series SET state = 'closed' WHERE series_key = ?", seriesKey],
      [
        `DELETE FROM series WHERE state = 'closed' AND series_key NOT IN
           (SELECT series_key FROM series WHERE state = 'closed' ORDER BY opened_ms DESC LIMIT 200)`,
      ],
    );
  }

  /** Null when it is not known (any more). */
  seriesState(seriesKey: string): SeriesJournalState | null {
    const row = this.sql('SELECT state FROM series WHERE series_key = ?').get(seriesKey);
    return row === undefined ? null : (String(row.state) as SeriesJournalState);
  }

  unfinishedSeries(): SeriesRow[] {
    const rows = this.sql("SELECT * FROM series WHERE state <> 'closed' ORDER BY opened_ms").all();
    return rows.map(seriesOf);
  }

  // ── files ──

  addFile(
    file: Pick<
      FileRow,
      'clientId' | 'seriesKey' | 'kind' | 'number' | 'localPath' | 'partBytes' | 'createdAt'
    >,
  ): void {
    this.write([
      `INSERT INTO file (client_id, series_key, kind, number, local_path, state, part_bytes, created_at)
       VALUES (?, ?, ?, ?, ?, 'growing', ?, ?)`,
      file.clientId,
      file.seriesKey,
      file.kind,
      file.number,
      file.localPath,
      file.partBytes,
      file.createdAt,
    ]);
  }

  setFileSettled(
    file: Pick<FileRow, 'clientId' | 'sizeBytes' | 'rows' | 'absent' | 'createdAt' | 'settledAt' | 'masks'>,
  ): void {
    this.write([
      `UPDATE file SET state = 'settled', size_bytes = ?, rows = ?, absent = ?, created_at = ?, settled_at = ?, masks = ?
       WHERE client_id = ? AND state IN ('growing', 'settled')`,
      file.sizeBytes,
      file.rows,
      JSON.stringify(file.absent),
      file.createdAt,
      file.settledAt,
      JSON.stringify(file.masks),
      file.clientId,
    ]);
  }

  setUploadOpened(clientId: string, uploadId: string, finalPath: string): void {
    this.write([
      'UPDATE file SET upload_id = ?, final_path = ? WHERE client_id = ?',
      uploadId,
      finalPath,
      clientId,
    ]);
  }

  /** The store no longer knows the upload: it begins anew. */
  forgetUpload(clientId: string): void {
    this.write(
      ['DELETE FROM part WHERE client_id = ?', clientId],
      ['UPDATE file SET upload_id = NULL WHERE client_id = ?', clientId],
    );
  }

  setFirstPartAt(clientId: string, at: string): void {
    this.write([
      'UPDATE file SET first_part_at = ? WHERE client_id = ? AND first_part_at IS NULL',
      at,
      clientId,
    ]);
  }

  setSha256(clientId: string, sha256: string): void {
    this.write(['UPDATE file SET sha256 = ? WHERE client_id = ?', sha256, clientId]);
  }

  setFileConfirmed(clientId: string, finalPath: string): void {
    this.write([
      "UPDATE file SET state = 'confirmed', final_path = ? WHERE client_id = ?",
      finalPath,
      clientId,
    ]);
  }

  setFileLost(clientId: string): void {
    this.write(["UPDATE file SET state = 'lost' WHERE client_id = ?", clientId]);
  }

  dropFile(clientId: string): void {
    this.write(
      ['DELETE FROM part WHERE client_id = ?', clientId],
      ['DELETE FROM file WHERE client_id = ?', clientId],
    );
  }

  filesOf(seriesKey: string): FileRow[] {
    return this.sql('SELECT * FROM file WHERE series_key = ? ORDER BY number').all(seriesKey).map(fileOf);
  }

  putPart(clientId: string, part: StoredPart): void {
    this.write([
      'INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)',
      clientId,
      part.partNumber,
      part.sizeBytes,
      part.crc32c,
    ]);
  }

  dropPart(clientId: string, partNumber: number): void {
    this.write(['DELETE FROM part WHERE client_id = ? AND part_number = ?', clientId, partNumber]);
  }

  partsOf(clientId: string): StoredPart[] {
    const rows = this.sql('SELECT * FROM part WHERE client_id = ? ORDER BY part_number').all(clientId);
    return rows.map((row) => ({
      partNumber: Number(row.part_number),
      sizeBytes: Number(row.size_bytes),
      crc32c: String(row.crc32c),
    }));
  }

  // ── reports on their way to the server ──

  /**
   * At most `keep` wait for the server, and as many for the disk: of a longer silence the oldest are given up, errors last.
   */
  addReport(report: Omit<AgentReport, 'id'>, keep = 5000): void {
    const body: AgentReport = { id: randomUUID(), ...report };
    const seq = this.nextReport++;
    const insert: JournalStatement = [
      'INSERT INTO report VALUES (?, ?, ?)',
      body.id,
      seq,
      JSON.stringify(body),
    ];
    this.writes.add({ key: reportKey(body.id), report: body, statements: [insert] });
    if (seq % 100 === 0) this.trimReports(keep);
  }

  private trimReports(keep: number): void {
    const waiting = this.writes.reports();
    const expendable = [...waiting].sort((a, b) => Number(a.level === 'error') - Number(b.level === 'error'));
    for (const { id } of expendable.slice(0, Math.max(0, waiting.length - keep))) {
      this.writes.discard(reportKey(id));
    }
    const statement = `DELETE FROM report WHERE id IN (SELECT id FROM report ORDER BY (body LIKE '%"level":"error"%') DESC, seq DESC LIMIT -1 OFFSET ?)`;
    this.writes.add({ key: 'trim reports', statements: [[statement, keep]] });
  }

  /** The oldest reports first, also those that wait for the disk. */
  pendingReports(limit: number): AgentReport[] {
    const rows = this.sql('SELECT id, body FROM report ORDER BY seq LIMIT ?').all(limit + this.writes.size);
    const noted = rows
      .filter(({ id }) => !this.writes.has(dropKey(String(id))))
      .map(({ body }) => JSON.parse(String(body)) as AgentReport);
    return [...noted, ...this.writes.reports()].slice(0, limit);
  }

  dropReports(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.writes.discard(reportKey(id))) continue;
      this.writes.add({ key: dropKey(id), statements: [['DELETE FROM report WHERE id = ?', id]] });
    }
  }
}

const reportKey = (id: string) => `report ${id}`;
const dropKey = (id: string) => `drop report ${id}`;
