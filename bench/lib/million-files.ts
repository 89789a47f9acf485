import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FileBook } from '#hub/files/file-book.ts';
import { FileJournal } from '#hub/files/file-journal.ts';
import { signatureOf } from '#hub/files/file-stat.ts';
import { pathBytesOfText } from '#hub/files/path-bytes.ts';

const PER_DIRECTORY = 1000;

/** Small files as a detector numbers them, a thousand in each folder. */
export function fillWatchedFolder(folder: string, files: number): void {
  for (let first = 0; first < files; first += PER_DIRECTORY) {
    const directory = path.join(folder, `run_${String(first / PER_DIRECTORY).padStart(5, '0')}`);
    mkdirSync(directory, { recursive: true });
    for (let number = 0; number < Math.min(PER_DIRECTORY, files - first); number++)
      writeFileSync(path.join(directory, `image_${String(number).padStart(6, '0')}.dat`), 'x');
  }
}

/** Writes the journal of a SYNC that has sent every file of the folder. */
export function noteAsStored(folder: string, stateDir: string, source: string): void {
  const journal = new FileJournal(stateDir);
  const book = new FileBook(journal, source);
  const nowMs = Date.now();
  const seen = { seenMs: nowMs, watchedMs: nowMs, lateMs: 0, offsetMs: 0, doubtMs: 0, steadyMs: 0, boot: '' };
  for (const directory of readdirSync(folder)) {
    for (const name of readdirSync(path.join(folder, directory))) {
      const below = `${directory}/${name}`;
      const signature = signatureOf(lstatSync(path.join(folder, below), { bigint: true }));
      const file = book.addSeen(pathBytesOfText(below), signature, seen, nowMs);
      const uploaded = { ...file, clientId: randomUUID(), sha256: '0'.repeat(64) };
      journal.update(file.id, { sha256: uploaded.sha256, client_id: uploaded.clientId });
      book.confirmed(uploaded, `raw/${below}`);
    }
    journal.flushNow();
  }
  journal.close();
}
