import { AppError } from '#src/shared/errors/app-error.ts';

export interface FailureLimitOptions {
  /** Failures allowed within the window. */
  failures: number;
  windowMs: number;
}

/** More callers than this are not remembered: the one who failed longest ago is forgotten. */
const MAX_CALLERS = 10_000;

/** Counts failed attempts per caller in the memory of this process, where an attempt is cheap and cannot be guessed right by trying. */
export class FailureLimit {
  readonly #options: FailureLimitOptions;
  /** Times of failures, ms, oldest first; the caller who failed last stands last. */
  readonly #failures = new Map<string, number[]>();

  constructor(options: FailureLimitOptions) {
    this.#options = options;
  }

  /** Throws TOO_MANY_REQUESTS with the wait once the caller has failed too often. */
  assertMayTry(caller: string, nowMs: number): void {
    const { failures, windowMs } = this.#options;
    const recent = (this.#failures.get(caller) ?? []).filter((atMs) => atMs > nowMs - windowMs);
    if (recent.length < failures) return;
    const retryAfterS = Math.ceil((recent.at(-failures)! + windowMs - nowMs) / 1000);
    throw new AppError('TOO_MANY_REQUESTS', {
      message: `Too many attempts that failed. Try again in ${retryAfterS} s.`,
      retryAfterS,
    });
  }

  failed(caller: string, nowMs: number): void {
    const { failures } = this.#options;
    const all = [...(this.#failures.get(caller) ?? []), nowMs].slice(-failures);
    this.#failures.delete(caller);
    this.#failures.set(caller, all);
    if (this.#failures.size > MAX_CALLERS) this.#failures.delete(this.#failures.keys().next().value!);
  }
}
