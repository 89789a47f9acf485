import { lstatSync } from 'node:fs';
import { lookAtEntry } from './entry-look.ts';
import { FileBook } from './file-book.ts';
import { type FileFault, limitFault } from './file-faults.ts';
import type { SourceFile } from './file-rows.ts';
import type { FileDatasets, FileSender } from './file-sender.ts';
import { type FileSignature, isRenamed, isSameContent, signatureOf } from './file-stat.ts';
import { type FileHint, FlowContext, type FlowDeps, MISSING_MS } from './flow-context.ts';
import { PassedOver } from './passed-over.ts';
import { bytesOf, joinPath, type PathBytes, shownPath } from './path-bytes.ts';
import type { ScanPace } from './scan-pace.ts';
import { SendQueue } from './send-queue.ts';
import { Settling } from './settling.ts';

export type { FlowDeps } from './flow-context.ts';

/** Not yet confirmed, and not decided by a person or a switch. */
const ON_THE_WAY = ['seen', 'settling', 'hashing', 'uploading', 'committing', 'held'] as const;

/**
 * The files of one folder on their way: seen → settling → hashing → uploading → committing → confirmed, and from there back to settling
 * when they change. Each step is in the journal before the next begins; what happens to one file never holds up another.
 */
export class FileFlow {
  readonly book: FileBook;
  private readonly context: FlowContext;
  private readonly settling: Settling;
  private readonly queue: SendQueue;
  private readonly datasets: FileDatasets;
  private readonly passedOver = new PassedOver();

  /** @param makeSender what sends, and recognises datasets; gets what the parts of the flow share */
  constructor(deps: FlowDeps, makeSender: (context: FlowContext) => FileSender) {
    this.book = new FileBook(deps.journal, deps.folder.name);
    this.context = new FlowContext(deps, this.book);
    const sender = makeSender(this.context);
    this.datasets = sender.datasets;
    this.queue = new SendQueue(this.context, sender, ({ id }, found) => {
      const file = deps.journal.byId(id);
      if (file !== null && file.state === 'confirmed') this.sightedAgain(file, found, null, 0);
      this.settling.lookSoon();
    });
    this.settling = new Settling(this.context, () => this.queue.pump());
  }

  /** Takes over what a former process left and begins. */
  start(watchedSinceMs: number): void {
    this.context.watchedSinceMs = watchedSinceMs;
    this.context.isStopped = false;
    for (const state of ['uploading', 'committing'] as const) {
      this.context.eachIn(state, (file) => this.book.waiting(file));
    }
    this.settling.lookSoon();
    this.queue.gateChanged();
    this.datasets.start();
  }

  /** Resolves when nothing is on its way any more; what was is taken up by the next start. */
  async stop(reason: Error): Promise<void> {
    this.context.isStopped = true;
    await Promise.all([this.settling.stop(), this.queue.stop(reason), this.datasets.stop(reason)]);
  }

  get activeFiles(): number {
    return this.queue.size;
  }

  // ── what the watcher and the scans see ──

  /** Whether a scan need not say anything of this file: it is in the book as it is. */
  isUnchanged(path: PathBytes, signature: FileSignature): boolean {
    const { journal } = this.context.deps;
    return journal.isUnchanged(this.context.source, path, signature);
  }

  /**
   * A wanted file is there.
   * @param lateMs it may have come this much earlier
   * @returns whether that was news
   */
  sighted(path: PathBytes, signature: FileSignature, hint: FileHint, lateMs = 0): boolean {
    const known = this.context.deps.journal.byPath(this.context.source, path);
    if (known !== null) return this.sightedAgain(known, signature, hint, lateMs);
    const renamed = this.renamedFrom(path, signature);
    if (renamed === null) this.sightedFirst(path, signature, hint, lateMs);
    else this.renamed(renamed, path, signature, hint);
    return true;
  }

