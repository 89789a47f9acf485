import type { ExperimentGeometry } from '../simulator/rotation-geometry.ts';

/** What the simulator's tests measure with. */
export const geometry: ExperimentGeometry = {
  wavelengthA: 1,
  distanceM: 0.1,
  pixelSizeM: 75e-6,
  columns: 400,
  rows: 300,
  beamCenterXPx: 210,
  beamCenterYPx: 140,
  omegaStartDeg: 10,
  oscillationDeg: 0.5,
  frames: 20,
};

/** Population mean and variance. */
export function meanAndVariance(values: ArrayLike<number>): { mean: number; variance: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += values[i]! * values[i]!;
  }
  const mean = sum / values.length;
  return { mean, variance: squares / values.length - mean * mean };
}
