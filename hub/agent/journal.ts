import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type {
  AgentReport,
  FrameRange,
  SeriesOpenRequest,
  StoredPart,
} from '#src/shared/contracts/agent-api.ts';
import type { SeriesEnding } from '#src/shared/model/states.ts';
import {
  type FileRow,
  fileOf,
  SCHEMA,
  SCHEMA_VERSION,
  type SeriesRow,
  seriesOf,
  textOrNull,
} from './journal-rows.ts';

export type { FileRow, SeriesRow } from './journal-rows.ts';

/*
 * What an agent must know after being killed at any moment: which series and files it holds, what the server said about
 * them, which parts the store has, which reports are not delivered. SQLite in WAL mode: a committed row survives the
 * process; with synchronous=NORMAL a power cut may take the last rows, which costs asking the store again, never data.
 */

export class JournalInUseError extends Error {}

export class Journal {
  private readonly db: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private nextReport: number;

  /** Opens or makes `journal.db` in the state folder. Throws JournalInUseError while another process has it. */
  constructor(stateDir: string) {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const file = path.join(stateDir, 'journal.db');
    this.db = new DatabaseSync(file, { timeout: 2000 });
    try {
      // Exclusive: two agents on one journal would upload and delete each other's files. The kernel drops the lock of a
      // killed process.
      this.db.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;',
      );
      this.db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      this.db.close();
      if (/locked|busy/i.test(String(error))) {
        throw new JournalInUseError(`${file} is in use by another HUB; stop that one first`);
      }
      throw error;
    }
    const version = Number(this.db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
    if (version > SCHEMA_VERSION) {
      this.db.close();
      throw new Error(`${file} was written by a newer version of Beamdeck; start that version`);
    }
    if (version === 0) this.db.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
    this.db.exec('COMMIT');
    this.nextReport = Number(this.db.prepare('SELECT max(seq) AS seq FROM report').get()?.seq ?? 0) + 1;
  }

  close(): void {
    this.db.close();
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
    this.sql('INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(
      key,
      value,
    );
  }

  // ── series ──

  addSeries(series: { seriesKey: string; detector: string; dir: string; openedMs: number }): void {
    this.sql(
      "INSERT INTO series (series_key, detector, dir, state, opened_ms) VALUES (?, ?, ?, 'receiving', ?)",
    ).run(series.seriesKey, series.detector, series.dir, series.openedMs);
  }

  setOpenRequest(request: SeriesOpenRequest): void {
    this.sql('UPDATE series SET open_request = ? WHERE series_key = ?').run(
      JSON.stringify(request),
      request.seriesKey,
    );
  }

  setSeriesOpened(seriesKey: string, datasetId: string, base: string): void {
    this.sql('UPDATE series SET dataset_id = ?, base = ? WHERE series_key = ?').run(
      datasetId,
      base,
      seriesKey,
    );
  }

  /** How far it came, noted now and then: after a loss of the spool this tells which frames are gone. */
  setSeriesProgress(seriesKey: string, framesReceived: number, lastFrame: number): void {
    this.sql('UPDATE series SET frames_received = ?, last_frame = ? WHERE series_key = ?').run(
      framesReceived,
      lastFrame,
      seriesKey,
    );
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
    this.sql(
      `UPDATE series SET state = 'ended', ended_at = ?, ending = ?, frames_received = ?, last_frame = ?, missing = ?, lost = ?
       WHERE series_key = ? AND state = 'receiving'`,
    ).run(
      end.endedAt,
      end.ending,
      end.framesReceived,
      end.lastFrame,
      JSON.stringify(end.missing),
      JSON.stringify(end.lost),
      seriesKey,
    );
  }

  setSeriesLost(seriesKey: string, lost: FrameRange[]): void {
    this.sql('UPDATE series SET lost = ? WHERE series_key = ?').run(JSON.stringify(lost), seriesKey);
  }

