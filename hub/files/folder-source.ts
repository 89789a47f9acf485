import { lstat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FolderSourceStatus, HeldData, PoisonedFile } from '#src/shared/contracts/agent-control.ts';
import { Signal } from '../agent/slots.ts';
import { DirectoryWatcher, type WatchFault } from './directory-watcher.ts';
import { FileFlow, type FlowDeps } from './file-flow.ts';
import type { FileSender } from './file-sender.ts';
import type { FileHint, FlowContext } from './flow-context.ts';
import { FolderLook } from './folder-look.ts';
import { FileJournalBlocked } from './journal-blocked.ts';
import { bytesOf, type PathBytes, shownPath } from './path-bytes.ts';
import { ScanPace } from './scan-pace.ts';
import { isCanary, isCanaryHeard, silentFileSystem } from './watchability.ts';

/** How often it is looked whether the folder is still there and still on the same disk. */
const PLACE_MS = 2000;
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
const GROUP = 32;

/** The folder is not there or another one now, or is to be watched in another way: all begins anew. */
class WatchEnds extends Error {}

/**
 * One watched folder: hears of changes where the file system tells of them, looks through everything at the start, every few minutes
 * and whenever events may have been lost, and hands what it finds to the flow. It never changes anything in the folder.
 */
export class FolderSource {
  readonly flow: FileFlow;
  private readonly deps: FlowDeps;
  private readonly look: FolderLook;
  private readonly stopping = new AbortController();
  private readonly wake = new Signal();
  private readonly touched = new Map<PathBytes, FileHint>();
  private watcher: DirectoryWatcher | null = null;
  private running: Promise<void> = Promise.resolve();
  private watch: FolderSourceStatus['watch'] = 'not-there';
  private fault: string | null = null;
  /** Events do not come here: stays so until the next start of the agent. */
  private pollingBecause: string | null = null;
  private isScanWanted = false;
  private lastEventMs: number | null = null;
  private lastScan: { startMs: number; tookMs: number; entries: number; cpuMs: number } | null = null;
  private heldBefore: { revision: number; atMs: number; tookMs: number; sums: HeldData[] } | null = null;
  private canary: (() => void) | null = null;
  private end: WatchEnds | null = null;

  constructor(deps: FlowDeps, makeSender: (context: FlowContext) => FileSender) {
    this.deps = deps;
    this.flow = new FileFlow(deps, makeSender);
    this.look = new FolderLook(deps, this.flow, () => this.watcher);
  }

  get name(): string {
    return this.deps.folder.name;
  }

  start(): void {
    this.running = this.run();
  }

  async stop(reason = new Error('the agent stops')): Promise<void> {
    this.stopping.abort(reason);
    await Promise.all([this.running, this.flow.stop(reason)]);
  }

  // ── what people see ──

  status(): FolderSourceStatus {
    const { lastScan } = this;
    return {
      name: this.name,
      path: shownPath(this.deps.root).slice(0, 2000),
      watch: this.watch,
      fault: this.fault?.slice(0, 1000) ?? null,
      states: this.flow.book.states(),
      waitingBytes: this.flow.book.waitingBytes,
      lastEventAt: this.lastEventMs === null ? null : new Date(this.lastEventMs).toISOString(),
      lastScan: lastScan && {
        at: new Date(lastScan.startMs).toISOString(),
        tookMs: lastScan.tookMs,
        entries: lastScan.entries,
        cpuMs: Math.round(lastScan.cpuMs),
      },
    };
  }

  /** Summed anew when something changed, and of a million files not with every heartbeat: for a hundredth of the time at most. */
  held(): HeldData[] {
    const { heldRevision: revision } = this.flow.book;
    const before = this.heldBefore;
    const startedMs = performance.now();
    if (before?.revision === revision) return before.sums;
    if (before !== null && startedMs - before.atMs < 100 * before.tookMs) return before.sums;
    const sums = this.deps.journal.held(this.name);
    this.heldBefore = { revision, atMs: startedMs, tookMs: performance.now() - startedMs, sums };
    return sums;
  }

  /** The oldest first. */
  poisoned(limit: number): PoisonedFile[] {
    return this.deps.journal.poisoned(this.name, limit).map((file) => ({
      id: file.entryId!,
      source: this.name,
      path: shownPath(file.path).slice(0, 2000),
      reason: (file.reason ?? '').slice(0, 1000),
      since: new Date(file.blockedMs ?? file.seenMs).toISOString(),
      tries: Math.max(1, file.tries),
      sizeBytes: file.signature.ino === 0n ? null : file.signature.sizeBytes,
    }));
  }

  rescan(): void {
    this.isScanWanted = true;
    this.wake.notify();
  }

  // ── watching ──

