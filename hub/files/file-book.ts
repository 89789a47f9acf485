import { randomUUID } from 'node:crypto';
import type { SQLInputValue } from 'node:sqlite';
import { SOURCE_FILE_STATES, type SourceFileState } from '#src/shared/model/states.ts';
import type { Hold } from '../agent/upload-gate.ts';
import { type FileFault, faultRetryMs } from './file-faults.ts';
import type { FileJournal } from './file-journal.ts';
import type { DoubtfulUpload, Growth, NewSighting, SourceFile } from './file-rows.ts';
import { type FileSignature, isSameInode } from './file-stat.ts';
import { distinctPath, type PathBytes, safePath } from './path-bytes.ts';

/** As late as a number of milliseconds can be: not before a person asks. */
export const NEVER_MS = 8.64e15;

const columnsOf = (signature: FileSignature) => ({
  dev: signature.dev,
  ino: signature.ino,
  size_bytes: signature.sizeBytes,
  mtime_ns: signature.mtimeNs,
  ctime_ns: signature.ctimeNs,
  birth_ns: signature.birthNs,
});

type Columns = Record<string, SQLInputValue>;

/** An upload that is given up may just have been completed, or never have been heard of: it keeps what it follows. */
function doubtOf({ clientId, sha256, signature, state, doubtful, confirmedId }: SourceFile): Columns {
  if (clientId === null || sha256 === null || state === 'confirmed') return {};
  const replaces = doubtful === null || doubtful.clientId === clientId ? confirmedId : doubtful.clientId;
  const doubt: DoubtfulUpload = { clientId, sha256, sizeBytes: signature.sizeBytes, replaces };
  return { doubtful: JSON.stringify(doubt) };
}

const timesOf = (seen: NewSighting): Columns => ({
  seen_ms: seen.seenMs,
  watched_ms: seen.watchedMs,
  late_ms: seen.lateMs,
  offset_ms: seen.offsetMs,
  doubt_ms: seen.doubtMs,
  steady_ms: seen.steadyMs,
  boot: seen.boot,
});

/** Null: it was never read, so nobody can tell. */
function growthOf(
  { state, sha256, confirmedSha256, signature, grown }: SourceFile,
  seen: NewSighting,
): Growth {
  const known = sha256 ?? (state === 'confirmed' ? confirmedSha256 : null);
  if (known !== null) return { before: { sizeBytes: signature.sizeBytes, sha256: known }, seen };
  return grown ?? { before: null, seen };
}

/** What belongs to the content that was on its way, and not to the next one. */
const NO_UPLOAD = {
  sha256: null,
  client_id: null,
  upload_id: null,
  first_part_at: null,
  settled_ms: null,
  tries: 0,
  entry_id: null,
  reason: null,
  blocked_ms: null,
};

/** The files of one source in the journal, each change of state in words, and how many are in each. */
export class FileBook {
  private readonly journal: FileJournal;
  private readonly source: string;
  private readonly tally = new Map<SourceFileState, { files: number; bytes: number }>();
  private confirmedSinceStart = 0;
  /** Of files that came or changed, as far as they were seen, since the start. */
  seenBytes = 0;
  /** Another number whenever something was held or is not any more. */
  heldRevision = 0;

  constructor(journal: FileJournal, source: string) {
    this.journal = journal;
    this.source = source;
    for (const [state, count] of journal.counts(source)) this.tally.set(state, count);
  }

  /** By state; confirmed ones since the start. */
  states(): Record<SourceFileState, number> {
    const of = (state: SourceFileState) =>
      state === 'confirmed' ? this.confirmedSinceStart : (this.tally.get(state)?.files ?? 0);
    return Object.fromEntries(SOURCE_FILE_STATES.map((state) => [state, of(state)])) as Record<
      SourceFileState,
      number
    >;
  }

  /** Bytes that are to be sent or may be. */
  get waitingBytes(): number {
    let bytes = 0;
    for (const [state, count] of this.tally) {
      if (state !== 'confirmed' && state !== 'left-out' && state !== 'poisoned') bytes += count.bytes;
    }
    return bytes;
  }

  get waitingFiles(): number {
    const { confirmed: _, poisoned: __, 'left-out': ___, ...waiting } = this.states();
    return Object.values(waiting).reduce((sum, files) => sum + files, 0);
  }

