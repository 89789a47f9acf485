/** Upper ends of the bins, in milliseconds; the last one is open. */
const BINS_MS = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600];
const BAR = 50;

const labelOf = (index: number): string => {
  const seconds = (ms: number) => `${ms / 1000} s`;
  if (index === 0) return `up to ${seconds(BINS_MS[0]!)}`;
  return index < BINS_MS.length ? `to ${seconds(BINS_MS[index]!)}` : `above ${seconds(BINS_MS.at(-1)!)}`;
};

/** At least this share of the sorted values is not larger. */
export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;

/** A histogram of latencies in lines of text, empty bins at both ends left out. */
export function histogram(latenciesMs: readonly number[]): string[] {
  const counts = Array.from({ length: BINS_MS.length + 1 }, () => 0);
  for (const ms of latenciesMs) {
    const bin = BINS_MS.findIndex((end) => ms <= end);
    counts[bin < 0 ? BINS_MS.length : bin]! += 1;
  }
  const most = Math.max(...counts);
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  return counts
    .map((count, bin) => {
      const bar = '█'.repeat(Math.ceil((BAR * count) / most));
      return `  ${labelOf(bin).padStart(14)} ${String(count).padStart(6)} ${bar}`;
    })
    .slice(first, last + 1);
}
