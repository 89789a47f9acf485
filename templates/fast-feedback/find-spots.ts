import type { Background } from './background-zones.ts';
import { type DetectorMap, NO_ZONE } from './detector-map.ts';
import { NO_VALUE } from './frame-pixels.ts';

export interface SpotSettings {
  /** A strong pixel lies this many σ of counting noise above the mean around it. */
  strongSigma: number;
  /** Around it the index of dispersion exceeds 1 by this many of its σ. */
  dispersionSigma: number;
  minSpotPixels: number;
}

export interface Spot {
  /** Intensity-weighted centre, pixel centres at .5. */
  x: number;
  y: number;
  pixels: number;
  /** Counts above the local background. */
  intensity: number;
  peak: number;
  /** Width and height of its strong pixels. */
  box: readonly [number, number];
}

/** Half of the 7 × 7 window in which a pixel is judged: wider than a spot, narrower than background features. */
const HALF = 3;
const MIN_WINDOW_PIXELS = 12;
/** Larger patches are ice smears, shadows' edges or the direct beam. */
const MAX_SPOT_PIXELS = 400;
/** A lone count of a dark frame is no spot. */
const MIN_COUNT = 2;
/** Counts of a whole spot over its noise, so that clumps of background are left out. */
const MIN_SIGNIFICANCE = 4;
/** A frame with more strong pixels than this share has no spots that could be told apart. */
const MAX_STRONG_SHARE = 0.2;

/**
 * Finds spots in two steps: a pixel well above the background of its zone is a candidate; a candidate is strong when, in the window around
 * it, it stands out of the mean and the counts scatter more than counting noise does (index of dispersion, variance
 * over mean; Kabsch, Acta Cryst. D66 (2010) 133; Winter et al., Acta Cryst. D74 (2018) 85, section on spot finding).
 * Strong pixels that touch, also at corners, make a spot.
 */
export class SpotFinder {
  private readonly map: DetectorMap;
  private readonly settings: SpotSettings;
  /** 1 = strong, not yet part of a spot; all 0 between frames. */
  private readonly strong: Uint8Array;

  constructor(map: DetectorMap, settings: SpotSettings) {
    this.map = map;
    this.settings = settings;
    this.strong = new Uint8Array(map.rows * map.columns);
  }

  find(pixels: Int32Array, background: Background): Spot[] {
    const strong = this.strongPixels(pixels, this.candidates(pixels, background));
    if (strong.length > MAX_STRONG_SHARE * background.usedPixels) {
      for (const index of strong) this.strong[index] = 0;
      return [];
    }
    const spots: Spot[] = [];
    for (const index of strong) {
      if (this.strong[index] !== 1) continue;
      const members = this.component(index);
      if (members.length < this.settings.minSpotPixels || members.length > MAX_SPOT_PIXELS) continue;
      const spot = this.measure(pixels, members, background);
      if (spot) spots.push(spot);
    }
    // Members are marked 2 while spots are measured, so that no spot counts as another's background.
    for (const index of strong) this.strong[index] = 0;
    return spots;
  }

  private candidates(pixels: Int32Array, background: Background): number[] {
    const { zone, zones } = this.map;
    const threshold = new Int32Array(zones);
    for (let z = 0; z < zones; z++) {
      const limit = background.mean[z]! + this.settings.strongSigma * background.sigma[z]!;
      threshold[z] = Number.isNaN(limit) ? 0x7fffffff : Math.max(Math.ceil(limit), MIN_COUNT);
    }
    // Of most pixels their zone need not be looked up.
    const least = threshold.reduce((lowest, value) => Math.min(lowest, value), 0x7fffffff);
    const found: number[] = [];
    for (let i = 0; i < pixels.length; i++) {
      const count = pixels[i]!;
      if (count < least) continue;
      const z = zone[i]!;
      if (z !== NO_ZONE && count >= threshold[z]!) found.push(i);
    }
    return found;
  }

