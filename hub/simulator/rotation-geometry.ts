import type { CrystalForm } from './crystal-forms.ts';
import { type Miller, wilsonIntensity } from './crystal-forms.ts';
import type { RandomSource } from './random-source.ts';

/*
 * The rotation method in the laboratory frame of imgCIF: beam along −z, spindle along +x, fast pixel axis +x, slow −y,
 * detector normal to the beam. Kinematical: positions from the Laue condition, integrated intensities from |F|², B
 * factor, Lorentz and polarisation factors; widths from mosaicity (in angle) and divergence (on the detector).
 */

export interface ExperimentGeometry {
  wavelengthA: number;
  distanceM: number;
  pixelSizeM: number;
  columns: number;
  rows: number;
  beamCenterXPx: number;
  beamCenterYPx: number;
  omegaStartDeg: number;
  oscillationDeg: number;
  frames: number;
}

export type Vector3 = readonly [number, number, number];
/** Row by row. */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];

export const HC_EV_ANGSTROM = 12_398.419_843;

/** A rotation drawn evenly from all rotations (normalised random quaternion). */
export function randomRotation(random: RandomSource): Matrix3 {
  const q = [random.normal(), random.normal(), random.normal(), random.normal()];
  const norm = Math.hypot(...q);
  const [w, x, y, z] = q.map((value) => value / norm) as [number, number, number, number];
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - z * w),
    2 * (x * z + y * w),
    2 * (x * y + z * w),
    1 - 2 * (x * x + z * z),
    2 * (y * z - x * w),
    2 * (x * z - y * w),
    2 * (y * z + x * w),
    1 - 2 * (x * x + y * y),
  ];
}

/** Miller index → reciprocal lattice vector in 1/Å at omega 0, for a cell with right angles. */
export function reciprocalVector(orientation: Matrix3, cellA: Vector3, [h, k, l]: Miller): Vector3 {
  const [x, y, z] = [h / cellA[0], k / cellA[1], l / cellA[2]];
  const [a, b, c, d, e, f, g, i, j] = orientation;
  return [a * x + b * y + c * z, d * x + e * y + f * z, g * x + i * y + j * z];
}

/** Rotation about the spindle (+x) by an angle in radians. */
export function rotateAboutSpindle([x, y, z]: Vector3, angle: number): Vector3 {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return [x, y * cos - z * sin, y * sin + z * cos];
}

/**
 * The angles (radians, in [−π, π)) at which a reciprocal lattice vector lies on the Ewald sphere: |s₀ + r(φ)| = 1/λ.
 * With the spindle along x and s₀ = (0, 0, −1/λ) this is a·cos φ + b·sin φ = c. Empty in the blind region.
 */
export function diffractingAngles(r: Vector3, wavelengthA: number): readonly number[] {
  const k = 1 / wavelengthA;
  const a = -k * r[2];
  const b = -k * r[1];
  const c = -(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]) / 2;
  const amplitude = Math.hypot(a, b);
  if (amplitude <= Math.abs(c)) return [];
  const middle = Math.atan2(b, a);
  const half = Math.acos(c / amplitude);
  const wrap = (angle: number) => angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));
  return [wrap(middle + half), wrap(middle - half)];
}

export interface SpotPrediction {
  xPx: number;
  yPx: number;
  /** ζ = |e·(s₁×s₀)| / |s₁×s₀|: how fast the reflection crosses the sphere (Kabsch 2010). */
  zeta: number;
  lorentz: number;
  polarisation: number;
}

/** Share of the beam's polarisation in the horizontal plane, the synchrotron's. */
const HORIZONTAL_POLARISATION = 0.99;

/** Where the diffracted beam of `rotated` (a vector on the sphere) meets the detector plane; null when it goes backwards. */
export function predictSpot(rotated: Vector3, geometry: ExperimentGeometry): SpotPrediction | null {
  const k = 1 / geometry.wavelengthA;
  const s1: Vector3 = [rotated[0], rotated[1], rotated[2] - k];
  if (s1[2] >= -1e-6) return null;
  const perM = geometry.distanceM / -s1[2];
  // s₁×s₀ with s₀ = (0, 0, −k)
  const crossX = -k * s1[1];
  const crossY = k * s1[0];
  const crossLength = Math.hypot(crossX, crossY);
  const speed = Math.abs(crossX) * geometry.wavelengthA ** 2;
  return {
    xPx: geometry.beamCenterXPx + (s1[0] * perM) / geometry.pixelSizeM,
    yPx: geometry.beamCenterYPx - (s1[1] * perM) / geometry.pixelSizeM,
    zeta: Math.abs(crossX) / crossLength,
    lorentz: 1 / Math.max(speed, 0.02),
    polarisation:
      1 - (HORIZONTAL_POLARISATION * s1[0] ** 2 + (1 - HORIZONTAL_POLARISATION) * s1[1] ** 2) / (k * k),
  };
}

