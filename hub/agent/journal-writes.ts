import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { AgentReport } from '#src/shared/contracts/agent-api.ts';
import { journalDiskFault } from './disk-fault.ts';

export type JournalStatement = readonly [sql: string, ...values: SQLInputValue[]];

export interface JournalWrite {
  /** More than one are one transaction. */
  statements: readonly JournalStatement[];
  /** A later write of this key makes a waiting one needless. */
  key?: string;
  /** The report it notes, which can be sent before it is noted. */
  report?: AgentReport;
}

export interface JournalListener {
  /** The disk takes nothing more; `reason` in SQLite's words. */
  blocked(reason: string): void;
  /** It takes writes again, and all that waited is written. */
  recovered(): void;
  /** A write that had waited was refused for another reason than the disk, and is given up. */
  refused(error: unknown): void;
}

/**
 * Writes to the journal's database at once, or when the disk takes them: what cannot be written waits in memory, in order,
 * and everything after it too, so that the journal on disk is always a true beginning of what happened.
 */
export class JournalWrites {
  private readonly db: DatabaseSync;
  private readonly prepare: (sql: string) => StatementSync;
  private readonly waiting = new Map<string, JournalWrite>();
  private readonly waiters = new Set<() => void>();
  private listener: JournalListener | null = null;
  private isBlocked = false;
  private retrying = false;
  private nextKey = 0;

  constructor(db: DatabaseSync, prepare: (sql: string) => StatementSync) {
    this.db = db;
    this.prepare = prepare;
  }

  listen(listener: JournalListener): void {
    this.listener = listener;
  }

  get size(): number {
    return this.waiting.size;
  }

  has(key: string): boolean {
    return this.waiting.has(key);
  }

  /** Throws what is no fault of the disk (a violated constraint, a wrong statement). */
  add(write: JournalWrite): void {
    if (this.waiting.size > 0) {
      this.hold(write);
      this.retry();
      return;
    }
    const reason = this.attempt(write);
    if (reason === null) {
      this.recover();
      return;
    }
    this.hold(write);
    this.block(reason);
  }

  private hold(write: JournalWrite): void {
    const key = write.key ?? `#${this.nextKey++}`;
    // Deleted first, so that it moves behind everything that happened before it.
    this.waiting.delete(key);
    this.waiting.set(key, write);
  }

  /** Null when it is written, else why the disk refused. */
  private attempt({ statements }: JournalWrite): string | null {
    try {
      if (statements.length > 1) this.db.exec('BEGIN');
      for (const [sql, ...values] of statements) this.prepare(sql).run(...values);
      if (statements.length > 1) this.db.exec('COMMIT');
      return null;
    } catch (error) {
      // After some errors SQLite has rolled back by itself.
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      const reason = journalDiskFault(error);
      if (reason === null) throw error;
      return reason;
    }
  }

  /** Writes what waits, as far as the disk takes it. */
  retry(): void {
    if (this.retrying || this.waiting.size === 0) return;
    this.retrying = true;
    try {
      for (const [key, write] of this.waiting) {
        const reason = this.attemptWaiting(write);
        if (reason !== null) {
          this.block(reason);
          return;
        }
        this.waiting.delete(key);
      }
    } finally {
      this.retrying = false;
    }
    this.wake();
    this.recover();
  }

  /** An error of a waiting write is not thrown: whoever caused the retry has nothing to do with it. */
  private attemptWaiting(write: JournalWrite): string | null {
    try {
      return this.attempt(write);
    } catch (error) {
      this.listener?.refused(error);
      return null;
    }
  }

  private block(reason: string): void {
    if (this.isBlocked) return;
    this.isBlocked = true;
    this.listener?.blocked(reason);
  }

  private recover(): void {
    if (!this.isBlocked) return;
    this.isBlocked = false;
    this.listener?.recovered();
  }

  private wake(): void {
    if (this.waiting.size > 0) return;
    for (const wake of [...this.waiters]) wake();
  }

  /** Takes a waiting write back; false when it does not wait. */
  discard(key: string): boolean {
    const found = this.waiting.delete(key);
    if (found) this.wake();
    return found;
  }

  /** Reports that wait to be noted, oldest first. */
  reports(): AgentReport[] {
    return [...this.waiting.values()].flatMap(({ report }) => (report ? [report] : []));
  }

  /** Resolves when nothing waits; rejects with the signal's reason when it fires first. */
  async written(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.waiting.size === 0) return;
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        this.waiters.delete(settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.waiters.add(settle);
      signal.addEventListener('abort', settle);
    });
  }
}
