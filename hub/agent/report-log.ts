import type { Logger } from 'pino';
import type { AgentReport } from '#src/shared/contracts/agent-api.ts';
import { isFileFault } from './disk-fault.ts';
import type { Journal } from './journal.ts';

/** A fault or event worth telling people: logged at once, counted, and sent with the next heartbeat. */
export interface Finding {
  level: AgentReport['level'];
  code: string;
  message: string;
  detector?: string | null;
  seriesKey?: string | null;
}

export interface LastError {
  at: string;
  code: string;
  message: string;
}

/** Repeats of one code of one detector within this time become one report with a count. */
const FOLD_MS = 10_000;

interface Fold {
  since: number;
  count: number;
  latest: Finding;
}

/**
 * Where findings go. The first of a kind is logged and reported immediately; a flood of the same kind is counted and
 * told every ten seconds, so that a broken sender at a kilohertz fills neither log nor database.
 */
export class ReportLog {
  private readonly journal: Journal;
  private readonly log: Logger;
  private readonly now: () => number;
  private readonly folds = new Map<string, Fold>();
  private readonly counts = new Map<string, Map<string, number>>();
  private readonly lastErrors = new Map<string, LastError>();
  private latestError: LastError | null = null;

  constructor(deps: { journal: Journal; log: Logger; now: () => number }) {
    this.journal = deps.journal;
    this.log = deps.log;
    this.now = deps.now;
  }

  /** Never throws: it is called where something else has failed already. */
  add(finding: Finding): void {
    const now = this.now();
    const detector = finding.detector ?? '';
    const counts = this.counts.get(detector) ?? new Map<string, number>();
    this.counts.set(detector, counts);
    if (finding.level !== 'info') {
      counts.set(finding.code, (counts.get(finding.code) ?? 0) + 1);
    }
    if (finding.level === 'error') {
      this.latestError = { at: new Date(now).toISOString(), code: finding.code, message: finding.message };
      this.lastErrors.set(detector, this.latestError);
    }
    const key = `${finding.code}\n${detector}`;
    const fold = this.folds.get(key);
    if (fold && now - fold.since < FOLD_MS) {
      fold.count++;
      fold.latest = finding;
      return;
    }
    this.folds.set(key, { since: now, count: 0, latest: finding });
    this.emit(finding, 1 + (fold?.count ?? 0), now);
  }

  /** What was thrown where nobody can answer for it (a timer): told, and the HUB goes on. */
  addThrown(what: string, error: unknown, detector: string | null = null): void {
    this.log.error({ err: error, detector }, what);
    if (isFileFault(error)) this.addSpoolFault(error, detector);
    else this.add({ level: 'error', code: 'internal', message: `${what}: ${String(error)}.`, detector });
  }

  /** The spool takes nothing now; what is to be written waits. */
  addSpoolFault({ code }: NodeJS.ErrnoException, detector: string | null): void {
    const message = `The buffer cannot be written (${code}): free space there. Until then the detector has to wait; nothing is lost.`;
    this.add({ level: 'error', code: 'spool-write-failed', message, detector });
  }

  /** For the local log alone: what is as it should be. */
  logOnly({ message, ...fields }: { code: string; message: string; [field: string]: unknown }): void {
    this.log.info(fields, message);
  }

  /** Tells the counted repeats whose time is over (all of them with `everything`); called with each heartbeat. */
  flush(everything = false): void {
    const now = this.now();
    for (const [key, fold] of this.folds) {
      if (!everything && now - fold.since < FOLD_MS) continue;
      if (fold.count > 0) {
        this.emit(fold.latest, fold.count, now);
        this.folds.set(key, { since: now, count: 0, latest: fold.latest });
      } else this.folds.delete(key);
    }
  }

  /** Counts by problem code since the start; null = problems of no detector. */
  problems(detector: string | null): Record<string, number> {
    return Object.fromEntries(this.counts.get(detector ?? '') ?? []);
  }

  /** The newest finding of level `error` of this detector; warnings are only counted and reported. */
  lastErrorOf(detector: string): LastError | null {
    return this.lastErrors.get(detector) ?? null;
  }

  /** The newest finding of level `error`, of whichever detector or of none. */
  get lastError(): LastError | null {
    return this.latestError;
  }

  private emit(finding: Finding, count: number, now: number): void {
    const { level, code, detector = null, seriesKey = null } = finding;
    const message = finding.message.slice(0, 2000);
    this.log[level]({ code, detector, seriesKey, count }, message);
    try {
      const at = new Date(now).toISOString();
      this.journal.addReport({ at, level, code, message, detector, seriesKey, count });
    } catch (error) {
      this.log.error(
        { err: error, code },
        'a report could not be noted in the journal; it is in this log alone',
      );
    }
  }
}
