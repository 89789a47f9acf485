import { ClearFault } from '../lib/clear-fault.ts';

const INTERVAL_MS = 150;
const REQUEST_TIMEOUT_MS = 5000;

/** Asks until the address answers 200. Rejects with a `ClearFault` after `timeoutMs`, or at once when the signal aborts. */
export async function waitForHealth(
  url: string,
  title: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const until = Date.now() + timeoutMs;
  let last = 'no answer';
  while (Date.now() < until) {
    signal.throwIfAborted();
    try {
      const answer = await fetch(url, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      const text = await answer.text();
      if (answer.status === 200) return;
      last = `${answer.status} ${text.slice(0, 300)}`;
    } catch (error) {
      signal.throwIfAborted();
      last =
        error instanceof Error
          ? error.cause instanceof Error
            ? error.cause.message
            : error.message
          : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
  throw new ClearFault(
    `${title} does not become ready at ${url} within ${timeoutMs / 1000} s (${last}). Start again; if it happens again, report it.`,
  );
}
