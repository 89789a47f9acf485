/** What is sent first when the link is slower than the detector. */
const UPLOAD_URGENCIES = ['master', 'newest', 'backlog'] as const;
export type UploadUrgency = (typeof UPLOAD_URGENCIES)[number];

interface Waiting {
  urgency: () => UploadUrgency;
  grant: () => void;
}

/** At most `limit` holders at once; the most urgent first, within one urgency first come, first served. */
export class Slots {
  private max: number;
  private held = 0;
  private readonly waiting: Waiting[] = [];

  constructor(limit: number) {
    this.max = limit;
  }

  get limit(): number {
    return this.max;
  }

  /** Whoever holds one above a lower limit keeps it until given back. */
  set limit(limit: number) {
    this.max = limit;
    while (this.held < this.max && this.waiting.length > 0) this.grantNext();
  }

  /** Resolves with the function that gives the slot back. */
  async acquire(urgency: () => UploadUrgency): Promise<() => void> {
    if (this.held < this.max) this.held++;
    else await new Promise<void>((grant) => this.waiting.push({ urgency, grant }));
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.held--;
      if (this.held < this.max && this.waiting.length > 0) this.grantNext();
    };
  }

  private grantNext(): void {
    const ranks = this.waiting.map(({ urgency }) => UPLOAD_URGENCIES.indexOf(urgency()));
    const [next] = this.waiting.splice(ranks.indexOf(Math.min(...ranks)), 1);
    this.held++;
    next!.grant();
  }
}

/** A change one waits for; waking is remembered until the next wait. Of several, see `Broadcast`. */
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
