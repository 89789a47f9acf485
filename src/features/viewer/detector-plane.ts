import type { Geometry } from '#src/shared/contracts/geometry.ts';

/**
 * Where the pixels are in space. Laboratory frame: sample at the origin, z along the beam, x along the detector's fast
 * direction, y along its slow one (all as they are at two-theta 0 and without tilt). Metres and radians inside; image
 * coordinates in pixels, the centre of the first pixel at 0.5.
 */
export type Vector = readonly [x: number, y: number, z: number];

export interface DetectorPlane {
  /** The corner of the first pixel. */
  origin: Vector;
  /** One pixel along the row, and one along the column. */
  fast: Vector;
  slow: Vector;
  wavelengthA: number | null;
}

/** What somebody found better than the file says; what is absent is the file's. */
export interface GeometryOverride {
  beamXPx?: number;
  beamYPx?: number;
  distanceM?: number;
  wavelengthA?: number;
  /** The detector swung around the sample, about an axis through it along the fast or the slow direction; right-handed. */
  twoThetaDeg?: number;
  twoThetaAxis?: 'fast' | 'slow';
  /** The detector turned about its beam centre, first about the slow direction, then about the fast one; right-handed. */
  tiltFastDeg?: number;
  tiltSlowDeg?: number;
}

const radians = (degrees = 0) => (degrees * Math.PI) / 180;

const aboutX = ([x, y, z]: Vector, angle: number): Vector => [
  x,
  y * Math.cos(angle) - z * Math.sin(angle),
  y * Math.sin(angle) + z * Math.cos(angle),
];
const aboutY = ([x, y, z]: Vector, angle: number): Vector => [
  x * Math.cos(angle) + z * Math.sin(angle),
  y,
  -x * Math.sin(angle) + z * Math.cos(angle),
];

/** h·c in eV·Å (CODATA 2018, exact). */
const EV_ANGSTROM = 12_398.419_843;

/** What the file says of the wavelength, be it as an energy. */
export const wavelengthOf = ({ wavelengthA, energyEv }: Geometry): number | null =>
  wavelengthA ?? (energyEv ? EV_ANGSTROM / energyEv : null);

/** Null when neither file nor override say where the detector is. */
export function detectorPlane(geometry: Geometry, override: GeometryOverride = {}): DetectorPlane | null {
  const beamX = override.beamXPx ?? geometry.beamCenterXPx;
  const beamY = override.beamYPx ?? geometry.beamCenterYPx;
  const distance = override.distanceM ?? geometry.detectorDistanceM;
  const { pixelSizeXM, pixelSizeYM } = geometry;
  if (beamX == null || beamY == null || !pixelSizeXM || !pixelSizeYM || !distance) return null;
  const tilt = (v: Vector) => aboutX(aboutY(v, radians(override.tiltSlowDeg)), radians(override.tiltFastDeg));
  const swing = (v: Vector) =>
    override.twoThetaAxis === 'slow'
      ? aboutY(v, radians(override.twoThetaDeg))
      : aboutX(v, radians(override.twoThetaDeg));
  const fast = tilt([pixelSizeXM, 0, 0]);
  const slow = tilt([0, pixelSizeYM, 0]);
  const corner: Vector = [
    -beamX * fast[0] - beamY * slow[0],
    -beamX * fast[1] - beamY * slow[1],
    distance - beamX * fast[2] - beamY * slow[2],
  ];
  return {
    origin: swing(corner),
    fast: swing(fast),
    slow: swing(slow),
    wavelengthA: override.wavelengthA ?? wavelengthOf(geometry),
  };
}

export function labPoint(plane: DetectorPlane, fastPx: number, slowPx: number): Vector {
  const { origin, fast, slow } = plane;
  return [
    origin[0] + fastPx * fast[0] + slowPx * slow[0],
    origin[1] + fastPx * fast[1] + slowPx * slow[1],
    origin[2] + fastPx * fast[2] + slowPx * slow[2],
  ];
}

/** Where a ray from the sample meets the detector, in pixels; null when it leaves away from it or along it. */
export function meetingPoint(plane: DetectorPlane, ray: Vector): { fast: number; slow: number } | null {
  const { origin: o, fast: f, slow: s } = plane;
  const normal: Vector = [f[1] * s[2] - f[2] * s[1], f[2] * s[0] - f[0] * s[2], f[0] * s[1] - f[1] * s[0]];
  const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const along = dot(ray, normal);
  if (along === 0) return null;
  const reach = dot(o, normal) / along;
  if (!(reach > 0) || !Number.isFinite(reach)) return null;
  const inPlane: Vector = [ray[0] * reach - o[0], ray[1] * reach - o[1], ray[2] * reach - o[2]];
  return { fast: dot(inPlane, f) / dot(f, f), slow: dot(inPlane, s) / dot(s, s) };
}

/** The pixel that the direct beam would hit. */
export const directBeam = (plane: DetectorPlane) => meetingPoint(plane, [0, 0, 1]);

/** Scattering angle 2θ in radians at a point of the image. */
export function twoThetaAt(plane: DetectorPlane, fastPx: number, slowPx: number): number {
  const [x, y, z] = labPoint(plane, fastPx, slowPx);
  return Math.atan2(Math.hypot(x, y), z);
}

/** d = λ / (2 sin θ) in Å; Infinity on the direct beam, null without a wavelength. */
export function resolutionAt(plane: DetectorPlane, fastPx: number, slowPx: number): number | null {
  if (plane.wavelengthA === null) return null;
  return plane.wavelengthA / (2 * Math.sin(twoThetaAt(plane, fastPx, slowPx) / 2));
}

/** 2θ of a resolution; null beyond λ/2, which no detector sees. */
export function twoThetaOf(resolutionA: number, wavelengthA: number): number | null {
  const sine = wavelengthA / (2 * resolutionA);
  return resolutionA > 0 && sine <= 1 ? 2 * Math.asin(sine) : null;
}

/** Rotation angle at the start of a frame (0-based), degrees. */
export function omegaAt(geometry: Geometry, frame: number): number | null {
  if (geometry.omegaStartDeg == null || geometry.omegaIncrementDeg == null) return null;
  return geometry.omegaStartDeg + frame * geometry.omegaIncrementDeg;
}
