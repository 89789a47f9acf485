import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isFileFault, journalDiskFault } from './disk-fault.ts';
import { FROM_VERSION_1, FROM_VERSION_2, SCHEMA, SCHEMA_VERSION } from './journal-rows.ts';

const DATABASE = 'journal.db';
/** Where SQLite puts what is committed (sqlite.org/wal.html): synced, it outlives a loss of power. */
export const WRITE_AHEAD_LOG = `${DATABASE}-wal`;

export class JournalInUseError extends Error {}

/**
 * Opens or makes `journal.db` in the state folder. Throws JournalInUseError while another process has it, and says what to
 * do when the folder cannot be written.
 */
export function openJournalDatabase(stateDir: string): DatabaseSync {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return openExclusively(path.join(stateDir, DATABASE));
  } catch (error) {
    const reason = isFileFault(error) ? error.code : journalDiskFault(error);
    if (reason == null) throw error;
    throw new Error(
      `the state folder ${stateDir} cannot be written (${reason}); free space on its disk and start again`,
      { cause: error },
    );
  }
}

function openExclusively(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 2000 });
  try {
    // Exclusive: two agents on one journal would upload and delete each other's files. The kernel drops the lock of a
    // killed process.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    db.exec('BEGIN IMMEDIATE');
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
    if (version > SCHEMA_VERSION) {
      throw new Error(`${file} was written by a newer version of Beamdeck; start that version`);
    }
    if (version === 0) db.exec(SCHEMA);
    if (version === 1) db.exec(FROM_VERSION_1);
    if (version === 1 || version === 2) db.exec(FROM_VERSION_2);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    // Written at every start: on a full disk it is better not to begin.
    db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run('opened-at', new Date().toISOString());
    db.exec('COMMIT');
    return db;
  } catch (error) {
    db.close();
    if (/locked|busy/i.test(String(error))) {
      throw new JournalInUseError(`${file} is in use by another agent; stop that one first`);
    }
    throw error;
  }
}