  /** Marks the candidates that stand out in their window; returns them in raster order. */
  private strongPixels(pixels: Int32Array, candidates: readonly number[]): number[] {
    const { rows, columns } = this.map;
    const { strongSigma, dispersionSigma } = this.settings;
    const found: number[] = [];
    for (const index of candidates) {
      const row = Math.floor(index / columns);
      const column = index - row * columns;
      const top = Math.max(0, row - HALF);
      const bottom = Math.min(rows - 1, row + HALF);
      const left = Math.max(0, column - HALF);
      const right = Math.min(columns - 1, column + HALF);
      let n = 0;
      let sum = 0;
      let squares = 0;
      for (let y = top; y <= bottom; y++) {
        for (let i = y * columns + left, end = y * columns + right; i <= end; i++) {
          const count = pixels[i]!;
          if (count === NO_VALUE) continue;
          n++;
          sum += count;
          squares += count * count;
        }
      }
      if (n < MIN_WINDOW_PIXELS || sum === 0) continue;
      const mean = sum / n;
      if (pixels[index]! <= mean + strongSigma * Math.sqrt(mean)) continue;
      const dispersion = (squares - sum * mean) / (n - 1) / mean;
      if (dispersion <= 1 + dispersionSigma * Math.sqrt(2 / (n - 1))) continue;
      this.strong[index] = 1;
      found.push(index);
    }
    return found;
  }

  private component(start: number): number[] {
    const { rows, columns } = this.map;
    const { strong } = this;
    const members = [start];
    strong[start] = 2;
    for (const index of members) {
      const row = Math.floor(index / columns);
      const column = index - row * columns;
      for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
          const near = y * columns + x;
          if (strong[near] !== 1) continue;
          strong[near] = 2;
          members.push(near);
        }
      }
    }
    return members;
  }

  /** Null when the spot does not stand out of its surroundings. */
  private measure(pixels: Int32Array, members: readonly number[], background: Background): Spot | null {
    const { columns } = this.map;
    let peak = 0;
    let peakAt = members[0]!;
    let sum = 0;
    for (const index of members) {
      const count = pixels[index]!;
      sum += count;
      if (count > peak) {
        peak = count;
        peakAt = index;
      }
    }
    const base = this.localBackground(pixels, peakAt) ?? background.mean[this.map.zone[peakAt]!]!;
    const intensity = sum - base * members.length;
    if (intensity < MIN_SIGNIFICANCE * Math.sqrt(base * members.length + Math.max(intensity, 0))) return null;
    let x = 0;
    let y = 0;
    let weight = 0;
    const [left, top, right, bottom] = this.boxOf(members);
    for (const index of members) {
      const above = Math.max(pixels[index]! - base, 0);
      const row = Math.floor(index / columns);
      x += above * (index - row * columns + 0.5);
      y += above * (row + 0.5);
      weight += above;
    }
    const box = [right - left + 1, bottom - top + 1] as const;
    return { x: x / weight, y: y / weight, pixels: members.length, intensity, peak, box };
  }

  private boxOf(members: readonly number[]): [left: number, top: number, right: number, bottom: number] {
    const { columns } = this.map;
    const box: [number, number, number, number] = [columns, this.map.rows, 0, 0];
    for (const index of members) {
      const row = Math.floor(index / columns);
      const column = index - row * columns;
      box[0] = Math.min(box[0], column);
      box[1] = Math.min(box[1], row);
      box[2] = Math.max(box[2], column);
      box[3] = Math.max(box[3], row);
    }
    return box;
  }

  /** Mean of the pixels around that belong to no spot; null when there are too few. */
  private localBackground(pixels: Int32Array, index: number): number | null {
    const { rows, columns } = this.map;
    const half = HALF + 2;
    const row = Math.floor(index / columns);
    const column = index - row * columns;
    let n = 0;
    let sum = 0;
    for (let y = Math.max(0, row - half); y <= Math.min(rows - 1, row + half); y++) {
      for (let x = Math.max(0, column - half); x <= Math.min(columns - 1, column + half); x++) {
        const at = y * columns + x;
        if (pixels[at] === NO_VALUE || this.strong[at] !== 0) continue;
        n++;
        sum += pixels[at]!;
      }
    }
    return n < MIN_WINDOW_PIXELS ? null : sum / n;
  }
}
