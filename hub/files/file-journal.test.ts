import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileBook } from './file-book.ts';
import { FileJournal } from './file-journal.ts';
import { FileJournalBlocked } from './journal-blocked.ts';

let folder: string;
let journal: FileJournal;
let refusals: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-journal-'));
  journal = new FileJournal(folder);
  refusals = [];
  journal.listen((reason) => refusals.push(reason));
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

it('a trial whether the disk takes notes again leaves what was noted meanwhile', async () => {
  journal.setMeta('landing', 'noted');
  expect(journal.canWrite()).toBe(true);
  await journal.flushed();
  expect(journal.meta('landing')).toBe('noted');
  expect(refusals).toEqual([]);
});

it('what SQLite has undone by itself counts as refused by the disk, once, and is noted again afterwards', async () => {
  journal.setMeta('landing', 'undone');
  const flushed = journal.flushed();
  // SQLite does so when a full disk stops a statement in the middle of its work.
  (journal as unknown as { db: DatabaseSync }).db.exec('ROLLBACK');
  expect(() => journal.setMeta('landing', 'alone')).toThrow(FileJournalBlocked);
  await expect(flushed).rejects.toBeInstanceOf(FileJournalBlocked);
  expect(refusals).toHaveLength(1);
  expect(journal.meta('landing')).toBeNull();
  journal.setMeta('landing', 'again');
  journal.flushNow();
  expect(journal.meta('landing')).toBe('again');
});

it('a batch that was undone before its end does not end the program', async () => {
  journal.setMeta('landing', 'undone');
  const flushed = journal.flushed();
  (journal as unknown as { db: DatabaseSync }).db.exec('ROLLBACK');
  await expect(flushed).rejects.toBeInstanceOf(FileJournalBlocked);
  expect(refusals).toHaveLength(1);
});

it('a journal of the version before is taken over with what it holds', () => {
  journal.close();
  const file = join(folder, 'files.db');
  const old = new DatabaseSync(file);
  old.exec(
    'ALTER TABLE file DROP COLUMN grown; ALTER TABLE file DROP COLUMN confirmed_mtime_ns; PRAGMA user_version = 1;',
  );
  old.exec("INSERT INTO meta VALUES ('landing', 'noted before')");
  old.close();
  journal = new FileJournal(folder);
  expect(journal.meta('landing')).toBe('noted before');
  const book = new FileBook(journal, 'landing');
  const seen = { seenMs: 1, watchedMs: 0, lateMs: 0, offsetMs: 0, doubtMs: 0, steadyMs: 0, boot: '' };
  const signature = { dev: 1n, ino: 1n, sizeBytes: 1, mtimeNs: 7n, ctimeNs: 7n, birthNs: 0n };
  const { id } = book.addSeen('a', signature, seen, 0);
  book.settled(journal.byId(id)!, 2);
  book.hashed(journal.byId(id)!, 'a'.repeat(64), 'client');
  book.confirmed(journal.byId(id)!, 'raw/a');
  expect(journal.byId(id)).toMatchObject({ grown: null, confirmedMtimeNs: 7n });
});
