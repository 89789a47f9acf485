import type { Geometry } from '../contracts/geometry.ts';
import type { CbfHeader } from './cbf-header.ts';

const EV_A = 12_398.41984;

/** Angle at which frame 0 starts, degrees. */
function firstAngle({ startAngleDeg, angleIncrementDeg }: CbfHeader, frame: number): number | null {
  if (startAngleDeg === null || frame === 0) return startAngleDeg;
  if (angleIncrementDeg === null) return null;
  // Headers have four decimals: more would be noise of the floating point.
  return Number((startAngleDeg - frame * angleIncrementDeg).toFixed(6));
}

/**
 * What the header of one frame says of its series.
 * @param frame which frame the header is of, since files come in any order
 */
export function geometryOfHeader(
  header: CbfHeader,
  [rows, columns]: readonly [rows: number, columns: number],
  { frame, channel }: { frame: number; channel: string },
): Geometry {
  return {
    imageSizeXPx: columns,
    imageSizeYPx: rows,
    pixelSizeXM: header.pixelSizeXM,
    pixelSizeYM: header.pixelSizeYM,
    beamCenterXPx: header.beamXPx,
    beamCenterYPx: header.beamYPx,
    detectorDistanceM: header.detectorDistanceM,
    wavelengthA: header.wavelengthA,
    energyEv: header.wavelengthA === null ? null : EV_A / header.wavelengthA,
    frameTimeS: header.exposurePeriodS,
    countTimeS: header.exposureTimeS,
    omegaStartDeg: firstAngle(header, frame),
    omegaIncrementDeg: header.angleIncrementDeg,
    saturationValue: header.countCutoff,
    sensorMaterial: header.sensorMaterial,
    sensorThicknessM: header.sensorThicknessM,
    detectorDescription: header.detector,
    detectorSerialNumber: header.serialNumber,
    thresholdsEv: header.thresholdEv === null ? null : { [channel]: header.thresholdEv },
  };
}