  private sightedAgain(known: SourceFile, signature: FileSignature, hint: FileHint, lateMs: number): boolean {
    const { context } = this;
    this.noteOpen(known.id, hint);
    if (known.state === 'seen' || known.state === 'settling') {
      // Who is looked at anyway needs no other hint than that it is complete.
      if (hint === 'complete') this.closed(known, signature);
      return false;
    }
    if (isSameContent(known.signature, signature)) return false;
    this.queue.abort(known.id, 'the file changed');
    const version = known.state === 'confirmed' ? known.version + 1 : known.version;
    const dueMs = context.settleDueMs(known.path, signature, version, context.open.has(known.id));
    this.book.changed(known, signature, context.newSighting(lateMs), dueMs);
    this.settling.lookSoon();
    return true;
  }

  private sightedFirst(path: PathBytes, signature: FileSignature, hint: FileHint, lateMs: number): void {
    const { context } = this;
    const before = this.passedOver.take(path, signature);
    const seen = before === null ? context.newSighting(lateMs) : { ...before, lateMs: 0 };
    const fault = limitFault(path, signature.sizeBytes);
    if (fault !== null) {
      this.book.addPoisoned(path, signature, seen, fault);
      context.tellPoisoned(path, fault);
      return;
    }
    const dueMs = context.settleDueMs(path, signature, 1, hint === 'open');
    const file = this.book.addSeen(path, signature, seen, dueMs);
    this.noteOpen(file.id, hint);
    // Renamed into place is how careful writers say that a file is complete.
    if (hint === 'complete' || before !== null) this.complete(file, signature);
    else this.settling.lookSoon();
  }

  private noteOpen(id: number, hint: FileHint): void {
    if (hint === 'open') this.context.open.add(id);
    else if (hint === 'complete') this.context.open.delete(id);
  }

  /** A file that was there before must stand still too: who appends line by line closes it each time. */
  private closed(known: SourceFile, signature: FileSignature): void {
    if (known.version === 1) {
      this.complete(known, signature);
      return;
    }
    this.book.settling(known, signature, this.context.settleDueMs(known.path, signature, known.version));
    this.settling.lookSoon();
  }

  /** Its writer says that it is complete; on another machine's file system nobody can. */
  private complete(file: SourceFile, signature: FileSignature): void {
    if (!this.context.isLocal(file.path)) {
      this.settling.lookSoon();
      return;
    }
    this.context.missingSince.delete(file.id);
    this.book.settled(file, this.context.deps.now(), signature);
    this.queue.pump();
  }

  /** The record of the same file under a name that is no longer its name; null for a new file and for a further hard link. */
  private renamedFrom(path: PathBytes, signature: FileSignature): SourceFile | null {
    for (const file of this.context.deps.journal.byInode(this.context.source, signature.ino)) {
      if (file.path !== path && isRenamed(file.signature, signature) && !this.isStillAt(file)) return file;
    }
    return null;
  }

  private isStillAt({ path, signature }: SourceFile): boolean {
    try {
      const where = bytesOf(joinPath(this.context.deps.place.root, path));
      return signatureOf(lstatSync(where, { bigint: true })).ino === signature.ino;
    } catch {
      return false;
    }
  }

  private renamed(file: SourceFile, path: PathBytes, signature: FileSignature, hint: FileHint): void {
    const { context } = this;
    this.queue.abort(file.id, 'the file was renamed');
    context.missingSince.delete(file.id);
    const { sizeBytes, mtimeNs } = file.signature;
    const isUnwritten = sizeBytes === signature.sizeBytes && mtimeNs === signature.mtimeNs;
    this.book.renamed(file, path, isUnwritten ? signature : file.signature);
    const now = context.deps.journal.byId(file.id)!;
    if (!isUnwritten) this.sightedAgain(now, signature, hint, 0);
    else if (now.state === 'settling' && now.settledMs !== null) this.complete(now, signature);
    else if (file.state === 'confirmed') {
      context.deps.reports.add({
        level: 'info',
        code: 'file-renamed',
        message: `${shownPath(file.path)} was renamed to ${shownPath(path)} in ${file.source} after it had been stored; in the store it keeps its name, ${file.storedPath}.`,
      });
    }
    this.settling.lookSoon();
    this.queue.pump();
  }

