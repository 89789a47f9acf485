import { expect, test } from 'vitest';
import { omegaAt, resolutionAt } from './detector-geometry.ts';

const geometry = {
  imageSizeXPx: 1030,
  imageSizeYPx: 1065,
  pixelSizeXM: 75e-6,
  pixelSizeYM: 75e-6,
  beamCenterXPx: 500,
  beamCenterYPx: 520,
  detectorDistanceM: 0.18,
  wavelengthA: 1,
  omegaStartDeg: 10,
  omegaIncrementDeg: 0.5,
};

test('resolution by Bragg: 45 degrees off the beam is λ / (2 sin 22.5°)', () => {
  const px = 0.18 / 75e-6; // r = distance, so 2θ = 45°
  expect(resolutionAt(geometry, 500 + px, 520)).toBeCloseTo(1 / (2 * Math.sin(Math.PI / 8)), 9);
  expect(resolutionAt(geometry, 500, 520 - px)).toBeCloseTo(1.30656, 5);
});

test('a resolution a crystallographer can check by hand: 60 mm off at 180 mm, 1 Å', () => {
  // 2θ = atan(60/180) = 18.435°, d = 1 / (2 sin 9.2175°) = 3.1213 Å
  expect(resolutionAt(geometry, 500 + 0.06 / 75e-6, 520)).toBeCloseTo(3.1213, 3);
});

test('says nothing rather than something wrong when the geometry is incomplete', () => {
  expect(resolutionAt({ ...geometry, beamCenterXPx: null }, 1, 1)).toBeNull();
  expect(resolutionAt({ ...geometry, wavelengthA: undefined }, 1, 1)).toBeNull();
  expect(omegaAt({ ...geometry, omegaIncrementDeg: null }, 3)).toBeNull();
  expect(omegaAt(geometry, 3)).toBe(11.5);
});
