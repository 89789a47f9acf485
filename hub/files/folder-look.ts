import type { BigIntStats } from 'node:fs';
import type { DirectoryWatcher } from './directory-watcher.ts';
import { type Found, judgeEntry, lookAtEntry } from './entry-look.ts';
import type { FileFlow, FlowDeps } from './file-flow.ts';
import { changedMs, signatureOf } from './file-stat.ts';
import type { FileHint } from './flow-context.ts';
import { scanTree } from './folder-scan.ts';
import { NameFilter } from './name-filter.ts';
import type { PathBytes } from './path-bytes.ts';
import { ScanPace } from './scan-pace.ts';
import { isCanary } from './watchability.ts';

interface LookOptions {
  /** What is found may have come since then. */
  sinceMs: number;
  /** Changes older than this should have been told by an event. */
  missedBeforeMs: number;
  pace: ScanPace;
  signal: AbortSignal;
}

const NO_SIGNATURE = { dev: 0n, ino: 0n, sizeBytes: 0, mtimeNs: 0n, ctimeNs: 0n, birthNs: 0n };

/** Looks at names and at whole trees, and hands to the flow what is there. */
export class FolderLook {
  private readonly deps: FlowDeps;
  private readonly flow: FileFlow;
  private readonly watcher: () => DirectoryWatcher | null;
  private readonly filter: NameFilter;
  private scans = 0;

  constructor(deps: FlowDeps, flow: FileFlow, watcher: () => DirectoryWatcher | null) {
    this.deps = deps;
    this.flow = flow;
    this.watcher = watcher;
    this.filter = new NameFilter(deps.folder);
  }

  /** @returns false when nothing is there */
  async at(path: PathBytes, hint: FileHint, signal: AbortSignal): Promise<boolean> {
    const found = await lookAtEntry(this.deps.place.root, path, this.deps.place.isLocal(path));
    if (found.is === 'nothing') return false;
    // A further hard link is made without being opened, so nobody will close it.
    const isLinked = found.is === 'file' && found.links > 1n && hint === 'open';
    if (found.is !== 'directory') this.hand(path, found, isLinked ? null : hint, 0);
    else if (path !== '' && (this.watcher()?.add(path) ?? true)) {
      // New here, or moved in with all that is in it.
      const nowMs = this.deps.now();
      await this.through(path, { sinceMs: nowMs, missedBeforeMs: 0, pace: new ScanPace(0), signal });
    }
    return true;
  }

  gone(path: PathBytes): void {
    if (this.watcher()?.has(path)) this.watcher()!.remove(path);
    this.flow.gone(path);
  }

  /** Everything from `start` on. `late`: how many changes were found that an event should have told. */
  async through(start: PathBytes, options: LookOptions): Promise<{ entries: number; late: number }> {
    let late = 0;
    this.flow.isScanning = ++this.scans > 0;
    try {
      const entries = await scanTree(
        this.deps.place,
        start,
        {
          directory: (path) => void this.watcher()?.add(path),
          entry: (path, stats) => {
            // The usual case by far, in a folder that is looked through again.
            if (stats.isFile() && this.flow.isUnchanged(path, signatureOf(stats))) return undefined;
            return this.found(path, stats, options).then((isLate) => {
              if (isLate) late++;
            });
          },
          unreadable: (path, fault) => this.flow.blocked(path, NO_SIGNATURE, fault),
        },
        {
          lowIo: this.deps.folder.lowIo,
          pace: options.pace,
          signal: options.signal,
        },
      );
      return { entries, late };
    } finally {
      this.flow.isScanning = --this.scans > 0;
    }
  }

  /** @returns whether it is a change that an event should have told */
  private async found(
    path: PathBytes,
    stats: BigIntStats,
    { sinceMs, missedBeforeMs }: LookOptions,
  ): Promise<boolean> {
    const found = await judgeEntry(this.deps.place.root, path, stats);
    const isNews = this.hand(path, found, null, Math.max(0, this.deps.now() - sinceMs));
    const isTold = isNews && this.deps.place.isLocal(path);
    return isTold && found.is === 'file' && changedMs(found.signature) < missedBeforeMs;
  }

  private hand(path: PathBytes, found: Found, hint: FileHint, lateMs: number): boolean {
    if (isCanary(path) || (found.is !== 'file' && found.is !== 'fault')) return false;
    if (!this.filter.isWanted(path)) {
      if (found.is === 'file') this.flow.passedBy(path, found.signature);
      return false;
    }
    if (found.is === 'file') return this.flow.sighted(path, found.signature, hint, lateMs);
    this.flow.blocked(path, found.signature, found.fault);
    return false;
  }
}
