/** What is sent first when the link is slower than the detector. */
const UPLOAD_URGENCIES = ['master', 'newest', 'backlog'] as const;
export type UploadUrgency = (typeof UPLOAD_URGENCIES)[number];

interface Waiting {
  urgency: () => UploadUrgency;
  /** Of one slot, in eighths. */
  eighths: number;
  grant: () => void;
}

/** The smallest share of a slot: so many holders of it take one. */
export const SHARES = 8;

/**
 * At most `limit` slots are held at once, whole or in shares, and the last one granted may reach beyond; the most urgent first, within one
 * urgency first come, first served.
 */
export class Slots {
  private max: number;
  /** In eighths. */
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
    this.grantWaiting();
  }

  private get hasRoom(): boolean {
    return this.held < this.max * SHARES;
  }

  /**
   * Resolves with the function that gives the slot back.
   * @param share of one slot, up to 1; rounded up to eighths
   */
  async acquire(urgency: () => UploadUrgency, share = 1): Promise<() => void> {
    const eighths = Math.min(SHARES, Math.max(1, Math.ceil(share * SHARES)));
    if (this.hasRoom) this.held += eighths;
    else await new Promise<void>((grant) => this.waiting.push({ urgency, eighths, grant }));
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.held -= eighths;
      this.grantWaiting();
    };
  }

  private grantWaiting(): void {
    while (this.hasRoom && this.waiting.length > 0) {
      const ranks = this.waiting.map(({ urgency }) => UPLOAD_URGENCIES.indexOf(urgency()));
      const [next] = this.waiting.splice(ranks.indexOf(Math.min(...ranks)), 1);
      this.held += next!.eighths;
      next!.grant();
    }
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
