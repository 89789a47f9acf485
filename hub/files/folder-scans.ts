import type { DirectoryWatcher } from './directory-watcher.ts';
import type { FlowDeps } from './flow-context.ts';
import type { FolderLook } from './folder-look.ts';
import { ScanPace } from './scan-pace.ts';

const SCAN_WITH_EVENTS_MS = 300_000;
const SCAN_POLLING_MS = 10_000;
/** A change that a scan finds this long after it was made should have been told by an event. */
const MISSED_AFTER_MS = 5000;
/** Where events come, looking through everything is a second line: it takes a quarter of a processor at most … */
const RESTS_PER_WORK = 3;
/** … and begins no earlier than so many times as long after the former one as that took. */
const WAITS_PER_SCAN = 4;
/** Where it is the only way to hear of changes it goes as fast as it can, for half of the time at most. */
const WAITS_PER_POLL = 2;
/** A shorter look is not worth a line in the log. */
const TOLD_SCAN_MS = 1000;

export interface FolderScan {
  startMs: number;
  tookMs: number;
  entries: number;
  /** Of a processor. */
  cpuMs: number;
}

export interface FolderScansDeps {
  flow: FlowDeps;
  look: FolderLook;
  /** Null: changes are not told, only found. */
  watcher: () => DirectoryWatcher | null;
  /** Files of which nobody hears while they wait: looks for those that are gone. */
  lookForMissing: (pace: ScanPace) => Promise<void>;
  signal: AbortSignal;
  /** So many changes were found that should have been told. */
  missed: (changes: number) => void;
  failed: (error: unknown) => void;
  /** One that was begun when it was due has ended. */
  ended: () => void;
}

/** Looking through the whole folder, again and again: how often, at what pace, and what it costs. */
export class FolderScans {
  private readonly deps: FolderScansDeps;
  private under: Promise<void> | null = null;
  private isWanted = false;
  private lastScan: FolderScan | null = null;

  constructor(deps: FolderScansDeps) {
    this.deps = deps;
  }

  /** Null before the first since watching began. */
  get last(): FolderScan | null {
    return this.lastScan;
  }

  get isAsked(): boolean {
    return this.isWanted;
  }

  /** With the next `startWhenDue`, and not paced. */
  ask(): void {
    this.isWanted = true;
  }

  /** @param startMs since when it is watched. Rejects with what the system says of the folder. */
  async first(startMs: number): Promise<void> {
    this.lastScan = null;
    await this.scan(startMs);
  }

  /** There is never more than one under way. */
  startWhenDue(): void {
    if (this.under !== null || !(this.isDue() || this.isWanted)) return;
    const { flow, watcher, failed, signal, ended } = this.deps;
    const scan = () => this.scan(this.lastScan?.startMs ?? flow.now());
    const isPaced = watcher() !== null && !this.isWanted;
    this.under = (isPaced ? flow.turns.take(scan) : scan())
      .catch((error: unknown) => {
        if (!signal.aborted) failed(error);
      })
      .finally(() => {
        this.under = null;
        ended();
      });
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    await this.under;
  }

  private isDue(): boolean {
    const { lastScan } = this;
    if (lastScan === null) return true;
    const { flow, watcher } = this.deps;
    const isTold = watcher() !== null;
    const everyMs = flow.folder.scanMs ?? (isTold ? SCAN_WITH_EVENTS_MS : SCAN_POLLING_MS);
    const leastMs = lastScan.tookMs * (isTold ? WAITS_PER_SCAN : WAITS_PER_POLL);
    return flow.now() - lastScan.startMs >= Math.max(everyMs, leastMs);
  }

  /** @param sinceMs what is found may have come since then */
  private async scan(sinceMs: number): Promise<void> {
    const { flow, look, watcher, lookForMissing, signal } = this.deps;
    const isAsked = this.isWanted;
    this.isWanted = false;
    const startMs = flow.now();
    const begun = performance.now();
    const isFirst = this.lastScan === null;
    const pace = new ScanPace(isFirst || isAsked || watcher() === null ? 0 : RESTS_PER_WORK);
    const { entries, late } = await look.through('', {
      sinceMs,
      pace,
      signal,
      missedBeforeMs: startMs - MISSED_AFTER_MS,
    });
    await lookForMissing(pace);
    pace.note();
    this.lastScan = { startMs, tookMs: performance.now() - begun, entries, cpuMs: pace.cpuMs };
    this.tell(this.lastScan);
    if (!(isFirst || isAsked || late === 0 || watcher() === null)) this.deps.missed(late);
  }

  /** In the log: what the look has cost, where that is worth a line. */
  private tell({ tookMs, entries, cpuMs }: FolderScan): void {
    if (tookMs < TOLD_SCAN_MS) return;
    const { reports, folder } = this.deps.flow;
    const cost = `${entries} entries in ${(tookMs / 1000).toFixed(1)} s, ${(cpuMs / 1000).toFixed(1)} s of a processor`;
    reports.logOnly({ code: 'folder-scanned', message: `looked through ${folder.name}: ${cost}` });
  }
}