/** The resolution at the detector's farthest corner, Å (Bragg's law). */
export function cornerResolutionA(geometry: ExperimentGeometry): number {
  const x = Math.max(geometry.beamCenterXPx, geometry.columns - geometry.beamCenterXPx);
  const y = Math.max(geometry.beamCenterYPx, geometry.rows - geometry.beamCenterYPx);
  const twoTheta = Math.atan((Math.hypot(x, y) * geometry.pixelSizeM) / geometry.distanceM);
  return geometry.wavelengthA / (2 * Math.sin(twoTheta / 2));
}

/** Reflections of a series; index i of every array is one passage of a reflection through the sphere. */
export interface SpotList {
  count: number;
  xPx: Float32Array;
  yPx: Float32Array;
  /** Degrees on the omega scale of the series. */
  omegaDeg: Float32Array;
  /** Width (σ) of the rocking curve, degrees. */
  sigmaOmegaDeg: Float32Array;
  /** Integrated counts over the whole rocking curve. */
  counts: Float32Array;
  /** h, k, l one after the other. */
  indices: Int16Array;
}

export interface SpotListOptions {
  crystal: CrystalForm;
  orientation: Matrix3;
  geometry: ExperimentGeometry;
  mosaicityDeg: number;
  /** Integrated counts of an average reflection with Lorentz factor 1 at zero angle. */
  countsPerReflection: number;
}

/** Nearer to the spindle than this a reflection smears over most of the scan; integration programs leave it out too. */
const MIN_ZETA = 0.05;
/** Rocking curves are drawn out to ±4 σ. */
export const ROCKING_SIGMAS = 4;

/** All spots that fall on the detector during the series, in no particular order. */
export function listSpots(options: SpotListOptions): SpotList {
  const { crystal, orientation, geometry } = options;
  const dMin = Math.max(cornerResolutionA(geometry), crystal.diffractionLimitA);
  const [hMax, kMax, lMax] = crystal.cellA.map((axis) => Math.floor(axis / dMin)) as [number, number, number];
  const firstDeg = geometry.omegaStartDeg;
  const lastDeg = firstDeg + geometry.frames * geometry.oscillationDeg;
  const spots: number[][] = [];
  for (let h = -hMax; h <= hMax; h++) {
    for (let k = -kMax; k <= kMax; k++) {
      for (let l = -lMax; l <= lMax; l++) {
        if (h === 0 && k === 0 && l === 0) continue;
        const index: Miller = [h, k, l];
        const r = reciprocalVector(orientation, crystal.cellA, index);
        const r2 = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
        if (r2 > 1 / (dMin * dMin) || crystal.isAbsent(h, k, l)) continue;
        for (const angle of diffractingAngles(r, geometry.wavelengthA)) {
          const spot = predictSpot(rotateAboutSpindle(r, angle), geometry);
          if (!spot || spot.zeta < MIN_ZETA) continue;
          const { xPx, yPx } = spot;
          if (xPx < -5 || yPx < -5 || xPx > geometry.columns + 5 || yPx > geometry.rows + 5) continue;
          const sigmaDeg = options.mosaicityDeg / spot.zeta;
          const reach = ROCKING_SIGMAS * sigmaDeg;
          const baseDeg = (angle * 180) / Math.PI;
          const counts =
            options.countsPerReflection *
            crystal.strength *
            wilsonIntensity(crystal, index) *
            Math.exp((-crystal.bFactorA2 * r2) / 2) *
            spot.lorentz *
            spot.polarisation;
          const firstTurn = Math.ceil((firstDeg - reach - baseDeg) / 360);
          for (let omega = baseDeg + 360 * firstTurn; omega < lastDeg + reach; omega += 360) {
            spots.push([xPx, yPx, omega, sigmaDeg, counts, h, k, l]);
          }
        }
      }
    }
  }
  const column = (at: number) => Float32Array.from(spots, (spot) => spot[at]!);
  const indices = new Int16Array(3 * spots.length);
  spots.forEach((spot, i) => {
    indices.set(spot.slice(5), 3 * i);
  });
  return {
    count: spots.length,
    xPx: column(0),
    yPx: column(1),
    omegaDeg: column(2),
    sigmaOmegaDeg: column(3),
    counts: column(4),
    indices,
  };
}
