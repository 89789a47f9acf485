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

/**
 * Statistics for the contrast. Masked pixels ruin percentiles, so they are left out before anything is counted: those the
 * mask names, those with the type's "invalid" value, those at or above saturation.
 */
export function frameStatistics(
  pixels: DtypeArray,
  options: { mask: Uint8Array | null; invalid: number | bigint; saturation: number | null },
): FrameStatistics | null {
  const { mask, invalid } = options;
  const ceiling = options.saturation ?? Number.POSITIVE_INFINITY;
  // An odd stride: a regular sample must not fall into step with the columns of the detector.
  const stride = Math.max(1, Math.floor(pixels.length / SAMPLE_LIMIT)) | 1;
  const sample = new Float64Array(Math.ceil(pixels.length / stride));
  let measured = 0;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += stride) {
    const raw = pixels[i]!;
    if (raw === invalid || (mask !== null && mask[i] !== 0)) continue;
    const value = Number(raw);
    if (!(value < ceiling)) continue; // NaN too
    sample[measured++] = value;
    sum += value;
  }
  if (measured === 0) return null;
  const sorted = sample.subarray(0, measured).sort();
  const at = (p: number) => sorted[Math.min(measured - 1, Math.floor(p * measured))]!;
  return {
    measured,
    min: sorted[0]!,
    max: sorted[measured - 1]!,
    mean: sum / measured,
    p01: at(0.01),
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
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