  /** Everything of it is confirmed: its files' rows go, its own stays a while as a memory of what was done. */
  closeSeries(seriesKey: string): void {
    this.db.exec('BEGIN');
    this.sql('DELETE FROM part WHERE client_id IN (SELECT client_id FROM file WHERE series_key = ?)').run(
      seriesKey,
    );
    this.sql('DELETE FROM file WHERE series_key = ?').run(seriesKey);
    this.sql("UPDATE series SET state = 'closed' WHERE series_key = ?").run(seriesKey);
    this.sql(
      `DELETE FROM series WHERE state = 'closed' AND series_key NOT IN
         (SELECT series_key FROM series WHERE state = 'closed' ORDER BY opened_ms DESC LIMIT 200)`,
    ).run();
    this.db.exec('COMMIT');
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
    this.sql(
      `INSERT INTO file (client_id, series_key, kind, number, local_path, state, part_bytes, created_at)
       VALUES (?, ?, ?, ?, ?, 'growing', ?, ?)`,
    ).run(
      file.clientId,
      file.seriesKey,
      file.kind,
      file.number,
      file.localPath,
      file.partBytes,
      file.createdAt,
    );
  }

  setFileSettled(
    file: Pick<FileRow, 'clientId' | 'sizeBytes' | 'rows' | 'absent' | 'createdAt' | 'settledAt' | 'masks'>,
  ): void {
    this.sql(
      `UPDATE file SET state = 'settled', size_bytes = ?, rows = ?, absent = ?, created_at = ?, settled_at = ?, masks = ?
       WHERE client_id = ? AND state IN ('growing', 'settled')`,
    ).run(
      file.sizeBytes,
      file.rows,
      JSON.stringify(file.absent),
      file.createdAt,
      file.settledAt,
      JSON.stringify(file.masks),
      file.clientId,
    );
  }

  setUploadOpened(clientId: string, uploadId: string, finalPath: string): void {
    this.sql('UPDATE file SET upload_id = ?, final_path = ? WHERE client_id = ?').run(
      uploadId,
      finalPath,
      clientId,
    );
  }

  /** The store no longer knows the upload: it begins anew. */
  forgetUpload(clientId: string): void {
    this.db.exec('BEGIN');
    this.sql('DELETE FROM part WHERE client_id = ?').run(clientId);
    this.sql('UPDATE file SET upload_id = NULL WHERE client_id = ?').run(clientId);
    this.db.exec('COMMIT');
  }

  setFirstPartAt(clientId: string, at: string): void {
    this.sql('UPDATE file SET first_part_at = ? WHERE client_id = ? AND first_part_at IS NULL').run(
      at,
      clientId,
    );
  }

  setSha256(clientId: string, sha256: string): void {
    this.sql('UPDATE file SET sha256 = ? WHERE client_id = ?').run(sha256, clientId);
  }

  setFileConfirmed(clientId: string, finalPath: string): void {
    this.sql("UPDATE file SET state = 'confirmed', final_path = ? WHERE client_id = ?").run(
      finalPath,
      clientId,
    );
  }

  setFileLost(clientId: string): void {
    this.sql("UPDATE file SET state = 'lost' WHERE client_id = ?").run(clientId);
  }

  dropFile(clientId: string): void {
    this.sql('DELETE FROM part WHERE client_id = ?').run(clientId);
    this.sql('DELETE FROM file WHERE client_id = ?').run(clientId);
  }

  filesOf(seriesKey: string): FileRow[] {
    return this.sql('SELECT * FROM file WHERE series_key = ? ORDER BY number').all(seriesKey).map(fileOf);
  }

  putPart(clientId: string, part: StoredPart): void {
    this.sql('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)').run(
      clientId,
      part.partNumber,
      part.sizeBytes,
      part.crc32c,
    );
  }

  dropPart(clientId: string, partNumber: number): void {
    this.sql('DELETE FROM part WHERE client_id = ? AND part_number = ?').run(clientId, partNumber);
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

  /** At most `keep` wait: of a longer silence the oldest are given up, errors last. */
  addReport(report: Omit<AgentReport, 'id'>, keep = 5000): void {
    const body: AgentReport = { id: randomUUID(), ...report };
    const seq = this.nextReport++;
    this.sql('INSERT INTO report VALUES (?, ?, ?)').run(body.id, seq, JSON.stringify(body));
    if (seq % 100 === 0) {
      this.sql(
        `DELETE FROM report WHERE id IN (SELECT id FROM report ORDER BY (body LIKE '%"level":"error"%') DESC, seq DESC LIMIT -1 OFFSET ?)`,
      ).run(keep);
    }
  }

  pendingReports(limit: number): AgentReport[] {
    const rows = this.sql('SELECT body FROM report ORDER BY seq LIMIT ?').all(limit);
    return rows.map((row) => JSON.parse(String(row.body)) as AgentReport);
  }

  dropReports(ids: readonly string[]): void {
    for (const id of ids) this.sql('DELETE FROM report WHERE id = ?').run(id);
  }
}
