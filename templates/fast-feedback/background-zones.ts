import { type DetectorMap, NO_ZONE } from './detector-map.ts';
import { NO_VALUE } from './frame-pixels.ts';

/*
 * Counts are binned so that any count has a bin: one bin per count below 64, then 32 bins per factor of two (3 % wide,
 * finer than counting noise up to a thousand counts). A histogram per zone gives median and clipped mean in one pass
 * over the pixels, however bright the frame.
 */
const EXACT = 64;
const PER_OCTAVE_BITS = 5;
const BINS = EXACT + (31 - 6) * (1 << PER_OCTAVE_BITS);

function binOf(count: number): number {
  if (count < EXACT) return count;
  const octave = 31 - Math.clz32(count);
  return EXACT + ((octave - 6) << PER_OCTAVE_BITS) + ((count >>> (octave - PER_OCTAVE_BITS)) & 31);
}

/** The middle of each bin. */
const BIN_VALUE = Float64Array.from({ length: BINS }, (_, bin) => {
  if (bin < EXACT) return bin;
  const octave = 6 + ((bin - EXACT) >> PER_OCTAVE_BITS);
  const width = 2 ** (octave - PER_OCTAVE_BITS);
  return 2 ** octave + ((bin - EXACT) & 31) * width + (width - 1) / 2;
});

const CLIP_SIGMA = 3;
const CLIP_ROUNDS = 4;
/** A zone with fewer pixels than this says nothing of its background. */
const MIN_PIXELS = 16;

export interface Background {
  /** Per zone: mean and standard deviation without spots (clipped upwards); NaN for a zone with too few pixels. */
  mean: Float64Array;
  sigma: Float64Array;
  /** Median of all pixels that were looked at; 0 when there are none. */
  median: number;
  /** Mean over the zones without spots, weighted by their pixels: tells fractions of a count where the median cannot. */
  level: number;
  totalCounts: number;
  saturatedPixels: number;
  usedPixels: number;
}

/** Mean and σ of a histogram without its upper tail: σ-clipping, with √mean (counting noise) as the least σ. */
function clippedMoments(histogram: Uint32Array): { mean: number; sigma: number } {
  let limit = BINS;
  let mean = Number.NaN;
  let sigma = Number.NaN;
  for (let round = 0; round < CLIP_ROUNDS; round++) {
    let count = 0;
    let sum = 0;
    let squares = 0;
    for (let bin = 0; bin < limit; bin++) {
      const n = histogram[bin]!;
      if (n === 0) continue;
      const value = BIN_VALUE[bin]!;
      count += n;
      sum += n * value;
      squares += n * value * value;
    }
    if (count < MIN_PIXELS) return { mean: Number.NaN, sigma: Number.NaN };
    mean = sum / count;
    sigma = Math.sqrt(Math.max(squares / count - mean * mean, mean));
    const next = binOf(Math.floor(mean + CLIP_SIGMA * sigma) + 1) + 1;
    if (next >= limit) break;
    limit = next;
  }
  return { mean, sigma };
}

function medianOf(histogram: Uint32Array, count: number): number {
  let seen = 0;
  for (let bin = 0; bin < BINS; bin++) {
    seen += histogram[bin]!;
    if (2 * seen >= count && count > 0) return BIN_VALUE[bin]!;
  }
  return 0;
}

/** Measures the background of frames of one detector; keeps its memory from frame to frame. */
export class BackgroundMeter {
  private readonly map: DetectorMap;
  private readonly histograms: Uint32Array;

  constructor(map: DetectorMap) {
    this.map = map;
    this.histograms = new Uint32Array(map.zones * BINS);
  }

  measure(pixels: Int32Array, saturationValue: number): Background {
    const { zone, zones } = this.map;
    const { histograms } = this;
    histograms.fill(0);
    let totalCounts = 0;
    let usedPixels = 0;
    let saturatedPixels = 0;
    for (let i = 0; i < pixels.length; i++) {
      const count = pixels[i]!;
      const z = zone[i]!;
      if (count === NO_VALUE || z === NO_ZONE) continue;
      // Nearly all pixels: how many there are, and their counts, the histograms tell.
      if (count < EXACT) {
        histograms[z * BINS + count]!++;
        continue;
      }
      histograms[z * BINS + binOf(count)]!++;
      totalCounts += count;
      if (count >= saturationValue) saturatedPixels++;
    }
    const mean = new Float64Array(zones);
    const sigma = new Float64Array(zones);
    const whole = new Uint32Array(BINS);
    let levelSum = 0;
    let levelPixels = 0;
    for (let z = 0; z < zones; z++) {
      const own = histograms.subarray(z * BINS, (z + 1) * BINS);
      const moments = clippedMoments(own);
      mean[z] = moments.mean;
      sigma[z] = moments.sigma;
      let zonePixels = 0;
      for (let bin = 0; bin < BINS; bin++) {
        whole[bin]! += own[bin]!;
        zonePixels += own[bin]!;
      }
      if (Number.isNaN(moments.mean)) continue;
      levelSum += moments.mean * zonePixels;
      levelPixels += zonePixels;
    }
    for (let bin = 0; bin < BINS; bin++) {
      usedPixels += whole[bin]!;
      if (bin >= EXACT) continue;
      totalCounts += bin * whole[bin]!;
      if (bin >= saturationValue) saturatedPixels += whole[bin]!;
    }
    const level = levelPixels > 0 ? levelSum / levelPixels : 0;
    const median = medianOf(whole, usedPixels);
    return { mean, sigma, median, level, totalCounts, saturatedPixels, usedPixels };
  }
}
