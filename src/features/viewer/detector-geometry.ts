import type { Geometry } from '#src/shared/contracts/geometry.ts';

/**
 * Resolution d (Å) at a point of the image, for a flat detector normal to the beam: Bragg's law with
 * 2θ = atan(r / distance), d = λ / (2 sin θ). Coordinates in pixels, the centre of the first pixel at 0.5.
 * Null when the geometry does not say enough, Infinity on the direct beam.
 */
export function resolutionAt(geometry: Geometry, fastPx: number, slowPx: number): number | null {
  const { beamCenterXPx, beamCenterYPx, pixelSizeXM, pixelSizeYM, detectorDistanceM, wavelengthA } = geometry;
  if (
    beamCenterXPx == null ||
    beamCenterYPx == null ||
    !pixelSizeXM ||
    !pixelSizeYM ||
    !detectorDistanceM ||
    !wavelengthA
  )
    return null;
  const radiusM = Math.hypot((fastPx - beamCenterXPx) * pixelSizeXM, (slowPx - beamCenterYPx) * pixelSizeYM);
  const theta = Math.atan2(radiusM, detectorDistanceM) / 2;
  return wavelengthA / (2 * Math.sin(theta));
}

/** Rotation angle at the start of a frame (0-based), degrees. */
export function omegaAt(geometry: Geometry, frame: number): number | null {
  if (geometry.omegaStartDeg == null || geometry.omegaIncrementDeg == null) return null;
  return geometry.omegaStartDeg + frame * geometry.omegaIncrementDeg;
}
