import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import { UNKNOWN_DOUBT_MS } from '../agent/clock-offset.ts';
import type { GateDecision } from '../agent/upload-gate.ts';
import { acquiredMoment } from './acquired.ts';
import { faultOf } from './file-faults.ts';
import type { SourceFile } from './file-rows.ts';
import type { FileSender, SendOutcome } from './file-sender.ts';
import type { FileSignature } from './file-stat.ts';
import { type FlowContext, HeldBack } from './flow-context.ts';
import { shownPath } from './path-bytes.ts';

/** Files on their way at once: enough that one question opens many uploads, and small files do not wait for each other's answers. */
const FILES_AT_ONCE = 64;
/** Of these, so many are left for files that come now: a backlog of large ones must not fill all. */
const KEPT_FOR_NEWEST = 16;
/** Held files that the switches are asked about at once. */
const HELD_AT_ONCE = 250;
const CLOCK_RETRY_MS = 100;
/** A file seen within this time is one that somebody may be looking at. */
export const NEWEST_MS = 15_000;

interface ActiveFile {
  abort: AbortController;
  done: Promise<void>;
  file: SourceFile;
  /** When it, or the dataset that it belongs to, was acquired; null until the file was looked into. */
  placed: Acquired | null;
}

/** Settled files on their way into the store, the newest first, as many at once as is good; held back by the switches. */
export class SendQueue {
  private readonly context: FlowContext;
  private readonly sender: FileSender;
  private readonly foundChanged: (file: SourceFile, found: FileSignature) => void;
  private readonly active = new Map<number, ActiveFile>();
  private clockTimer: NodeJS.Timeout | null = null;
  /** How far the held files were asked about since the switches changed: the last of them, the newest first. */
  private asked: SourceFile | 'none' | 'all' = 'all';
  private isPumping = false;
  private isPumpWanted = false;

  /** @param foundChanged a file was looked at after it was sent */
  constructor(
    context: FlowContext,
    sender: FileSender,
    foundChanged: (file: SourceFile, found: FileSignature) => void,
  ) {
    this.context = context;
    this.sender = sender;
    this.foundChanged = foundChanged;
    context.askHeldAgain = () => this.askHeldAgain();
  }

  get size(): number {
    return this.active.size;
  }

  has(id: number): boolean {
    return this.active.has(id);
  }

  /** Ends what is under way with a file; what becomes of it is decided by the caller. */
  abort(id: number, reason: string): void {
    this.active.get(id)?.abort.abort(new Error(reason));
  }

  /** Resolves when nothing is on its way any more. */
  async stop(reason: Error): Promise<void> {
    if (this.clockTimer) clearTimeout(this.clockTimer);
    for (const { abort } of this.active.values()) abort.abort(reason);
    await Promise.all([...this.active.values()].map(({ done }) => done));
  }

  /** The switches were changed: what must not be sent any more is stopped, what was held is asked about again. */
  gateChanged(): void {
    for (const active of this.active.values()) {
      if (!this.decisionOf(active).send) active.abort.abort(new HeldBack('switched off'));
    }
    this.askHeldAgain();
  }

  private askHeldAgain(): void {
    this.asked = 'none';
    this.pump();
  }

  private decisionOf({ file, placed }: Pick<ActiveFile, 'file' | 'placed'>): GateDecision {
    const { context } = this;
    return context.deps.gate.decision(placed ? acquiredMoment(placed) : context.momentOf(file));
  }

  /**
   * Asks the switches again about some of the held files, the newest first: in turns, since there may be a million of them.
   * @returns whether there are more
   */
  private askAboutHeld(): boolean {
    const { book, deps, source } = this.context;
    if (this.asked === 'all') return false;
    const page = deps.journal.inState(
      source,
      'held',
      this.asked === 'none' ? null : this.asked,
      HELD_AT_ONCE,
    );
    for (const file of page) {
      const decision = deps.gate.decision(this.context.momentOf(file));
      if (decision.send) book.waiting(file);
      else if (decision.because !== file.heldBecause || decision.experimentCode !== file.heldCode) {
        book.held(file, decision, deps.now());
      }
    }
    this.asked = page.length < HELD_AT_ONCE ? 'all' : page.at(-1)!;
    return this.asked !== 'all';
  }

  /** Brings files on their way while there is room. */
  pump(): void {
    if (this.context.isStopped) return;
    this.isPumpWanted = true;
    if (this.isPumping) return;
    this.isPumping = true;
    // In turns, so that deciding about a hundred thousand held files leaves room for everything else.
    setImmediate(() => {
      this.isPumping = false;
      this.isPumpWanted = false;
      try {
        if (this.pumpOnce() || this.isPumpWanted) this.pump();
      } catch (error) {
        this.context.failed('Choosing the next files', error);
      }
    });
  }

  /** @returns whether there may be more to do at once */
  private pumpOnce(): boolean {
    if (this.context.isStopped || !this.isClockKnown()) return false;
    const areMoreHeld = this.askAboutHeld();
    return this.beginNewest() || areMoreHeld;
  }

