import type { SourceFile } from './file-rows.ts';
import { changedMs, type FileSignature, isSameContent } from './file-stat.ts';
import type { FlowContext } from './flow-context.ts';

const LOOKED_AT = ['seen', 'settling', 'poisoned'] as const;
const LOOKS_AT_ONCE = 200;
/** Between looks, so that many files due at nearly the same time are looked at together. */
const LEAST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 60_000;

/** Looks at files until nobody has written to them for the settle time, and again at those that could not be sent. */
export class Settling {
  private readonly context: FlowContext;
  private readonly settled: () => void;
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> = Promise.resolve();

  /** @param settled called when files may have become ready to be sent */
  constructor(context: FlowContext, settled: () => void) {
    this.context = context;
    this.settled = settled;
  }

  /** Something is due, or due earlier than before. */
  lookSoon(): void {
    if (this.context.isStopped) return;
    const { journal, now } = this.context.deps;
    const due = LOOKED_AT.map((state) => journal.nextDueMs(this.context.source, state)).filter(
      (one) => one !== null,
    );
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (due.length === 0) return;
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(LEAST_WAIT_MS, Math.min(...due) - now()));
    this.timer = setTimeout(() => {
      this.timer = null;
      this.looking = this.look();
    }, wait);
  }

  async stop(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    await this.looking;
  }

  /** Never rejects: it is called by a timer. */
  private async look(): Promise<void> {
    const { deps, source } = this.context;
    try {
      const ids = LOOKED_AT.flatMap((state) => deps.journal.due(source, state, deps.now(), LOOKS_AT_ONCE));
      await Promise.all(ids.map((id) => this.lookAt(id)));
      this.settled();
      this.lookSoon();
    } catch (error) {
      this.context.failed('Looking at files', error);
      this.timer ??= setTimeout(() => this.lookSoon(), LONGEST_WAIT_MS);
    }
  }

  private async lookAt(id: number): Promise<void> {
    const { context } = this;
    const { journal } = context.deps;
    const asked = journal.byId(id);
    if (asked === null) return;
    const found = await context.signatureAt(asked.path);
    const file = journal.byId(id);
    if (context.isStopped || file === null || file.path !== asked.path || file.state !== asked.state) return;
    if (found === null) return context.missing(file);
    context.missingSince.delete(id);
    if (!('ino' in found)) context.poison(file, found);
    else if (file.state === 'poisoned') context.book.retried(file, found, this.dueMs(file, found));
    else if (this.isSteady(file, found)) this.call(file);
    else context.book.settling(file, found, this.dueMs(file, found));
  }

  /** It is complete. */
  private call(file: SourceFile): void {
    this.context.open.delete(file.id);
    this.context.book.settled(file, this.context.deps.now());
  }

  private dueMs(file: SourceFile, found: FileSignature): number {
    return this.context.settleDueMs(file.path, found, file.version, this.context.open.has(file.id));
  }

  private isSteady(file: SourceFile, found: FileSignature): boolean {
    if (!isSameContent(file.signature, found)) return false;
    const nowMs = this.context.deps.now();
    // Where the file's times are those of our clock they say how long nobody wrote; else two looks a settle time apart do.
    const isByTimes = this.context.isLocal(file.path) && changedMs(found) <= nowMs;
    return isByTimes ? this.dueMs(file, found) <= nowMs : file.dueMs <= nowMs;
  }
}
