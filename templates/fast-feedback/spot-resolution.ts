import type { ShellCoverage } from './detector-map.ts';

/*
 * How far spots reach. On the Ewald sphere the area between two resolutions is π(1/d₂² - 1/d₁²), so a crystal that
 * diffracts evenly shows equally many spots in equal steps of 1/d² (as far as the detector covers them); real ones fade. The limit
 * is where the density falls below a fifth of its best: the criterion of Zhang, Sauter, van den Bedem, Snell & Deacon,
 * J. Appl. Cryst. 39 (2006) 112 ("method 1"), here with the coverage of each shell taken into account.
 */
const FALL_TO = 0.2;
const MIN_SPOTS = 12;
const SPOTS_PER_SHELL = 8;
const MIN_COVERAGE = 0.08;

/** Powder rings of hexagonal ice, d in Å (Moreau, Atakisi & Thorne, Acta Cryst. D77 (2021) 540, table of ice Ih). */
export const ICE_RINGS_A: readonly number[] = [
  3.895, 3.661, 3.438, 2.667, 2.249, 2.068, 1.947, 1.916, 1.882, 1.719,
];
/** Half width of a ring in 1/d², Å⁻². */
const ICE_HALF_WIDTH = 0.0015;
const ICE_LEAST_SPOTS = 8;
const ICE_EXCESS = 3;

export interface SpotReach {
  /** Å; null when there are too few spots to tell. */
  resolutionA: number | null;
  /** The density has not fallen at the edge: the detector, not the crystal, sets the limit. */
  limitedByDetector: boolean;
}

/**
 * Marks the spots that lie in crowded ice rings: a ring counts as ice when it holds many more spots than its surroundings on both sides.
 * @param inverseSquares 1/d² of the spots, Å⁻²
 * @returns 1 for each spot that belongs to ice
 */
export function markIce(inverseSquares: readonly number[]): Uint8Array {
  const ice = new Uint8Array(inverseSquares.length);
  const centres = ICE_RINGS_A.map((d) => 1 / d ** 2);
  const within = (value: number, centre: number, half: number) => Math.abs(value - centre) <= half;
  for (const centre of centres) {
    let inside = 0;
    let around = 0;
    for (const value of inverseSquares) {
      if (within(value, centre, ICE_HALF_WIDTH)) inside++;
      else if (
        within(value, centre, 3 * ICE_HALF_WIDTH) &&
        !centres.some((other) => within(value, other, ICE_HALF_WIDTH))
      ) {
        around++;
      }
    }
    // Two windows of ring width lie around one inside.
    const expected = around / 2;
    if (inside < ICE_LEAST_SPOTS || inside <= ICE_EXCESS * expected + 4 * Math.sqrt(expected + 1)) continue;
    inverseSquares.forEach((value, index) => {
      if (within(value, centre, ICE_HALF_WIDTH)) ice[index] = 1;
    });
  }
  return ice;
}

/** Spots per fine shell of the detector map. */
export function countPerShell(inverseSquares: readonly number[], shells: ShellCoverage): Float64Array {
  const counts = new Float64Array(shells.fraction.length);
  for (const value of inverseSquares) {
    const shell = Math.floor(value / shells.width);
    if (shell < counts.length) counts[shell]! += 1;
  }
  return counts;
}

/** @param counts spots per fine shell, of one frame or summed over many */
export function estimateReach(counts: Float64Array, shells: ShellCoverage): SpotReach {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total < MIN_SPOTS) return { resolutionA: null, limitedByDetector: false };
  // The fewer spots, the wider the shells: each needs some for its density to mean anything.
  const wanted = Math.min(30, Math.max(5, Math.round(total / SPOTS_PER_SHELL)));
  const perShell = Math.ceil(counts.length / wanted);
  const points: { at: number; density: number }[] = [];
  for (let first = 0; first < counts.length; first += perShell) {
    let spots = 0;
    let covered = 0;
    let width = 0;
    for (let k = first; k < Math.min(first + perShell, counts.length); k++) {
      spots += counts[k]!;
      covered += shells.fraction[k]!;
      width++;
    }
    if (covered / width >= MIN_COVERAGE) {
      points.push({ at: (first + width / 2) * shells.width, density: spots / covered });
    }
  }
  const smooth = points.map((_, k) => {
    const near = points.slice(Math.max(0, k - 1), k + 2);
    return near.reduce((sum, point) => sum + point.density, 0) / near.length;
  });
  const limit = FALL_TO * Math.max(...smooth);
  // Two shells in a row must reach the limit: a few stray spots far out are no diffraction.
  const reaches = (k: number) => points[k]!.density >= limit && (points[k - 1]?.density ?? limit) >= limit;
  for (let k = points.length - 1; k >= 0; k--) {
    if (!reaches(k)) continue;
    const inner = points[k]!;
    const outer = points[k + 1];
    if (!outer) return { resolutionA: 1 / Math.sqrt(inner.at), limitedByDetector: true };
    const part = Math.min(1, (inner.density - limit) / Math.max(inner.density - outer.density, limit));
    const at = inner.at + part * (outer.at - inner.at);
    return { resolutionA: 1 / Math.sqrt(at), limitedByDetector: false };
  }
  return { resolutionA: null, limitedByDetector: false };
}
