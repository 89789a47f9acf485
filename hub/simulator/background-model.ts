import type { ExperimentGeometry } from './rotation-geometry.ts';

/** Share of the scattered beam that reaches each pixel past beam stop and its arm (1 = all), and the mean background. */
export interface BackgroundMaps {
  meanCounts: Float32Array;
  /** Transmission per pixel in 1/255. */
  transmission: Uint8Array;
}

const BEAM_STOP_RADIUS_M = 2.2e-3;
const ARM_HALF_WIDTH_M = 0.5e-3;
const BEAM_STOP_TRANSMISSION = 0.01;
const ARM_TRANSMISSION = 0.12;

/**
 * Mean background per pixel and frame: a constant (fluorescence, electronics), air scatter falling off from the beam, the
 * ring of amorphous water at 1/3.3 Å, weakened by the solid angle of an oblique pixel (cos³ 2θ).
 * @param level scale in counts; about 1.5 counts per pixel in the water ring at level 1
 */
export function makeBackground(geometry: ExperimentGeometry, level: number): BackgroundMaps {
  const { columns, rows, pixelSizeM, distanceM, wavelengthA } = geometry;
  const meanCounts = new Float32Array(columns * rows);
  const transmission = new Uint8Array(columns * rows);
  for (let row = 0, pixel = 0; row < rows; row++) {
    const y = (row + 0.5 - geometry.beamCenterYPx) * pixelSizeM;
    for (let column = 0; column < columns; column++, pixel++) {
      const x = (column + 0.5 - geometry.beamCenterXPx) * pixelSizeM;
      const radius = Math.hypot(x, y);
      const twoTheta = Math.atan(radius / distanceM);
      const inverseD = (2 * Math.sin(twoTheta / 2)) / wavelengthA;
      const scatter =
        0.35 + 2.5 * Math.exp(-inverseD / 0.06) + 1.2 * Math.exp(-(((inverseD - 0.3) / 0.06) ** 2));
      let passed = 1;
      if (radius < BEAM_STOP_RADIUS_M) passed = BEAM_STOP_TRANSMISSION;
      // The arm holds the stop from the side, along the spindle, and throws its shadow to the edge.
      else if (x < 0 && Math.abs(y) < ARM_HALF_WIDTH_M) passed = ARM_TRANSMISSION;
      meanCounts[pixel] = level * scatter * Math.cos(twoTheta) ** 3 * passed;
      transmission[pixel] = Math.round(255 * passed);
    }
  }
  return { meanCounts, transmission };
}
