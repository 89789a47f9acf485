import { describe, expect, it } from 'vitest';
import { geometry, meanAndVariance } from '../testing/simulated-experiment.ts';
import { CRYSTAL_FORMS, classifyReflection, wilsonIntensity } from './crystal-forms.ts';
import { erf } from './frame-renderer.ts';
import { BackgroundSampler, poisson } from './poisson-sampler.ts';
import { RandomSource } from './random-source.ts';
import {
  cornerResolutionA,
  diffractingAngles,
  listSpots,
  predictSpot,
  randomRotation,
  reciprocalVector,
  rotateAboutSpindle,
} from './rotation-geometry.ts';

const [lysozyme, thaumatin, insulin] = CRYSTAL_FORMS as [
  (typeof CRYSTAL_FORMS)[0],
  (typeof CRYSTAL_FORMS)[0],
  (typeof CRYSTAL_FORMS)[0],
];
describe('diffraction geometry', () => {
  it('finds a reflection where Bragg’s law and a calculation by hand put it', () => {
    // Axis a along y, so 10 0 0 of a 50 Å cell has d = 5 Å and lies in the plane of beam and vertical. At 1 Å:
    // sin θ = 1/10, and the spot lies at 100 mm · tan 2θ straight above the beam.
    const r: [number, number, number] = [0, 0.2, 0];
    const angles = diffractingAngles(r, 1);
    expect(angles).toHaveLength(2);
    const theta = Math.asin(0.1);
    const height = (0.1 * Math.tan(2 * theta)) / 75e-6;
    const spots = angles.map((angle) => predictSpot(rotateAboutSpindle(r, angle), geometry)!);
    expect(spots.map(({ xPx }) => xPx)).toEqual([expect.closeTo(210, 9), expect.closeTo(210, 9)]);
    expect(spots.map(({ yPx }) => yPx).sort((a, b) => a - b)).toEqual([
      expect.closeTo(140 - height, 9),
      expect.closeTo(140 + height, 9),
    ]);
    // Perpendicular to the spindle: ζ = 1 and the Lorentz factor is 1 / sin 2θ.
    for (const spot of spots) {
      expect(spot.zeta).toBeCloseTo(1, 12);
      expect(spot.lorentz).toBeCloseTo(1 / Math.sin(2 * theta), 9);
    }
    // Angle by hand: r must make the angle θ with the plane normal to the beam, turning from y towards ±z.
    expect(angles.map((angle) => Math.abs(Math.cos(angle)))).toEqual([
      expect.closeTo(Math.cos(theta), 12),
      expect.closeTo(Math.cos(theta), 12),
    ]);
  });

  it('puts every diffracting vector on the Ewald sphere, at 2θ of its d spacing', () => {
    const random = new RandomSource(4);
    const orientation = randomRotation(random);
    let checked = 0;
    for (let n = 0; n < 500; n++) {
      const index = [random.integer(40) - 20, random.integer(40) - 20, random.integer(20) - 10] as const;
      const r = reciprocalVector(orientation, lysozyme.cellA, index);
      const length = Math.hypot(...r);
      expect(length).toBeCloseTo(Math.hypot(index[0] / 78.1, index[1] / 78.1, index[2] / 37.2), 12);
      for (const angle of diffractingAngles(r, 0.97)) {
        const [x, y, z] = rotateAboutSpindle(r, angle);
        const s1 = [x, y, z - 1 / 0.97] as const;
        expect(Math.hypot(...s1)).toBeCloseTo(1 / 0.97, 12);
        const spot = predictSpot([x, y, z], { ...geometry, wavelengthA: 0.97 });
        if (!spot) continue;
        const radius = Math.hypot(spot.xPx - 210, spot.yPx - 140) * 75e-6;
        expect(2 * Math.sin(Math.atan(radius / 0.1) / 2)).toBeCloseTo(0.97 * length, 9);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(500);
  });

  it('knows the blind region: a vector along the spindle never diffracts', () => {
    expect(diffractingAngles([0.1, 0, 0], 1)).toEqual([]);
  });

  it('draws rotations without distortion', () => {
    const [a, b, c, d, e, f, g, h, i] = randomRotation(new RandomSource(8));
    expect(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)).toBeCloseTo(1, 12);
    expect(a * d + b * e + c * f).toBeCloseTo(0, 12);
  });

  it('lists only spots of the scan, none that is absent, and no reflection beyond the corner', () => {
    const spots = listSpots({
      crystal: insulin,
      orientation: randomRotation(new RandomSource(2)),
      geometry,
      mosaicityDeg: 0.1,
      countsPerReflection: 1000,
    });
    // 7670 lattice points within 5.1 Å (half of them absent) cross twice in 360°; the detector takes about half of 10°.
    expect(spots.count).toBeGreaterThan(150);
    expect(spots.count).toBeLessThan(350);
    const dMin = cornerResolutionA(geometry);
    for (let spot = 0; spot < spots.count; spot++) {
      const [h, k, l] = spots.indices.slice(3 * spot, 3 * spot + 3) as unknown as [number, number, number];
      expect((h + k + l) & 1).toBe(0);
      expect(78.9 / Math.hypot(h, k, l)).toBeGreaterThanOrEqual(dMin);
      const reach = 4 * spots.sigmaOmegaDeg[spot]! + 1e-3;
      expect(spots.omegaDeg[spot]!).toBeGreaterThan(10 - reach);
      expect(spots.omegaDeg[spot]!).toBeLessThan(20 + reach);
    }
  });
});

describe('crystals', () => {
  it('have the systematic absences of their space groups', () => {
    for (const crystal of [lysozyme, thaumatin]) {
      expect([1, 2, 3, 4, 8].map((l) => crystal.isAbsent(0, 0, l))).toEqual([true, true, true, false, false]);
      expect([1, 2, -3, 6].map((h) => crystal.isAbsent(h, 0, 0))).toEqual([true, false, true, false]);
      expect(crystal.isAbsent(0, 5, 0)).toBe(true);
      expect(crystal.isAbsent(1, 2, 3)).toBe(false);
    }
    expect(insulin.isAbsent(1, 1, 1)).toBe(true);
    expect(insulin.isAbsent(1, 2, 3)).toBe(false);
  });

  it('have point groups 422 and 23', () => {
    expect([lysozyme, thaumatin, insulin].map(({ operators }) => operators.length)).toEqual([8, 8, 12]);
  });

  it('give equivalent reflections and Friedel mates the same intensity, others not', () => {
    const one = wilsonIntensity(lysozyme, [7, 3, 5]);
    for (const index of [
      [3, 7, 5],
      [-7, 3, -5],
      [-3, -7, 5],
      [-7, -3, -5],
    ] as const) {
      expect(wilsonIntensity(lysozyme, index)).toBe(one);
    }
    expect(wilsonIntensity(lysozyme, [7, 3, 6])).not.toBe(one);
    // Cyclic exchange is a symmetry of 23, the exchange of two indices is not.
    expect(wilsonIntensity(insulin, [5, 7, 2])).toBe(wilsonIntensity(insulin, [7, 2, 5]));
    expect(wilsonIntensity(insulin, [7, 5, 2])).not.toBe(wilsonIntensity(insulin, [7, 2, 5]));
  });

  it('know centric zones and reflections on axes', () => {
    expect(classifyReflection(lysozyme, [3, 2, 0]).centric).toBe(true);
    expect(classifyReflection(lysozyme, [3, 3, 5]).centric).toBe(true);
    expect(classifyReflection(lysozyme, [4, 3, 5]).centric).toBe(false);
    expect(classifyReflection(insulin, [4, 2, 0]).centric).toBe(true);
    expect(classifyReflection(lysozyme, [0, 0, 4]).multiplicity).toBe(4);
  });

  it('follow Wilson statistics: ⟨I²⟩/⟨I⟩² is 2 for acentric, 3 for centric reflections', () => {
    const acentric: number[] = [];
    const centric: number[] = [];
    for (let h = 1; h <= 60; h++) {
      for (let k = 1; k < h; k++) {
        centric.push(wilsonIntensity(lysozyme, [h, k, 0]));
        for (let l = 1; l <= 10; l++) acentric.push(wilsonIntensity(lysozyme, [h, k, l]));
      }
    }
    const ratio = (values: number[]) => {
      const { mean, variance } = meanAndVariance(values);
      return { mean, ratio: 1 + variance / mean ** 2 };
    };
    expect(ratio(acentric).mean).toBeCloseTo(1, 1);
    expect(Math.abs(ratio(acentric).ratio - 2)).toBeLessThan(0.1);
    expect(ratio(centric).mean).toBeCloseTo(1, 1);
    expect(Math.abs(ratio(centric).ratio - 3)).toBeLessThan(0.5);
  });
});

describe('photon noise', () => {
  it.each([0.02, 0.7, 5, 9.9, 10.1, 40, 900])(
    'Poisson numbers of mean %f have that mean and variance',
    (mean) => {
      const random = new RandomSource(3);
      const counts = Float64Array.from({ length: 200_000 }, () => poisson(mean, random));
      const found = meanAndVariance(counts);
      // Five standard errors of mean and variance.
      expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(mean / counts.length));
      const varianceError = Math.sqrt((mean + 2 * mean ** 2) / counts.length);
      expect(Math.abs(found.variance - mean)).toBeLessThan(5 * varianceError);
    },
  );

  it('PTRS gives the right shape: χ² of counts around a mean of 12', () => {
    const random = new RandomSource(11);
    const observed = new Float64Array(64);
    const draws = 400_000;
    for (let n = 0; n < draws; n++) observed[poisson(12, random)]!++;
    let chi2 = 0;
    let probability = Math.exp(-12);
    for (let k = 0; k < 30; k++) {
      const expected = draws * probability;
      if (expected > 20) chi2 += (observed[k]! - expected) ** 2 / expected;
      probability *= 12 / (k + 1);
    }
    // About 27 classes: 60 is beyond one in ten thousand.
    expect(chi2).toBeLessThan(60);
  });

  it('the background has the mean it was asked for, Poisson variance, and no memory from frame to frame', () => {
    for (const mean of [0, 0.05, 0.8, 3.3, 20]) {
      const size = 150_000;
      const sampler = new BackgroundSampler(new Float32Array(size).fill(mean), new RandomSource(1));
      const [one, two] = [new Uint16Array(size), new Uint16Array(size)];
      sampler.draw(one, new RandomSource(5, 1));
      sampler.draw(two, new RandomSource(5, 2));
      const found = meanAndVariance(one);
      expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(mean / size) + 1e-9);
      expect(Math.abs(found.variance - mean)).toBeLessThan(
        5 * Math.sqrt((mean + 3 * mean ** 2) / size) + 1e-9,
      );
      if (mean === 0) continue;
      let product = 0;
      for (let i = 0; i < size; i++) product += (one[i]! - mean) * (two[i]! - mean);
      expect(Math.abs(product / size / mean)).toBeLessThan(5 / Math.sqrt(size));
    }
  });

  it('refuses means its tables cannot hold', () => {
    expect(() => new BackgroundSampler(Float32Array.of(40), new RandomSource(1))).toThrow(RangeError);
  });

  it('knows the error function', () => {
    expect(erf(0.5)).toBeCloseTo(0.5204998778, 6);
    expect(erf(-1.3)).toBeCloseTo(-0.9340079449, 6);
  });
});