  /** @returns whether files were moved on, and others may be */
  private beginNewest(): boolean {
    const { context } = this;
    const { journal, gate, now } = context.deps;
    const ids = journal.newest(context.source, 'hashing', 2 * FILES_AT_ONCE);
    let isMoved = false;
    for (const id of ids) {
      if (this.active.has(id)) continue;
      const file = journal.byId(id)!;
      const isNewest = now() - file.seenMs < NEWEST_MS;
      if (this.active.size >= FILES_AT_ONCE - (isNewest ? 0 : KEPT_FOR_NEWEST)) return false;
      const moment = context.momentOf(file);
      const decision = gate.decision(moment);
      // What is told of it to the server is decided when it begins: not before the clock was measured and switches on site are known.
      if (decision.send && !gate.isTold(moment)) continue;
      if (decision.send) this.begin(file);
      else context.book.held(file, decision, now());
      isMoved = true;
    }
    return isMoved;
  }

  /** Whose a file is depends on when it came; what is sent before the clocks were compared would belong to nobody. */
  private isClockKnown(): boolean {
    if (this.context.deps.clock.estimate().doubtMs < UNKNOWN_DOUBT_MS) return true;
    this.clockTimer ??= setTimeout(() => {
      this.clockTimer = null;
      this.pump();
    }, CLOCK_RETRY_MS);
    return false;
  }

  private begin(file: SourceFile): void {
    const { context } = this;
    const abort = new AbortController();
    const active: ActiveFile = { abort, done: Promise.resolve(), file, placed: null };
    const placed = (acquired: Acquired) => {
      active.placed = acquired;
      context.requireSent(acquired);
    };
    active.done = this.sender
      .send(file, { acquired: context.acquiredOf(file), signal: abort.signal, placed })
      .then(
        (outcome) => this.ended(file.id, outcome, abort.signal),
        (error: unknown) => this.broken(active, error),
      )
      .catch((error: unknown) => context.failed(`Sending ${shownPath(file.path)}`, error))
      .finally(() => {
        this.active.delete(file.id);
        this.pump();
      });
    this.active.set(file.id, active);
  }

  private async ended(id: number, outcome: SendOutcome, signal: AbortSignal): Promise<void> {
    const { context } = this;
    const file = context.deps.journal.byId(id);
    if (file === null) return;
    if (outcome.kind === 'stored' && !(isUnderWay(file) && file.clientId === outcome.clientId)) {
      // What is in the store is a content that the file had before; the one it has now is still to be sent.
      context.book.wasStored(file, outcome);
      return;
    }
    // What was given up says nothing about the content that the file may have by now.
    if (!isUnderWay(file) || (outcome.kind === 'unchanged' && signal.aborted)) return;
    if (outcome.kind === 'changed') {
      await this.lookAgain(id);
      return;
    }
    if (outcome.kind === 'written-over') {
      context.book.waiting(file);
      return;
    }
    if (outcome.kind === 'unchanged') context.book.unchanged(file);
    else {
      context.book.confirmed(file, outcome.storedPath);
      this.tellStored(file, outcome);
    }
    await context.deps.journal.flushed();
    if (outcome.kind === 'stored') this.sender.datasets.stored(file.path);
    const found = await context.signatureAt(file.path);
    if (found !== null && 'ino' in found) this.foundChanged(file, found);
  }

  private tellStored(file: SourceFile, outcome: Extract<SendOutcome, { kind: 'stored' }>): void {
    const { reports, now } = this.context.deps;
    reports.logOnly({
      code: 'file-confirmed',
      message: outcome.storedPath,
      sizeBytes: file.signature.sizeBytes,
      afterMs: now() - file.seenMs,
    });
    if (outcome.unassignedReason === null) return;
    reports.add({
      level: 'warn',
      code: 'no-active-experiment',
      message: `${shownPath(file.path)} of ${this.context.source} belongs to no experiment (${outcome.unassignedReason}); it is kept in the unassigned tray.`,
    });
  }

  private async broken(active: ActiveFile, error: unknown): Promise<void> {
    const { context } = this;
    const { signal } = active.abort;
    const { id } = active.file;
    const file = context.deps.journal.byId(id);
    // Renamed, changed or left out meanwhile: its state is decided already.
    if (file === null || !isUnderWay(file)) return;
    const isHeldBack = error instanceof HeldBack || signal.reason instanceof HeldBack;
    // The switches may have changed again while it came to an end.
    const decision = isHeldBack && !context.isStopped ? this.decisionOf({ ...active, file }) : null;
    if (decision?.send === false) {
      context.book.held(file, decision, context.deps.now());
      return;
    }
    if (signal.aborted || isHeldBack || context.isStopped) {
      context.book.waiting(file);
      return;
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      await this.lookAgain(id);
      return;
    }
    // A fault of ours is told, and the file is tried again like one that cannot be read.
    const fault = faultOf(error) ?? { reason: 'a fault of this agent, see its log', mayHeal: true };
    context.poison(file, fault);
    if (faultOf(error) === null) throw error;
    this.foundChanged(file, file.signature);
  }

  /** It is not what it was when it settled. */
  private async lookAgain(id: number): Promise<void> {
    const { context } = this;
    const { path } = context.deps.journal.byId(id)!;
    const found = await context.signatureAt(path);
    const file = context.deps.journal.byId(id);
    if (file === null || file.path !== path || !isUnderWay(file)) return;
    if (found === null) await context.missing(file);
    else if (!('ino' in found)) context.poison(file, found);
    else {
      const dueMs = context.settleDueMs(path, found, file.version);
      context.book.changed(file, found, context.newSighting(0), dueMs);
    }
    this.foundChanged(file, file.signature);
  }
}

const isUnderWay = ({ state }: SourceFile) =>
  state === 'hashing' || state === 'uploading' || state === 'committing';
