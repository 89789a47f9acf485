import type { FramePixels } from './frame-renderer.ts';
import type { RandomSource } from './random-source.ts';

/** Share of the photons that a monochromator passes at the higher harmonic. */
const HARMONIC_SHARE = 0.02;

/**
 * Further channels of a detector with two thresholds: `threshold_2` counts those photons of `threshold_1` that pass the
 * second threshold too (each by chance, so that it is a Poisson image as well), `difference` is the rest.
 * @param count channels wanted: 1 = `threshold_1` alone, 2 = with `threshold_2`, 3 = with `difference`
 * @param mask masked pixels keep the "invalid" value in every channel
 */
export function deriveChannels(
  first: FramePixels,
  count: number,
  mask: Uint32Array,
  random: RandomSource,
): readonly FramePixels[] {
  if (count === 1) return [first];
  const second = first.slice();
  const difference = first.slice();
  for (let pixel = 0; pixel < first.length; pixel++) {
    const counts = first[pixel]!;
    if (counts === 0 || mask[pixel] !== 0) continue;
    const passed = binomial(counts, HARMONIC_SHARE, random);
    second[pixel] = passed;
    difference[pixel] = counts - passed;
  }
  return [first, second, difference].slice(0, count);
}

/** Number of successes in n trials; by geometric gaps, so the work goes with the successes, not with n. */
export function binomial(n: number, share: number, random: RandomSource): number {
  const logMiss = Math.log(1 - share);
  let successes = 0;
  let trial = 0;
  while (true) {
    trial += 1 + Math.floor(Math.log(1 - random.uniform()) / logMiss);
    if (trial > n) return successes;
    successes++;
  }
}
