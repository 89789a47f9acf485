import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32c } from '@node-rs/crc32';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SpoolThread } from '../agent/spool-thread.ts';
import type { UploadOrder } from '../agent/upload-order.ts';
import { acquiredOf } from './acquired.ts';
import { FileBook } from './file-book.ts';
import { FileJournal } from './file-journal.ts';
import { FileSender } from './file-sender.ts';
import { signatureOf } from './file-stat.ts';
import { FolderPlace } from './folder-place.ts';
import { pathBytesOfText } from './path-bytes.ts';

const PART = 1024 * 1024;
const crcOf = (bytes: Uint8Array) => crc32c(bytes).toString(16).padStart(8, '0');
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const CONTENT = Buffer.alloc(2.5 * PART, 'frames');

let folder: string;
let file: string;
let thread: SpoolThread;
let journal: FileJournal;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-parts-'));
  file = path.join(folder, 'run.dat');
  writeFileSync(file, CONTENT);
  thread = new SpoolThread();
  journal = new FileJournal(folder);
});
afterEach(async () => {
  journal.close();
  await thread.close();
  rmSync(folder, { recursive: true });
});

it('a file is hashed as a whole, in parts and up to where it ended before', async () => {
  const of = (prefixBytes: number | null) =>
    thread.hashParts({ path: file, sizeBytes: CONTENT.length, partBytes: PART, prefixBytes });
  const whole = {
    sha256: sha256Of(CONTENT),
    crcs: [0, 1, 2].map((part) => crcOf(CONTENT.subarray(part * PART, (part + 1) * PART))),
  };
  expect(await of(null)).toEqual({ ...whole, prefixSha256: null });
  for (const prefix of [0, 1, PART, PART + 12_345, CONTENT.length]) {
    expect(await of(prefix)).toEqual({ ...whole, prefixSha256: sha256Of(CONTENT.subarray(0, prefix)) });
  }
});

/** Sends the file with parts 1 and 2 stored by a former process, and tells what is asked for before its completion. */
async function resumedWith(crcs: readonly string[]): Promise<{ resumed: number[]; isStillSame: boolean }> {
  const book = new FileBook(journal, 'landing');
  const signature = signatureOf(statSync(file, { bigint: true }));
  const seen = {
    seenMs: Date.now(),
    watchedMs: 0,
    lateMs: 0,
    offsetMs: 0,
    doubtMs: 0,
    steadyMs: 0,
    boot: '',
  };
  const { id } = book.addSeen('run.dat', signature, seen, 0);
  book.settled(journal.byId(id)!, Date.now());
  book.hashed(journal.byId(id)!, sha256Of(CONTENT), 'client');
  journal.setUploadOpened('client', 'upload');
  for (const [index, crc32c] of crcs.entries()) {
    journal.putPart('client', { partNumber: index + 1, sizeBytes: PART, crc32c });
  }
  let isStillSame = false;
  let resumed: number[] = [];
  const upload = async ({ file: sent, stillSame }: UploadOrder) => {
    resumed = sent.storedParts().map(({ partNumber }) => partNumber);
    for (const [index, crc32c] of crcs.entries()) {
      sent.markStored({ partNumber: index + 1, sizeBytes: PART, crc32c });
    }
    isStillSame = await stillSame!();
    return { known: true as const, path: 'raw/run.dat', experimentCode: null, unassignedReason: null };
  };
  const acquired = acquiredOf(
    { seenMs: seen.seenMs, watchedSinceMs: 0, lateMs: 0, isBirthOfContent: true },
    signature,
    { offsetMs: 0, doubtMs: 0 },
  );
  const sender = new FileSender({
    ...{ source: 'landing', place: new FolderPlace(pathBytesOfText(folder)), journal, book, partBytes: PART },
    uploader: { upload },
    client: { openUploads: () => Promise.reject(new Error('not asked')) },
    hash: (order) => thread.hashParts(order),
    gate: { switchBetween: () => null },
    reports: { addThrown: () => undefined } as never,
    datasets: {
      ...{ placeOf: async () => null, beginAnew: () => false, perhapsOf: () => null },
      ...{ isGoingOn: () => false, isRepeated: () => false, stored: () => undefined },
      ...{ start: () => undefined, stop: async () => undefined },
    },
    ...{ acquiredOf: () => acquired, isNewest: () => true },
  });
  const placed = () => undefined;
  await sender.send(journal.byId(id)!, { acquired, signal: new AbortController().signal, placed });
  return { resumed, isStillSame };
}

it('an upload goes on with the parts that still are what was sent, and never ends as a mix of two contents', async () => {
  const [first, second] = [0, 1].map((part) => crcOf(CONTENT.subarray(part * PART, (part + 1) * PART)));
  expect(await resumedWith([first!, second!])).toEqual({ resumed: [1, 2], isStillSame: true });
});

it('a part that was read before the file was written over in place is sent anew', async () => {
  const second = crcOf(CONTENT.subarray(PART, 2 * PART));
  expect(await resumedWith(['00000001', second])).toEqual({ resumed: [2], isStillSame: false });
});
