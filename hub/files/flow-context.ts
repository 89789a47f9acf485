import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import type { ReportLog } from '../agent/report-log.ts';
import type { AcquiredMoment, UploadGate } from '../agent/upload-gate.ts';
import { type AgentClock, acquiredMoment, acquiredOf, clockAt } from './acquired.ts';
import { lookAtEntry } from './entry-look.ts';
import type { FileBook } from './file-book.ts';
import type { FileFault } from './file-faults.ts';
import type { FileJournal } from './file-journal.ts';
import type { NewSighting, SourceFile } from './file-rows.ts';
import { changedMs, type FileSignature } from './file-stat.ts';
import type { FolderConfig } from './folder-config.ts';
import type { FolderPlace } from './folder-place.ts';
import { FileJournalBlocked } from './journal-blocked.ts';
import { type PathBytes, shownPath, splitPath } from './path-bytes.ts';
import type { ScanTurns } from './scan-pace.ts';

/** A file that is open for writing and stands still for so many settle times is sent all the same; at least so long. */
const OPEN_SETTLES = 30;
const LEAST_OPEN_SETTLE_MS = 60_000;
/** The more often a file was rewritten, the longer it must stand still: at most 2 to the power of this times as long. */
const MAX_DOUBLINGS = 6;
/** Nothing is under its name: perhaps it has another one by then, or its folder is on its way. */
export const MISSING_MS = 1000;
/** So long missing from a folder whose disk is another one since: nobody knows what became of it. */
const LOST_MS = 600_000;

/** What an event says about a file; null when a scan found it. open: somebody writes; complete: closed by its writer, or renamed into place. */
export type FileHint = 'open' | 'complete' | null;

export interface FlowDeps {
  folder: FolderConfig;
  place: FolderPlace;
  journal: FileJournal;
  gate: UploadGate;
  reports: ReportLog;
  /** Shared by all folders. */
  turns: ScanTurns;
  clock: AgentClock;
  now: () => number;
}

/** Ends the sending of a file whose data must not be sent now: it is held. */
export class HeldBack extends Error {
  override readonly name = 'HeldBack';
}

/** What the parts of a flow share: the folder, its book, and what is said about a file. */
export class FlowContext {
  readonly deps: FlowDeps;
  readonly book: FileBook;
  watchedSinceMs = 0;
  isStopped = true;
  isScanning = false;
  /** Another folder or disk is where files were seen that are not sent yet: that they are not in it says nothing. */
  isPlaceDoubtful = false;
  /** Files that somebody has open for writing, as far as events tell; by id. */
  readonly open = new Set<number>();
  readonly missingSince = new Map<number, number>();
  /** Of the dataset that a file belongs to, as far as that is known before it is looked into; told by what recognises datasets. */
  acquiredOfDataset: (file: SourceFile) => Acquired | null = () => null;
  /** To be called when held files turn out to belong to a dataset; heard by the queue. */
  askHeldAgain: () => void = () => undefined;

  constructor(deps: FlowDeps, book: FileBook) {
    this.deps = deps;
    this.book = book;
  }

  get source(): string {
    return this.deps.folder.name;
  }

  /** @param lateMs it may have come this much earlier */
  newSighting(lateMs: number): NewSighting {
    const { clock } = this.deps;
    const mark = clock.mark();
    return {
      seenMs: mark.wallMs,
      steadyMs: mark.steadyMs,
      boot: clock.boot,
      ...clock.estimate(mark),
      watchedMs: this.watchedSinceMs,
      lateMs,
    };
  }

  /** Whether the times of what lies there are those of this machine's clock, and its changes are told. */
  isLocal(path: PathBytes): boolean {
    return this.deps.place.isLocal(path);
  }

  acquiredOf(file: SourceFile): Acquired {
    const isBirthOfContent = !file.inPlace && this.isLocal(file.path);
    const { seenMs, watchedMs, lateMs, signature } = file;
    const sighting = { seenMs, watchedSinceMs: watchedMs, lateMs, isBirthOfContent };
    return acquiredOf(sighting, signature, clockAt(file, this.deps.clock));
  }

  /** For the switches: that of its dataset, since what spans a switch stays where it began; else its own. */
  momentOf(file: SourceFile): AcquiredMoment | null {
    return acquiredMoment(this.acquiredOfDataset(file) ?? this.acquiredOf(file));
  }

