import type { DtypeArray } from '#src/shared/model/dtype.ts';

/** Values of the unmasked, unsaturated pixels of a frame. */
export interface FrameStatistics {
  measured: number;
  min: number;
  max: number;
  mean: number;
  /** Of a regular sample of at most SAMPLE_LIMIT pixels. */
  p01: number;
  p50: number;
  p99: number;
  p999: number;
}

const SAMPLE_LIMIT = 150_000;
const COUNTED_BELOW = 4096;

/**
 * Statistics for the contrast. Masked pixels ruin percentiles, so they are left out before anything is counted: those the
 * mask names, those with the type's "invalid" value, those at or above saturation.
 */
export function frameStatistics(
  pixels: DtypeArray,
  options: {
    mask: Uint8Array | null;
    invalid: number | bigint;
    saturation: number | null;
    /** Pilatus writes −1 and −2 for gaps and bad pixels. Of other detectors negative counts are noise around zero. */
    negativeIsMasked?: boolean;
  },
): FrameStatistics | null {
  const { mask, invalid, negativeIsMasked = false } = options;
  const ceiling = options.saturation ?? Number.POSITIVE_INFINITY;
  // An odd stride: a regular sample must not fall into step with the columns of the detector.
  const stride = Math.max(1, Math.floor(pixels.length / SAMPLE_LIMIT)) | 1;
  // Counts are mostly small and whole: they are counted, which sorts them too. What is neither is sorted.
  const counts = new Uint32Array(COUNTED_BELOW);
  const others: number[] = [];
  let measured = 0;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += stride) {
    const raw = pixels[i]!;
    if (raw === invalid || (mask !== null && mask[i] !== 0)) continue;
    const value = Number(raw);
    if (!(value < ceiling)) continue; // NaN too
    if (value < 0 && negativeIsMasked) continue;
    measured++;
    sum += value;
    if (value >= 0 && value < COUNTED_BELOW && Number.isInteger(value)) counts[value]!++;
    else others.push(value);
  }
  if (measured === 0) return null;
  const at = rankedIn(counts, Float64Array.from(others).sort());
  return {
    measured,
    min: at(0),
    max: at(measured - 1),
    mean: sum / measured,
    ...percentiles(measured, at),
  };
}

const percentiles = (measured: number, at: (rank: number) => number) => {
  const part = (p: number) => at(Math.min(measured - 1, Math.floor(p * measured)));
  return { p01: part(0.01), p50: part(0.5), p99: part(0.99), p999: part(0.999) };
};

/** The value of a rank among `counts` of 0, 1, 2 … and others that are sorted. */
function rankedIn(counts: Uint32Array, others: Float64Array): (rank: number) => number {
  return (rank) => {
    let other = 0;
    let seen = 0;
    for (let value = 0; value < counts.length; value++) {
      while (other < others.length && others[other]! < value) {
        if (seen++ === rank) return others[other]!;
        other++;
      }
      seen += counts[value]!;
      if (seen > rank) return value;
    }
    return others[other + rank - seen]!;
  };
}

/**
 * A range in which weak spots stand out of the background and the strongest do not decide: up to ten standard deviations
 * of a Poisson background over its median, at least the 99th percentile, never empty.
 */
export function autoContrast(statistics: FrameStatistics | null): { low: number; high: number } {
  if (!statistics) return { low: 0, high: 1 };
  const { p01, p50, p99 } = statistics;
  const low = Math.min(0, p01);
  const high = Math.max(p99, p50 + 10 * Math.sqrt(Math.max(p50, 0.25)), low + 4);
  return { low, high: Math.ceil(high) };
}
