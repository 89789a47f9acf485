import type { FolderLook } from './folder-look.ts';
import type { FolderPlace } from './folder-place.ts';
import { type PathBytes, shownPath } from './path-bytes.ts';
import { ScanPace } from './scan-pace.ts';

/** Changes on file systems of other machines are looked for this often … */
const POLL_MS = 10_000;
/** … and for a third of the time at most. */
const WAITS_PER_POLL = 2;

export interface MountsBelowDeps {
  place: FolderPlace;
  look: FolderLook;
  /** Whether file systems that tell nothing are looked through; else only what is mounted anew. */
  isPolled: boolean;
  /** Of the configuration; null = as often as is usual. */
  scanMs: number | null;
  now: () => number;
  signal: AbortSignal;
  failed: (error: unknown) => void;
}

/**
 * What is mounted below a folder whose changes are told: no event tells of a disk that is mounted, nor of what other machines write on
 * theirs, so these are looked through, the rest is not.
 */
export class MountsBelow {
  private readonly deps: MountsBelowDeps;
  private lookedMs: number;
  private tookMs = 0;
  private running: Promise<void> | null = null;

  constructor(deps: MountsBelowDeps) {
    this.deps = deps;
    this.lookedMs = deps.now();
  }

  /** Every few seconds. What it begins may go on; there is never more than one of it. */
  beat(): void {
    this.running ??= this.lookAtAll()
      .catch((error: unknown) => {
        if (!this.deps.signal.aborted) this.deps.failed(error);
      })
      .finally(() => {
        this.running = null;
      });
  }

  /** Resolves when nothing of it goes on any more. */
  async ended(): Promise<void> {
    await this.running;
  }

  /** For people: which of it is looked through; null when nothing is. */
  fault(): string | null {
    const silent = this.deps.isPolled ? this.deps.place.silentBelow() : [];
    if (silent.length === 0) return null;
    const where = silent.map(([path, name]) => `${shownPath(path)} (${name})`).join(', ');
    return `below ${where} changes are looked for, not told`;
  }

  private isPollDue(): boolean {
    const everyMs = Math.min(POLL_MS, this.deps.scanMs ?? POLL_MS);
    return this.deps.now() - this.lookedMs >= Math.max(everyMs, this.tookMs * WAITS_PER_POLL);
  }

  private async lookAtAll(): Promise<void> {
    const { deps } = this;
    const added = await deps.place.lookForMounts();
    const isPoll = deps.isPolled && this.isPollDue();
    const trees = new Set(added);
    if (isPoll) for (const [path] of deps.place.silentBelow()) trees.add(path);
    const sinceMs = this.lookedMs;
    const startMs = deps.now();
    for (const tree of trees) await this.lookThrough(tree, sinceMs);
    if (!isPoll) return;
    this.lookedMs = startMs;
    this.tookMs = deps.now() - startMs;
  }

  private async lookThrough(path: PathBytes, sinceMs: number): Promise<void> {
    const { look, signal } = this.deps;
    await look.through(path, { sinceMs, missedBeforeMs: 0, pace: new ScanPace(0), signal });
  }
}