  /** Throws HeldBack when what was acquired then must not be sent now. */
  requireSent(acquired: Acquired): void {
    if (!this.deps.gate.decision(acquiredMoment(acquired)).send) throw new HeldBack('switched off');
  }

  /** When the file may be called complete, if nobody says so before. */
  settleDueMs(path: PathBytes, signature: FileSignature, version = 1, isOpen = false): number {
    const nowMs = this.deps.now();
    const { settleMs } = this.deps.folder;
    const still = isOpen
      ? Math.max(LEAST_OPEN_SETTLE_MS, OPEN_SETTLES * settleMs)
      : settleMs * 2 ** Math.min(MAX_DOUBLINGS, version - 1);
    const changed = changedMs(signature);
    // Times of another machine's clock, or of a clock that was set, say nothing about now.
    return this.isLocal(path) && changed <= nowMs ? changed + still : nowMs + still;
  }

  /** Null: no file is there that is sent under this name. Throws what is no fault of the file. */
  async signatureAt(path: PathBytes): Promise<FileSignature | FileFault | null> {
    const found = await lookAtEntry(this.deps.place.root, path, this.isLocal(path));
    if (found.is === 'file') return found.signature;
    return found.is === 'fault' ? found.fault : null;
  }

  /** Every file of a state, in pages; `action` may change its state. */
  eachIn(state: SourceFile['state'], action: (file: SourceFile) => void): void {
    for (let before: SourceFile | null = null; ; ) {
      const page: SourceFile[] = this.deps.journal.inState(this.source, state, before);
      for (const file of page) action(file);
      if (page.length === 0) return;
      before = page.at(-1)!;
    }
  }

  poison(file: SourceFile, fault: FileFault): void {
    this.book.poisoned(file, fault, this.deps.now());
    if (file.reason !== fault.reason) this.tellPoisoned(file.path, fault);
  }

  tellPoisoned(path: PathBytes, fault: FileFault): void {
    this.deps.reports.add({
      level: 'error',
      code: 'file-blocked',
      message: `${shownPath(path)} in ${this.source} cannot be sent: ${fault.reason}.`,
    });
  }

  /**
   * Nothing is under its name. It is given up only when that is still so after a while, no scan is under way that may find it under
   * another name, and the place where it was is there: an unmounted disk deletes nothing.
   */
  async missing(file: SourceFile): Promise<void> {
    const nowMs = this.deps.now();
    const sinceMs = this.missingSince.get(file.id) ?? nowMs;
    this.missingSince.set(file.id, sinceMs);
    const isLong = nowMs - sinceMs >= MISSING_MS && !this.isScanning;
    const isGone = isLong && !this.isPlaceDoubtful && (await this.isPlaceThere(file));
    const still = this.deps.journal.byId(file.id);
    if (still === null || still.path !== file.path || still.state !== file.state || this.isStopped) return;
    if (isGone) this.vanished(still);
    else if (isLong && nowMs - sinceMs > LOST_MS) {
      this.poison(still, {
        reason: 'it is not there any more, and the disk of its folder was changed',
        mayHeal: true,
      });
    } else this.book.settling(still, still.signature, nowMs + MISSING_MS);
  }

  /** Whether the directory it was in, or what is left of the way there, is on the disk it was on. */
  private async isPlaceThere({ path, signature }: SourceFile): Promise<boolean> {
    for (let at = path; at !== ''; ) {
      at = splitPath(at).parent;
      const found = await lookAtEntry(this.deps.place.root, at);
      if (found.is !== 'nothing') return found.is === 'directory' && found.signature.dev === signature.dev;
    }
    return false;
  }

  private vanished(file: SourceFile): void {
    this.missingSince.delete(file.id);
    this.open.delete(file.id);
    if (file.confirmedId === null) this.book.removed(file);
    else this.book.restored(file);
    // A name that never stood still is how programs write; what was steady and is gone is worth a word.
    if (file.settledMs === null) return;
    this.deps.reports.add({
      level: 'warn',
      code: 'file-vanished',
      message: `${shownPath(file.path)} was removed from ${this.source} before it could be sent.`,
    });
  }

  /** What went wrong where nobody can answer for it (a timer). */
  failed(what: string, error: unknown): void {
    // The journal has told it already, and stops the flow.
    if (error instanceof FileJournalBlocked) return;
    this.deps.reports.addThrown(`${what} failed`, error);
  }
}