  private count(state: SourceFileState, files: number, bytes: number): void {
    if (state === 'held') this.heldRevision++;
    const before = this.tally.get(state) ?? { files: 0, bytes: 0 };
    this.tally.set(state, { files: before.files + files, bytes: before.bytes + bytes });
  }

  private change(
    file: SourceFile,
    state: SourceFileState,
    changes: Columns,
    signature = file.signature,
  ): void {
    this.journal.update(file.id, {
      state,
      ...changes,
      ...(signature === file.signature ? {} : columnsOf(signature)),
    });
    this.count(file.state, -1, -file.signature.sizeBytes);
    this.count(state, 1, signature.sizeBytes);
    this.seenBytes += Math.max(0, signature.sizeBytes - file.signature.sizeBytes);
    if (state === 'confirmed' && file.state !== 'confirmed') this.confirmedSinceStart++;
  }

  private nameFor(path: PathBytes): string {
    const wanted = safePath(path);
    return this.journal.isNameTaken(this.source, wanted) ? distinctPath(path) : wanted;
  }

  private newFile(path: PathBytes, signature: FileSignature, seen: NewSighting, state: SourceFileState) {
    return {
      source: this.source,
      path,
      signature,
      state,
      dueMs: 0,
      ...seen,
      inPlace: false,
      settledMs: null,
      relativePath: this.nameFor(path),
      sha256: null,
      clientId: null,
      uploadId: null,
      firstPartAt: null,
      confirmedId: null,
      confirmedSha256: null,
      storedPath: null,
      doubtful: null,
      version: 1,
      tries: 0,
      entryId: null,
      reason: null,
      blockedMs: null,
      heldBecause: null,
      heldCode: null,
      heldMs: null,
      seriesKey: null,
      frame: null,
      grown: null,
      confirmedMtimeNs: null,
    };
  }

  /** First sight of a file. */
  addSeen(path: PathBytes, signature: FileSignature, seen: NewSighting, dueMs: number): SourceFile {
    this.count('seen', 1, signature.sizeBytes);
    this.seenBytes += signature.sizeBytes;
    return this.journal.add({ ...this.newFile(path, signature, seen, 'seen'), dueMs });
  }

  /** Something that cannot be sent and was not in the book. */
  addPoisoned(path: PathBytes, signature: FileSignature, seen: NewSighting, fault: FileFault): void {
    this.journal.add({
      ...this.newFile(path, signature, seen, 'poisoned'),
      dueMs: fault.mayHeal ? seen.seenMs + faultRetryMs(1) : NEVER_MS,
      tries: 1,
      entryId: randomUUID(),
      reason: fault.reason,
      blockedMs: seen.seenMs,
    });
    this.count('poisoned', 1, signature.sizeBytes);
  }

  /** It still changes. */
  settling(file: SourceFile, signature: FileSignature, dueMs: number): void {
    this.change(file, 'settling', { due_ms: dueMs }, signature);
  }

  /**
   * Other bytes than those on their way or in the store. Appended to, as it seems until it is read: the same acquisition, so its times stay.
   * Rewritten: those of now, and the birth time of the old content is not that of the new one. Nobody appends to a frame of a CBF series.
   */
  changed(file: SourceFile, signature: FileSignature, seen: NewSighting, dueMs: number): void {
    const isSameFile = isSameInode(file.signature, signature);
    const isAppended = isSameFile && file.frame === null && signature.sizeBytes > file.signature.sizeBytes;
    // Before it was ever steady, a writer that truncates or renames over its own beginning is still at the same content.
    const isNew = !isAppended && (file.confirmedId !== null || file.settledMs !== null);
    const times: Columns = isNew ? { ...timesOf(seen), in_place: isSameFile ? 1 : 0, grown: null } : {};
    if (isAppended && (file.confirmedId !== null || file.settledMs !== null)) {
      times.grown = JSON.stringify(growthOf(file, seen));
    }
    if (file.clientId !== null) this.journal.dropParts(file.clientId);
    const version: Columns = file.state === 'confirmed' ? { version: file.version + 1 } : {};
    const changes = { ...NO_UPLOAD, ...times, ...version, ...doubtOf(file), due_ms: dueMs };
    this.change(file, 'settling', changes, signature);
  }

  /** It became longer and begins with other bytes than before: what it is now came about when it was first seen so. */
  writtenOver({ id }: SourceFile, { seen }: Growth): void {
    this.journal.update(id, { ...timesOf(seen), in_place: 1, grown: null });
  }

