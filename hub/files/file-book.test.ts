import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileBook } from './file-book.ts';
import { FileJournal } from './file-journal.ts';
import type { NewSighting, SourceFile } from './file-rows.ts';
import type { FileSignature } from './file-stat.ts';

let folder: string;
let journal: FileJournal;
let book: FileBook;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-book-'));
  journal = new FileJournal(folder);
  book = new FileBook(journal, 'landing');
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

const sighting = (seenMs: number): NewSighting => ({
  ...{ seenMs, watchedMs: 0, lateMs: 0, offsetMs: 0, doubtMs: 0, steadyMs: seenMs, boot: 'boot' },
});
const BEFORE: FileSignature = {
  ...{ dev: 1n, ino: 12n, sizeBytes: 1000, mtimeNs: 100n, ctimeNs: 100n, birthNs: 50n },
};

function stored(name: string): SourceFile {
  const file = book.addSeen(name, BEFORE, sighting(1000), 0);
  book.settled(file, 1100);
  book.hashed(journal.byId(file.id)!, 'a'.repeat(64), 'client');
  book.confirmed(journal.byId(file.id)!, `raw/${name}`);
  return journal.byId(file.id)!;
}

/** What is noted of a content that was seen at 2000 ms. */
function contentAfter(file: SourceFile, changes: Partial<FileSignature>) {
  const now = { ...BEFORE, mtimeNs: 2000n, ctimeNs: 2000n, ...changes };
  book.changed(file, now, sighting(2000), 2200);
  const { seenMs, inPlace } = journal.byId(file.id)!;
  return { seenMs, inPlace };
}

describe('a stored file that is seen with another content', () => {
  it('and grew, keeps its time', () => {
    expect(contentAfter(stored('run.h5'), { sizeBytes: 2000 })).toEqual({ seenMs: 1000, inPlace: false });
  });

  it('and is not longer, was written over in place', () => {
    expect(contentAfter(stored('run.h5'), {})).toEqual({ seenMs: 2000, inPlace: true });
  });

  it('with the inode number of the removed one is a file of its own, however long it is', () => {
    for (const sizeBytes of [500, 2000]) {
      const file = stored(`${sizeBytes}.h5`);
      expect(contentAfter(file, { sizeBytes, birthNs: 1900n })).toEqual({ seenMs: 2000, inPlace: false });
    }
  });

  it('is never a longer frame of a series: that was written over', () => {
    const file = stored('run_0001.cbf');
    journal.setFrame(file.id, 'series', 0);
    expect(contentAfter(journal.byId(file.id)!, { sizeBytes: 2000 })).toEqual({
      seenMs: 2000,
      inPlace: true,
    });
  });
});