  /** Never rejects: nobody waits for it but the stop. */
  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.watchFolder();
      } catch (error) {
        if (!signal.aborted && !(error instanceof WatchEnds)) this.ended(error);
      }
      await this.watcher?.close();
      this.watcher = null;
      this.touched.clear();
      const isAgain = this.end !== null;
      this.end = null;
      if (!isAgain) await sleep(PLACE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private report(level: 'info' | 'warn' | 'error', code: string, message: string): void {
    this.deps.reports.add({ level, code, message });
  }

  private ended(error: unknown): void {
    if (error instanceof FileJournalBlocked) return;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) {
      this.deps.reports.addThrown(`Watching ${this.name} failed`, error);
      return;
    }
    const why = code === 'ENOENT' ? 'it is not there' : `it cannot be read (${code})`;
    this.watch = 'not-there';
    const fault = `${shownPath(this.deps.root)}: ${why}; nothing in it counts as deleted, and watching begins when it is back`;
    if (this.fault !== fault) this.report('error', 'folder-not-there', `The folder ${fault}.`);
    this.fault = fault;
  }

  /** Returns never; rejects when watching has to begin anew, or with what the system says of the folder. */
  private async watchFolder(): Promise<never> {
    const { deps } = this;
    const place = await this.placeOf();
    const startMs = deps.now();
    const silent = await silentFileSystem(deps.root);
    this.notePlace(place);
    await this.chooseWatch(silent);
    this.flow.start({ watchedSinceMs: startMs, isLocal: silent === null });
    this.lastScan = null;
    await this.scan(startMs);
    if (this.fault !== null && this.watch === 'events')
      this.report('info', 'folder-watched', `${this.name} is watched again.`);
    this.fault = this.watch === 'polling' ? this.pollingFault() : null;
    const beat = setInterval(() => this.wake.notify(), PLACE_MS);
    const scanning = this.rescanWhenDue();
    try {
      let placeMs = performance.now();
      for (;;) {
        await this.drain();
        if (this.end !== null) throw this.end;
        if (performance.now() - placeMs >= PLACE_MS) {
          placeMs = performance.now();
          await this.checkPlace(place);
          this.startScanWhenDue(scanning);
        } else if (this.isScanWanted) this.startScanWhenDue(scanning);
        await this.wake.wait(this.stopping.signal);
      }
    } finally {
      clearInterval(beat);
      await scanning.under;
    }
  }

  private async placeOf(): Promise<{ dev: bigint; ino: bigint }> {
    const stats = await lstat(bytesOf(this.deps.root), { bigint: true });
    if (!stats.isDirectory())
      throw Object.assign(new Error('no folder'), { code: 'ENOTDIR', syscall: 'lstat' });
    return { dev: stats.dev, ino: stats.ino };
  }

  /** Whether this is the folder, on the disk, where the files that wait were seen; also before the last start of the agent. */
  private notePlace({ dev, ino }: { dev: bigint; ino: bigint }): void {
    const { journal } = this.deps;
    const key = `place of ${this.name}`;
    const before = journal.meta(key);
    const now = `${dev} ${ino}`;
    this.flow.isPlaceDoubtful = before !== null && before !== now;
    const { poisoned } = this.flow.book.states();
    if (before === null || this.flow.book.waitingFiles + poisoned === 0) journal.setMeta(key, now);
  }

  private async checkPlace(place: { dev: bigint; ino: bigint }): Promise<void> {
    const now = await this.placeOf();
    if (now.dev === place.dev && now.ino === place.ino) return;
    this.report(
      'warn',
      'folder-changed',
      `Another folder or disk is mounted at ${shownPath(this.deps.root)}; it is looked through anew.`,
    );
    throw this.again();
  }

  private again(): WatchEnds {
    this.end = new WatchEnds();
    return this.end;
  }

  private pollingFault(): string | null {
    if (this.deps.folder.watch === 'polling') return null;
    return this.pollingBecause && `changes are looked for, not told: ${this.pollingBecause}`;
  }

  private async chooseWatch(silent: string | null): Promise<void> {
    const { folder, root } = this.deps;
    if (folder.watch === 'polling') this.pollingBecause = 'so configured';
    else if (silent !== null && folder.watch === 'auto')
      this.pollingBecause ??= `${silent} does not tell of changes`;
    if (this.pollingBecause === null) {
      try {
        this.watcher = await DirectoryWatcher.open(root, {
          touched: (path, hint) => this.heard(path, hint),
          faulty: (fault, sentence) => this.watchFaulty(fault, sentence),
        });
        this.watcher.add('');
        await this.tryCanary();
      } catch (error) {
        this.watchFaulty('watch-failed', error instanceof Error ? error.message : String(error));
      }
    }
    this.end = null;
    if (this.pollingBecause !== null) {
      await this.watcher?.close();
      this.watcher = null;
    }
    this.watch = this.watcher === null ? 'polling' : 'events';
  }

  private async tryCanary(): Promise<void> {
    if (!this.deps.folder.canary) return;
    const heard = new Promise<void>((resolve) => {
      this.canary = resolve;
    });
    if (await isCanaryHeard(this.deps.root, heard)) return;
    this.watchFaulty('watch-failed', 'a test file was made there and its event did not come');
  }

  private heard(path: PathBytes, hint: FileHint): void {
    if (isCanary(path)) {
      this.canary?.();
      return;
    }
    this.lastEventMs = this.deps.now();
    // Of several events the last word counts; a hint that says nothing takes none away.
    const before = this.touched.get(path);
    this.touched.set(path, hint ?? before ?? null);
    this.wake.notify();
  }

  private watchFaulty(fault: WatchFault, sentence: string): void {
    if (fault === 'watch-overflow') {
      this.report('warn', fault, `Watching ${this.name}: ${sentence}; everything is looked through.`);
      this.isScanWanted = true;
      this.wake.notify();
      return;
    }
    if (this.pollingBecause === null) {
      this.report(
        'error',
        fault,
        `Watching ${this.name}: ${sentence}; from now on it is looked through every few seconds.`,
      );
    }
    this.pollingBecause ??= sentence;
    this.again();
    this.wake.notify();
  }

  /** Looks at every path that an event named. What is there first: a file that is gone may have another name. */
  private async drain(): Promise<void> {
    while (this.touched.size > 0 && this.end === null) {
      const paths = [...this.touched];
      this.touched.clear();
      const gone: PathBytes[] = [];
      for (let first = 0; first < paths.length; first += GROUP) {
        this.stopping.signal.throwIfAborted();
        const looks = paths.slice(first, first + GROUP).map(async ([path, hint]) => {
          if (!(await this.look.at(path, hint, this.stopping.signal))) gone.push(path);
        });
        await Promise.all(looks);
      }
      for (const path of gone) this.look.gone(path);
    }
  }

  // ── looking through everything ──

  private rescanWhenDue() {
    return { under: Promise.resolve() as Promise<void>, isRunning: false };
  }

  private startScanWhenDue(scanning: ReturnType<FolderSource['rescanWhenDue']>): void {
    if (scanning.isRunning || !(this.isScanDue() || this.isScanWanted)) return;
    scanning.isRunning = true;
    const scan = () => this.scan(this.lastScan?.startMs ?? this.deps.now());
    const isPaced = this.watcher !== null && !this.isScanWanted;
    scanning.under = (isPaced ? this.deps.turns.take(scan) : scan())
      .catch((error: unknown) => {
        if (!this.stopping.signal.aborted) this.ended(error);
      })
      .finally(() => {
        scanning.isRunning = false;
        this.wake.notify();
      });
  }

  /** In the log: what the look has cost, where that is worth a line. */
  private tellScan({ tookMs, entries, cpuMs }: { tookMs: number; entries: number; cpuMs: number }): void {
    if (tookMs < TOLD_SCAN_MS) return;
    const cost = `${entries} entries in ${(tookMs / 1000).toFixed(1)} s, ${(cpuMs / 1000).toFixed(1)} s of a processor`;
    this.deps.reports.logOnly({ code: 'folder-scanned', message: `looked through ${this.name}: ${cost}` });
  }

  private isScanDue(): boolean {
    const { lastScan, deps } = this;
    if (lastScan === null) return true;
    const everyMs = deps.folder.scanMs ?? (this.watcher ? SCAN_WITH_EVENTS_MS : SCAN_POLLING_MS);
    const leastMs = lastScan.tookMs * (this.watcher ? WAITS_PER_SCAN : WAITS_PER_POLL);
    return deps.now() - lastScan.startMs >= Math.max(everyMs, leastMs);
  }

  /** @param sinceMs what is found may have come since then */
  private async scan(sinceMs: number): Promise<void> {
    const { now } = this.deps;
    const isAsked = this.isScanWanted;
    this.isScanWanted = false;
    const startMs = now();
    const begun = performance.now();
    const isFirst = this.lastScan === null;
    const { signal } = this.stopping;
    const pace = new ScanPace(isFirst || isAsked || this.watcher === null ? 0 : RESTS_PER_WORK);
    const { entries, late } = await this.look.through('', {
      sinceMs,
      pace,
      signal,
      missedBeforeMs: startMs - MISSED_AFTER_MS,
    });
    await this.flow.lookForMissing(pace, signal);
    pace.note();
    this.lastScan = { startMs, tookMs: performance.now() - begun, entries, cpuMs: pace.cpuMs };
    this.tellScan(this.lastScan);
    if (isFirst || isAsked || late === 0 || this.watcher === null) return;
    this.report(
      'warn',
      'watch-missed',
      `Watching ${this.name} missed ${late} changes, found by looking through it; watching begins anew.`,
    );
    this.again();
    this.wake.notify();
  }
}
