import type { DtypeArray } from '#src/shared/model/dtype.ts';
import type { FrameStatistics } from './contrast.ts';

export interface MeasuredPixels {
  pixels: DtypeArray;
  /** One byte per pixel, 0 = measured. */
  mask: Uint8Array | null;
  invalid: number | bigint;
  saturation: number | null;
}

/** Looked at for a histogram: enough for a smooth one, few enough for every frame. */
const SAMPLE_LIMIT = 250_000;

/** How many measured pixels lie in each of `bins` equal parts of `domain`; masked, invalid and saturated ones are left out. */
export function frameHistogram(
  { pixels, mask, invalid, saturation }: MeasuredPixels,
  domain: { low: number; high: number },
  bins: number,
): { counts: Uint32Array; below: number; above: number } {
  const counts = new Uint32Array(bins);
  const fitting = mask?.length === pixels.length ? mask : null;
  const ceiling = saturation ?? Number.POSITIVE_INFINITY;
  const scale = bins / (domain.high - domain.low);
  const stride = Math.max(1, Math.floor(pixels.length / SAMPLE_LIMIT)) | 1;
  let below = 0;
  let above = 0;
  for (let i = 0; i < pixels.length; i += stride) {
    const raw = pixels[i]!;
    if (raw === invalid || (fitting !== null && fitting[i] !== 0)) continue;
    const value = Number(raw);
    if (!(value < ceiling)) continue;
    const bin = Math.floor((value - domain.low) * scale);
    if (bin < 0) below++;
    else if (bin >= bins) above++;
    else counts[bin]!++;
  }
  return { counts, below, above };
}

/** What the histogram spans: the bulk of the pixels, and the range that is shown. */
export function histogramDomain(
  statistics: FrameStatistics | null,
  range: { low: number; high: number },
): { low: number; high: number } {
  const low = Math.min(range.low, statistics?.p01 ?? 0, 0);
  const high = Math.max(range.high * 1.15, statistics?.p999 ?? 0, low + 8);
  // Whole counts fall evenly into bins only when bins are whole counts too, or many.
  return { low: Math.floor(low), high: Math.ceil(high) };
}

/** Bins of a domain: one per count as long as that is few enough. */
export const histogramBins = ({ low, high }: { low: number; high: number }): number =>
  Math.max(8, Math.min(128, Math.round(high - low)));
