/** Of the time that past runs took, what nine of ten stayed below, and a quarter more. */
const SHARE = 0.9;
const MARGIN = 1.25;
/** Fewer runs than this say nothing. */
export const LEAST_RUNS = 3;
const LEAST_MS = 10_000;

/**
 * How long a run will hardly take longer than, in whole seconds of milliseconds: by the wall times of past runs of the same template, in any order; by its time limit
 * while there are too few of them. Never beyond the limit, at which a run is ended. This much is set aside for it; what it really took is charged.
 */
export function estimateWallMs(pastMs: readonly number[], limitMs: number): number {
  if (pastMs.length < LEAST_RUNS) return limitMs;
  const sorted = [...pastMs].sort((a, b) => a - b);
  const most = sorted[Math.min(sorted.length - 1, Math.ceil(SHARE * sorted.length) - 1)]!;
  return Math.min(limitMs, Math.max(LEAST_MS, Math.ceil((most * MARGIN) / 1000) * 1000));
}

/** How long a run of those mostly takes: half of them took longer. Null without any. */
export function medianMs(pastMs: readonly number[]): number | null {
  const sorted = [...pastMs].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : Math.round((sorted[middle - 1]! + sorted[middle]!) / 2);
}
