import type { Worker } from 'node:worker_threads';
import { startThread } from '../agent/packed.ts';

/**
 * What the thread and its owner share: the first number says that it is to stop, each further one is a slot: 0 = empty, file
 * descriptor + 1 = to be read, the same negative = to be left alone from now on, which the thread confirms.
 */
export const SLOTS = 256;

/** What the thread says of a slot. */
export type ReaderWord = { slot: number } & ({ bytes: Uint8Array } | { dropped: true } | { failed: string });

export interface Reading {
  onBytes(bytes: Uint8Array): void;
  /** Nothing of it is read any more, though nobody asked for that. */
  onFault(error: Error): void;
}

/** The one thread that waits in the kernel for the events of all inotify instances of this process; there while there are any. */
export class InotifyThread {
  private static running: InotifyThread | null = null;
  private readonly worker: Worker;
  private readonly shared = new Int32Array(new SharedArrayBuffer(4 * (1 + SLOTS)));
  private readonly readings = new Map<number, Reading>();
  private readonly drops = new Map<number, () => void>();

  private constructor() {
    this.worker = startThread('files/inotify-reader.ts', { workerData: this.shared });
    this.worker.on('message', (word: ReaderWord) => this.heard(word));
    this.worker.on('error', (error) => this.ended(error instanceof Error ? error : new Error(String(error))));
    this.worker.on('exit', () => this.ended(new Error('the reader of file events ended')));
    // Events alone do not keep a process alive that has nothing else to do.
    this.worker.unref();
  }

  /** @returns how to end it; what that returns resolves when the descriptor is not touched any more */
  static read(fd: number, reading: Reading): () => Promise<void> {
    InotifyThread.running ??= new InotifyThread();
    const thread = InotifyThread.running;
    const slot = thread.add(fd, reading);
    return () => thread.drop(slot);
  }

  private add(fd: number, reading: Reading): number {
    for (let slot = 1; slot <= SLOTS; slot++) {
      // Of one that is being dropped something may still come.
      const isTaken = this.readings.has(slot) || this.drops.has(slot);
      if (isTaken || Atomics.load(this.shared, slot) !== 0) continue;
      this.readings.set(slot, reading);
      Atomics.store(this.shared, slot, fd + 1);
      Atomics.notify(this.shared, 0);
      return slot;
    }
    throw new Error(`more than ${SLOTS} folders are watched at once`);
  }

  private async drop(slot: number): Promise<void> {
    // It has ended, and tells nothing of anything.
    if (!this.readings.delete(slot)) return;
    const value = Atomics.load(this.shared, slot);
    // Otherwise reading has failed in this moment, and the thread has let go of it.
    if (value > 0 && Atomics.compareExchange(this.shared, slot, value, -value) === value) {
      // Who waits for its word has to hear it.
      this.worker.ref();
      Atomics.notify(this.shared, 0);
      await new Promise<void>((resolve) => {
        this.drops.set(slot, resolve);
      });
      if (this.drops.size === 0) this.worker.unref();
    }
    if (this.readings.size === 0 && this.drops.size === 0) this.stop();
  }

  private stop(): void {
    if (InotifyThread.running === this) InotifyThread.running = null;
    Atomics.store(this.shared, 0, 1);
    Atomics.notify(this.shared, 0);
  }

  private heard(word: ReaderWord): void {
    if ('dropped' in word) {
      this.drops.get(word.slot)?.();
      this.drops.delete(word.slot);
    } else if ('bytes' in word) this.readings.get(word.slot)?.onBytes(word.bytes);
    else {
      const reading = this.readings.get(word.slot);
      this.readings.delete(word.slot);
      reading?.onFault(new Error(word.failed));
    }
  }

  private ended(error: Error): void {
    if (InotifyThread.running === this) InotifyThread.running = null;
    const readings = [...this.readings.values()];
    const drops = [...this.drops.values()];
    this.readings.clear();
    this.drops.clear();
    for (const resolve of drops) resolve();
    for (const { onFault } of readings) onFault(error);
  }
}