  /** An upload given up in the middle had been completed all the same. */
  wasStored(
    { id }: SourceFile,
    { clientId, sha256, storedPath }: { clientId: string; sha256: string; storedPath: string },
  ): void {
    this.journal.update(id, {
      doubtful: null,
      confirmed_id: clientId,
      confirmed_sha256: sha256,
      confirmed_mtime_ns: null,
      stored_path: storedPath,
    });
  }

  /** Another acquisition uses the name of a file that is stored: what is on its way is a new file. */
  measuredAgain({ id }: SourceFile): void {
    const former: Columns = { confirmed_id: null, confirmed_sha256: null, confirmed_mtime_ns: null };
    this.journal.update(id, { ...former, stored_path: null, doubtful: null, series_key: null, frame: null });
  }

  /** Its writer has closed it, or nobody wrote for the settle time. */
  settled(file: SourceFile, nowMs: number, signature = file.signature): void {
    this.change(file, 'hashing', { settled_ms: nowMs }, signature);
  }

  hashed(file: SourceFile, sha256: string, clientId: string): void {
    this.change(file, 'uploading', { sha256, client_id: clientId });
  }

  committing(file: SourceFile): void {
    this.change(file, 'committing', {});
  }

  /** Back to its turn. */
  waiting(file: SourceFile): void {
    this.change(file, 'hashing', {});
  }

  held(file: SourceFile, { because, experimentCode }: Omit<Hold, 'send'>, nowMs: number): void {
    const heldMs = file.heldMs ?? nowMs;
    this.change(file, 'held', { held_because: because, held_code: experimentCode, held_ms: heldMs });
  }

  leftOut(file: SourceFile): void {
    this.change(file, 'left-out', { held_ms: null });
  }

  confirmed(file: SourceFile, storedPath: string): void {
    const { clientId, sha256 } = file;
    if (clientId !== null) this.journal.dropParts(clientId);
    this.change(file, 'confirmed', {
      confirmed_id: clientId,
      confirmed_sha256: sha256,
      confirmed_mtime_ns: file.signature.mtimeNs,
      stored_path: storedPath,
      doubtful: null,
      grown: null,
      held_ms: null,
      tries: 0,
      entry_id: null,
      reason: null,
      blocked_ms: null,
    });
  }

  /** Touched without another byte: the store has it as it is. */
  unchanged(file: SourceFile): void {
    this.change(file, 'confirmed', {
      ...NO_UPLOAD,
      version: Math.max(1, file.version - 1),
      grown: null,
      held_ms: null,
    });
  }

  poisoned(file: SourceFile, fault: FileFault, nowMs: number): void {
    const tries = file.tries + 1;
    this.change(file, 'poisoned', {
      tries,
      due_ms: fault.mayHeal ? nowMs + faultRetryMs(tries) : NEVER_MS,
      entry_id: file.entryId ?? randomUUID(),
      reason: fault.reason,
      blocked_ms: file.blockedMs ?? nowMs,
    });
  }

  /** To be looked at at once. */
  dueNow(file: SourceFile): void {
    this.journal.update(file.id, { due_ms: 0 });
  }

  /** Tried again; how often it failed is kept. */
  retried(file: SourceFile, signature: FileSignature, dueMs: number): void {
    this.change(file, 'settling', { due_ms: dueMs }, signature);
  }

  /** The same file under another name. What the store has keeps the name it has there. */
  renamed(file: SourceFile, path: PathBytes, signature: FileSignature): void {
    const name: Columns = file.confirmedId === null ? { relative_path: this.nameFor(path) } : {};
    this.journal.update(file.id, { path: Buffer.from(path, 'latin1'), ...name });
    if (file.state === 'confirmed') this.change(file, 'confirmed', {}, signature);
    else {
      // On its way it is begun anew under the name it has now.
      const state = file.state === 'uploading' || file.state === 'committing' ? 'hashing' : file.state;
      this.change(file, state, { ...NO_UPLOAD, ...doubtOf(file), settled_ms: file.settledMs }, signature);
    }
  }

  /** Nothing of it is there or was sent. */
  removed(file: SourceFile): void {
    if (file.clientId !== null) this.journal.dropParts(file.clientId);
    this.journal.remove(file.id);
    this.count(file.state, -1, -file.signature.sizeBytes);
  }

  /** Former content is in the store; of the new one nothing is there any more. */
  restored(file: SourceFile): void {
    this.change(file, 'confirmed', NO_UPLOAD);
  }
}
