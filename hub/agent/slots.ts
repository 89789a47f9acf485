/** At most `count` holders at once, first come first served. */
export class Slots {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(count: number) {
    this.free = count;
  }

  /** Resolves with the function that gives the slot back. */
  async acquire(): Promise<() => void> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    };
  }
}

/** A value several wait for; waking is remembered until the next wait. */
export class Signal {
  private wake: (() => void) | null = null;
  private set = false;
  private readonly stop = () => this.wake?.();

  notify(): void {
    this.set = true;
    this.wake?.();
  }

  async wait(abort: AbortSignal): Promise<void> {
    abort.throwIfAborted();
    if (!this.set) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        abort.addEventListener('abort', this.stop);
      });
      abort.removeEventListener('abort', this.stop);
      this.wake = null;
      abort.throwIfAborted();
    }
    this.set = false;
  }
}
