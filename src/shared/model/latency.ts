/** Latencies are summed up the same way by server and benches: nearest-rank percentiles and logarithmic bins. */
export interface LatencySummary {
  count: number;
  p50Ms: number | null;
  p95Ms: number | null;
  maxMs: number | null;
  /** `counts[i]` latencies lie in [edgesMs[i], edgesMs[i + 1]); the first bin also takes what is below, the last what is above. */
  histogram: { edgesMs: number[]; counts: number[] };
}

/** Nearest-rank percentile (the smallest value such that at least p percent are no larger) of ascending values; null of none. */
export function percentile(ascending: readonly number[], p: number): number | null {
  if (ascending.length === 0) return null;
  return ascending[Math.max(0, Math.ceil((p / 100) * ascending.length) - 1)]!;
}

const DECADE_STEPS = 4;
const LEAST_MS = 10;
const MOST_MS = 100_000;

/** Bin edges from 10 ms to 100 s, four per decade (each 1.78 times the one before). */
export function latencyEdges(): number[] {
  const count = Math.round(Math.log10(MOST_MS / LEAST_MS) * DECADE_STEPS);
  return Array.from({ length: count + 1 }, (_, i) => LEAST_MS * 10 ** (i / DECADE_STEPS));
}

/** Negative latencies (a clock ahead by more than the way took) count as zero: they are a fault of the clock, not a speed. */
export function summariseLatency(latenciesMs: readonly number[]): LatencySummary {
  const ascending = latenciesMs.map((value) => Math.max(0, value)).sort((a, b) => a - b);
  const edgesMs = latencyEdges();
  const counts = new Array<number>(edgesMs.length - 1).fill(0);
  for (const value of ascending) {
    const bin = Math.floor(Math.log10(Math.max(value, LEAST_MS) / LEAST_MS) * DECADE_STEPS);
    const clamped = Math.min(bin, counts.length - 1);
    counts[clamped] = counts[clamped]! + 1;
  }
  return {
    count: ascending.length,
    p50Ms: percentile(ascending, 50),
    p95Ms: percentile(ascending, 95),
    maxMs: ascending.at(-1) ?? null,
    histogram: { edgesMs, counts },
  };
}