  /** A file whose name is not wanted: remembered for the case that it is renamed into place. */
  passedBy(path: PathBytes, signature: FileSignature): void {
    this.passedOver.note(path, signature, () => this.context.newSighting(0));
  }

  /** Something is there that cannot be sent. */
  blocked(path: PathBytes, signature: FileSignature, fault: FileFault): void {
    const known = this.context.deps.journal.byPath(this.context.source, path);
    if (known === null) {
      this.book.addPoisoned(path, signature, this.context.newSighting(0), fault);
      this.context.tellPoisoned(path, fault);
    } else if (known.state !== 'poisoned') {
      this.queue.abort(known.id, 'it is no file any more');
      this.context.poison(known, fault);
    }
    this.settling.lookSoon();
  }

  /** Nothing is under this name now. */
  gone(path: PathBytes): void {
    const { context } = this;
    const known = context.deps.journal.byPath(context.source, path);
    if (known === null || known.state === 'confirmed' || this.queue.has(known.id)) return;
    // Who is looked at anyway is found missing then.
    if (known.state === 'seen' || known.state === 'settling') return;
    context.missingSince.set(known.id, context.deps.now());
    this.book.settling(known, known.signature, context.deps.now() + MISSING_MS);
    this.settling.lookSoon();
  }

  /** Files that nobody looks at while they wait: those that are gone since are found. */
  async lookForMissing(pace: ScanPace, signal: AbortSignal): Promise<void> {
    const { deps, source } = this.context;
    for (const state of ['held', 'left-out', 'poisoned'] as const) {
      for (let before: SourceFile | null = null; ; ) {
        const page: SourceFile[] = deps.journal.inState(source, state, before);
        for (const { path } of page) {
          if (this.context.isStopped) return;
          const found = await lookAtEntry(deps.place.root, path, deps.place.isLocal(path));
          if (found.is === 'nothing') this.gone(path);
        }
        if (page.length === 0) break;
        before = page.at(-1)!;
        await pace.rest(signal);
      }
    }
  }

  set isPlaceDoubtful(isPlaceDoubtful: boolean) {
    this.context.isPlaceDoubtful = isPlaceDoubtful;
  }

  set isScanning(isScanning: boolean) {
    this.context.isScanning = isScanning;
  }

  // ── switches and commands ──

  gateChanged(): void {
    if (!this.context.isStopped) this.queue.gateChanged();
  }

  /** "From now on": what waited because of the switch stays where it is. Noted when this returns. */
  leaveOut(isLeft: Parameters<Parameters<FlowDeps['gate']['onLeft']>[0]>[0]): void {
    for (const state of ON_THE_WAY) {
      this.context.eachIn(state, (file) => {
        if (!isLeft(this.context.momentOf(file))) return;
        this.queue.abort(file.id, 'left out');
        this.book.leftOut(file);
      });
    }
    this.context.deps.journal.flushNow();
  }

  /** @returns how many files */
  sendLeftOut(): number {
    let files = 0;
    this.context.eachIn('left-out', (file) => {
      this.book.waiting(file);
      files++;
    });
    this.queue.pump();
    return files;
  }

  /** @param ids of entries; all when empty. Returns how many are tried again. */
  retryPoisoned(ids: readonly string[]): number {
    let files = 0;
    this.context.eachIn('poisoned', (file) => {
      if (ids.length > 0 && !ids.includes(file.entryId ?? '')) return;
      this.book.dueNow(file);
      files++;
    });
    this.settling.lookSoon();
    return files;
  }
}
