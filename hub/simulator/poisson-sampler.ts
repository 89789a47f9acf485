import type { RandomSource } from './random-source.ts';

/*
 * Photon noise. Background: every pixel of every frame is drawn afresh with the alias method (Walker 1977), one random
 * word per pixel, so frames are independent. Spots: Poisson numbers added on top; the sum of two independent Poisson
 * numbers is a Poisson number of the summed mean, so adding them to a noisy background is exact, not an approximation.
 */

/** Outcomes per table: counts 0 to 63. */
const OUTCOMES = 64;
const LEVELS = 512;
/** The smallest mean with a table of its own; below it a pixel is dark. */
const MIN_MEAN = 0.002;
/** P(count > 63) is below 1e-8 up to this mean. */
export const MAX_BACKGROUND_MEAN = 28;

/** Poisson number of any mean: Knuth's products for small means, PTRS (Hörmann 1993) from 10 on. */
export function poisson(mean: number, random: RandomSource): number {
  if (mean <= 0) return 0;
  if (mean < 10) {
    const limit = Math.exp(-mean);
    let product = random.uniform();
    let count = 0;
    while (product > limit) {
      product *= random.uniform();
      count++;
    }
    return count;
  }
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const vr = 0.9277 - 3.6224 / (b - 2);
  while (true) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * logMean - mean - logFactorial(k)) return k;
  }
}

/** ln(k!) by Stirling's series; exact to 1e-10 from k = 10 on, by summation below. */
function logFactorial(k: number): number {
  if (k < 10) {
    let sum = 0;
    for (let i = 2; i <= k; i++) sum += Math.log(i);
    return sum;
  }
  const n = k + 1;
  return (n - 0.5) * Math.log(n) - n + 0.9189385332046727 + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** Draws a noisy background image from a map of means. */
export class BackgroundSampler {
  /** Per pixel the first index of its table (level × 64). */
  private readonly tableOfPixel: Uint16Array;
  private readonly thresholds: Uint32Array;
  private readonly aliases: Uint8Array;

  /**
   * @param means expected counts per pixel, at most `MAX_BACKGROUND_MEAN`
   * @param random decides between the two neighbouring levels of a mean (steps of 2 %), with odds that keep the
   *   expected mean exact; what is left is a spread of the mean of ±1 % from pixel to pixel
   * @throws RangeError when a mean is too high for the tables
   */
  constructor(means: Float32Array, random: RandomSource) {
    this.thresholds = new Uint32Array(LEVELS * OUTCOMES);
    this.aliases = new Uint8Array(LEVELS * OUTCOMES);
    const step = Math.log(MAX_BACKGROUND_MEAN / MIN_MEAN) / (LEVELS - 2);
    const levelMeans = Float64Array.from({ length: LEVELS }, (_, level) =>
      level === 0 ? 0 : MIN_MEAN * Math.exp((level - 1) * step),
    );
    levelMeans.forEach((mean, level) => {
      this.fillTable(level, mean);
    });
    this.tableOfPixel = new Uint16Array(means.length);
    for (let i = 0; i < means.length; i++) {
      const mean = means[i]!;
      if (!(mean <= MAX_BACKGROUND_MEAN)) {
        throw new RangeError(`background of ${mean} counts per pixel is above ${MAX_BACKGROUND_MEAN}`);
      }
      const lower =
        mean < MIN_MEAN ? 0 : Math.min(LEVELS - 2, 1 + Math.floor(Math.log(mean / MIN_MEAN) / step));
      const below = levelMeans[lower]!;
      const odds = (mean - below) / (levelMeans[lower + 1]! - below);
      this.tableOfPixel[i] = (random.uniform() < odds ? lower + 1 : lower) * OUTCOMES;
    }
  }

  /** Vose's construction of the alias table of one Poisson distribution, cut off at 63 and renormalised. */
  private fillTable(level: number, mean: number): void {
    const scaled = new Float64Array(OUTCOMES);
    let probability = Math.exp(-mean);
    let total = 0;
    for (let k = 0; k < OUTCOMES; k++) {
      scaled[k] = probability;
      total += probability;
      probability *= mean / (k + 1);
    }
    const small: number[] = [];
    const large: number[] = [];
    for (let k = 0; k < OUTCOMES; k++) {
      scaled[k] = (scaled[k]! / total) * OUTCOMES;
      (scaled[k]! < 1 ? small : large).push(k);
    }
    const base = level * OUTCOMES;
    while (small.length > 0 && large.length > 0) {
      const less = small.pop()!;
      const more = large.pop()!;
      // 26 bits remain of the random word after 6 chose the column.
      this.thresholds[base + less] = Math.round(scaled[less]! * 2 ** 26);
      this.aliases[base + less] = more;
      scaled[more] = scaled[more]! + scaled[less]! - 1;
      (scaled[more]! < 1 ? small : large).push(more);
    }
    for (const k of [...small, ...large]) {
      this.thresholds[base + k] = 2 ** 26;
      this.aliases[base + k] = k;
    }
  }

  /** Overwrites `image` with fresh counts. The generator is written out here: this loop is nine tenths of the time. */
  draw(image: Uint16Array | Uint32Array | Int16Array | Int32Array, seed: RandomSource): void {
    const { tableOfPixel, thresholds, aliases } = this;
    let a = seed.next32();
    let b = seed.next32();
    let c = seed.next32();
    let counter = 1;
    for (let i = 0; i < tableOfPixel.length; i++) {
      const word = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + word) | 0;
      const column = word & 63;
      const index = tableOfPixel[i]! + column;
      image[i] = word >>> 6 < thresholds[index]! ? column : aliases[index]!;
    }
  }
}
