import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, statfsSync, unlinkSync } from 'node:fs';
import path from 'node:path';

/*
 * The buffer between detector and store: plain files in one folder, bounded in bytes. On a memory file system it
 * survives a killed process (not a reboot); on disk it survives both.
 */

const TMPFS_MAGIC = 0x01021994;
const MEMORY_ROOT = '/dev/shm';

/** Room that must stay on the memory file system beyond the buffer, for everybody else on the machine. */
const SPARE_FACTOR = 1.5;

/** The name carries a hash of the state folder, so two HUBs on one machine never share a spool. */
const spoolName = (stateDir: string): string =>
  `beamdeck-hub-${createHash('sha256').update(stateDir).digest('hex').slice(0, 12)}`;

/** Where the HUB of this state folder (absolute path) has its spool when it has it in memory. */
export const memorySpoolDir = (stateDir: string): string => path.join(MEMORY_ROOT, spoolName(stateDir));

/**
 * The spool folder: the one configured, else /dev/shm when it has room for one and a half buffers, else below the state
 * folder.
 */
export function chooseSpoolDir(configured: string | null, stateDir: string, maxBytes: number): string {
  if (configured !== null) return path.join(configured, spoolName(stateDir));
  if (isMemoryFolder(MEMORY_ROOT)) {
    const { bavail, bsize } = statfsSync(MEMORY_ROOT);
    if (bavail * bsize >= maxBytes * SPARE_FACTOR) return memorySpoolDir(stateDir);
  }
  return path.join(stateDir, 'spool');
}

/** Whether the folder lies on a memory file system. */
export function isMemoryFolder(dir: string): boolean {
  try {
    return statfsSync(dir).type === TMPFS_MAGIC;
  } catch {
    // Not there, so not on the memory file system either.
    return false;
  }
}

/**
 * Makes the folder for this user alone. /dev/shm is open to everybody: a folder or link that another user put there
 * under our name is refused.
 */
export function prepareSpoolDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = lstatSync(dir);
  if (!found.isDirectory()) throw new Error(`${dir} is not a folder`);
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid) throw new Error(`${dir} belongs to another user`);
  if ((found.mode & 0o077) !== 0) chmodSync(dir, 0o700);
}

/** Counts what the spool holds and makes writers wait when it is full: the detector's sender then waits too. */
export class SpoolBudget {
  readonly maxBytes: number;
  private used = 0;
  private settled = 0;
  private waiting: (() => void)[] = [];
  /** Asked when it is full: gives something up; false when there is nothing to give up. */
  makeRoom: () => boolean = () => false;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.used;
  }

  /**
   * Whether `bytes` more may be written. Only settled files ever become free, so while there are none, waiting would last
   * for ever: files that have begun are then completed beyond the limit (about a second of data).
   */
  fits(bytes: number): boolean {
    while (this.settled > 0 && this.used + bytes > this.maxBytes) {
      if (!this.makeRoom()) return false;
    }
    return true;
  }

  add(bytes: number): void {
    this.used += bytes;
  }

  /** A file of so many bytes is complete; its bytes come free when it is uploaded. */
  settle(bytes: number): void {
    this.settled += bytes;
  }

  /** A settled file is gone. */
  free(bytes: number): void {
    this.used = Math.max(0, this.used - bytes);
    this.settled = Math.max(0, this.settled - bytes);
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when something was freed or the signal fires; ask `fits` again. */
  async freed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done);
      this.waiting.push(done);
    });
  }
}

/** Removes a spooled file; it may be gone already (a crash between removal and the journal's note of it). */
export function removeSpooled(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

export function removeSpoolFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

/**
 * Files of the memory file system that are used again. A fresh page costs more than the copy into it: overwriting an
 * existing file was measured at 5.5 GB/s, writing a new one and removing it at 2.0 GB/s. What is kept and what is in use
 * together stay within the buffer's size.
 */
export class SpoolPool {
  private readonly dir: string;
  private readonly budget: SpoolBudget;
  private readonly maxBytes: number;
  private readonly enabled: boolean;
  private readonly free: { file: string; sizeBytes: number }[] = [];
  private heldBytes = 0;
  private next = 1;

  /**
   * @param maxBytes for what is in use and what is kept together
   * @param enabled false = keep nothing: on a disk there is nothing to win
   */
  constructor(spoolDir: string, budget: SpoolBudget, maxBytes: number, enabled: boolean) {
    this.dir = path.join(spoolDir, 'free');
    this.budget = budget;
    this.maxBytes = maxBytes;
    this.enabled = enabled;
    rmSync(this.dir, { recursive: true, force: true });
    if (enabled) mkdirSync(this.dir, { mode: 0o700 });
  }

  /** Of files that lie there to be used again. */
  get keptBytes(): number {
    return this.heldBytes;
  }

  /** Puts a used file at `target`; its old content is still in it. False when there is none. */
  take(target: string): boolean {
    const used = this.free.pop();
    if (used === undefined) return false;
    this.heldBytes -= used.sizeBytes;
    renameSync(used.file, target);
    return true;
  }

  /** Removes what is kept: on a file system that is full before the buffer is, others need the room. */
  clear(): void {
    for (const { file } of this.free.splice(0)) removeSpooled(file);
    this.heldBytes = 0;
  }

  /** Keeps the file for later use, or removes it when enough are kept. */
  give(file: string, sizeBytes: number): void {
    const total = this.budget.usedBytes + this.heldBytes + sizeBytes;
    if (!this.enabled || total > this.maxBytes) {
      removeSpooled(file);
      return;
    }
    const kept = path.join(this.dir, `${this.next++}`);
    renameSync(file, kept);
    this.heldBytes += sizeBytes;
    this.free.push({ file: kept, sizeBytes });
  }
}
