import { setTimeout as sleep } from 'node:timers/promises';
import type { FolderSourceStatus, HeldData, PoisonedFile } from '#src/shared/contracts/agent-control.ts';
import { Signal } from '../agent/slots.ts';
import { DirectoryWatcher, type WatchFault } from './directory-watcher.ts';
import { FileFlow, type FlowDeps } from './file-flow.ts';
import type { FileSender } from './file-sender.ts';
import type { FileHint, FlowContext } from './flow-context.ts';
import { FolderLook } from './folder-look.ts';
import type { Whereabouts } from './folder-place.ts';
import { FolderScans } from './folder-scans.ts';
import { FileJournalBlocked } from './journal-blocked.ts';
import { MountsBelow } from './mounts-below.ts';
import { type PathBytes, shownPath } from './path-bytes.ts';
import { isCanary, isCanaryHeard } from './watchability.ts';

/** How often it is looked whether the folder is still there and still on the same disk. */
const PLACE_MS = 2000;
const GROUP = 32;

/** What the system says of a path where no folder is. */
const NOT_THERE: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is no folder',
};

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
  private readonly scans: FolderScans;
  private readonly stopping = new AbortController();
  private readonly wake = new Signal();
  private readonly touched = new Map<PathBytes, FileHint>();
  private watcher: DirectoryWatcher | null = null;
  private running: Promise<void> = Promise.resolve();
  private watch: FolderSourceStatus['watch'] = 'not-there';
  private fault: string | null = null;
  private pollingBecause: string | null = null;
  /** Events did not come as they should: stays so until the next start of the agent. */
  private eventsFailed: string | null = null;
  private lastEventMs: number | null = null;
  private heldBefore: { revision: number; atMs: number; tookMs: number; sums: HeldData[] } | null = null;
  private canary: (() => void) | null = null;
  private mounts: MountsBelow | null = null;
  private end: WatchEnds | null = null;

  constructor(deps: FlowDeps, makeSender: (context: FlowContext) => FileSender) {
    this.deps = deps;
    this.flow = new FileFlow(deps, makeSender);
    const watcher = () => this.watcher;
    this.look = new FolderLook(deps, this.flow, watcher);
    const { signal } = this.stopping;
    this.scans = new FolderScans({
      ...{ flow: deps, look: this.look, watcher, signal },
      lookForMissing: (pace) => this.flow.lookForMissing(pace, signal),
      missed: (changes) => this.changesMissed(changes),
      failed: (error) => this.ended(error),
      ended: () => this.wake.notify(),
    });
  }

  get name(): string {
    return this.deps.folder.name;
  }

  /** Its path for people, as they have written it. */
  private get configured(): string {
    return shownPath(this.deps.place.configured);
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
    const lastScan = this.scans.last;
    return {
      name: this.name,
      path: this.configured.slice(0, 2000),
      watch: this.watch,
      fault: (this.fault ?? this.untold())?.slice(0, 1000) ?? null,
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
    this.scans.ask();
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
    const why = NOT_THERE[code] ?? `it cannot be read (${code})`;
    this.watch = 'not-there';
    const fault = `${this.configured}: ${why}; nothing in it counts as deleted, and watching begins when it is back`;
    if (this.fault !== fault) this.report('error', 'folder-not-there', `The folder ${fault}.`);
    this.fault = fault;
  }

  /** Returns never; rejects when watching has to begin anew, or with what the system says of the folder. */
  private async watchFolder(): Promise<never> {
    const { deps } = this;
    const here = await deps.place.find();
    const startMs = deps.now();
    await deps.place.enter(here);
    this.notePlace(here);
    await this.chooseWatch(deps.place.ownSilent);
    this.flow.start(startMs);
    const mounts = this.mountsBelow();
    this.mounts = mounts;
    await this.scans.first(startMs);
    if (this.fault !== null && this.watch === 'events')
      this.report('info', 'folder-watched', `${this.name} is watched again.`);
    this.fault = null;
    const beat = setInterval(() => this.wake.notify(), PLACE_MS);
    try {
      let placeMs = performance.now();
      for (;;) {
        await this.drain();
        if (this.end !== null) throw this.end;
        if (performance.now() - placeMs >= PLACE_MS) {
          placeMs = performance.now();
          await this.checkPlace(here);
          this.scans.startWhenDue();
          mounts.beat();
        } else if (this.scans.isAsked) this.scans.startWhenDue();
        await this.wake.wait(this.stopping.signal);
      }
    } finally {
      clearInterval(beat);
      this.mounts = null;
      await Promise.all([this.scans.idle(), mounts.ended()]);
    }
  }

  private mountsBelow(): MountsBelow {
    const { place, folder, now } = this.deps;
    const isPolled = this.watcher !== null && folder.watch === 'auto';
    return new MountsBelow({
      ...{ place, look: this.look, isPolled, scanMs: folder.scanMs, now, signal: this.stopping.signal },
      failed: (error) => this.ended(error),
    });
  }

  /** Whether this is the folder, on the disk, where the files that wait were seen; also before the last start of the agent. */
  private notePlace({ dev, ino }: Whereabouts): void {
    const { journal } = this.deps;
    const key = `place of ${this.name}`;
    const before = journal.meta(key);
    const now = `${dev} ${ino}`;
    this.flow.isPlaceDoubtful = before !== null && before !== now;
    const { poisoned } = this.flow.book.states();
    if (before === null || this.flow.book.waitingFiles + poisoned === 0) journal.setMeta(key, now);
  }

  private async checkPlace(before: Whereabouts): Promise<void> {
    const now = await this.deps.place.find();
    if (now.dev === before.dev && now.ino === before.ino && now.root === before.root) return;
    const what = now.root === before.root ? 'Another folder or disk is' : 'A link to another folder is';
    this.report('warn', 'folder-changed', `${what} now at ${this.configured}; it is looked through anew.`);
    throw this.again();
  }

  private again(): WatchEnds {
    this.end = new WatchEnds();
    return this.end;
  }

  /** What is watched otherwise than by events though nobody has configured that; null when nothing is. */
  private untold(): string | null {
    if (this.watch === 'events') return this.mounts?.fault() ?? null;
    if (this.watch === 'not-there' || this.deps.folder.watch === 'polling') return null;
    return this.pollingBecause && `changes are looked for, not told: ${this.pollingBecause}`;
  }

  private async chooseWatch(silent: string | null): Promise<void> {
    const { folder, place } = this.deps;
    this.pollingBecause = this.eventsFailed;
    if (folder.watch === 'polling') this.pollingBecause = 'so configured';
    else if (silent !== null && folder.watch === 'auto')
      this.pollingBecause = `${silent} does not tell of changes`;
    if (this.pollingBecause === null) {
      try {
        this.watcher = await DirectoryWatcher.open(place.root, {
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
    if (await isCanaryHeard(this.deps.place.root, heard)) return;
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
      this.rescan();
      return;
    }
    if (this.pollingBecause === null) {
      this.report(
        'error',
        fault,
        `Watching ${this.name}: ${sentence}; from now on it is looked through every few seconds.`,
      );
    }
    this.eventsFailed ??= sentence;
    this.pollingBecause ??= sentence;
    this.again();
    this.wake.notify();
  }

  private changesMissed(changes: number): void {
    this.report(
      'warn',
      'watch-missed',
      `Watching ${this.name} missed ${changes} changes, found by looking through it; watching begins anew.`,
    );
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
}
