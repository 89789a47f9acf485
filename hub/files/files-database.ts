import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FILES_SCHEMA, FILES_SCHEMA_VERSION, FILES_UPGRADES } from './file-rows.ts';

/** `files.db` in the state folder, as this version knows it. Throws when it cannot be written, or holds notes of a newer version. */
export function openFilesDatabase(stateDir: string): DatabaseSync {
  const file = path.join(stateDir, 'files.db');
  const db = new DatabaseSync(file, { timeout: 2000 });
  // Many small transactions: without a limit of its own the log would grow to four megabytes before it is folded in.
  db.exec(
    `PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
     PRAGMA wal_autocheckpoint = 250; PRAGMA journal_size_limit = 1048576;`,
  );
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > FILES_SCHEMA_VERSION) {
    db.close();
    throw new Error(`${file} was written by a newer version of Beamdeck; start that version`);
  }
  const steps = version === 0 ? [FILES_SCHEMA] : FILES_UPGRADES.slice(version - 1);
  if (steps.length > 0) {
    db.exec(`BEGIN; ${steps.join('\n')} PRAGMA user_version = ${FILES_SCHEMA_VERSION}; COMMIT;`);
  }
  return db;
}
