import type { Geometry } from '#src/shared/contracts/geometry.ts';

/** What is the same for every frame of a series, worked out once: which pixels count, their zone, the resolution at them. */
export interface DetectorMap {
  rows: number;
  columns: number;
  /** 1 = never use. */
  masked: Uint8Array;
  /** Zone of comparable background; NO_ZONE = not looked at. */
  zone: Uint16Array;
  zones: number;
  /** 1/d² in Å⁻² at fractional pixel coordinates (x fast, y slow, pixel centres at .5); null without geometry. */
  inverseSquareD: ((x: number, y: number) => number) | null;
  shells: ShellCoverage | null;
  /** Why resolution cannot be told; null when it can. */
  withoutResolution: string | null;
}

/** How much of each narrow shell of 1/d² the detector sees. */
export interface ShellCoverage {
  /** Width in 1/d², Å⁻²; shell k is [k·width, (k+1)·width). */
  width: number;
  /** 0–1: usable pixels over those a detector without gaps or edges would have. */
  fraction: Float64Array;
}

export const NO_ZONE = 0xffff;
export const FINE_SHELLS = 240;
const MAX_ZONES = 400;
const MIN_RING_PX = 6;

interface ScatteringGeometry {
  beamXPx: number;
  beamYPx: number;
  pixelXM: number;
  pixelYM: number;
  distanceM: number;
  wavelengthA: number;
}

/** Planck constant × speed of light in eV·Å (CODATA 2018). */
const HC_EV_A = 12_398.419_843;

/** The numbers resolution needs, or the ones that are missing, by the names a beamline knows them. */
export function scatteringGeometry(geometry: Geometry): ScatteringGeometry | { missing: string[] } {
  const wavelengthA =
    geometry.wavelengthA ?? (geometry.energyEv == null ? null : HC_EV_A / geometry.energyEv);
  const named: [string, number | null | undefined][] = [
    ['beam centre x', geometry.beamCenterXPx],
    ['beam centre y', geometry.beamCenterYPx],
    ['pixel size', geometry.pixelSizeXM],
    ['detector distance', geometry.detectorDistanceM],
    ['wavelength', wavelengthA],
  ];
  const missing = named.filter(([, value]) => value == null).map(([name]) => name);
  if (missing.length > 0) return { missing };
  return {
    beamXPx: geometry.beamCenterXPx as number,
    beamYPx: geometry.beamCenterYPx as number,
    pixelXM: geometry.pixelSizeXM as number,
    pixelYM: geometry.pixelSizeYM ?? (geometry.pixelSizeXM as number),
    distanceM: geometry.detectorDistanceM as number,
    wavelengthA: wavelengthA as number,
  };
}

/** 1/d² (Å⁻²) at a radius on a flat detector normal to the beam: Bragg's law, λ = 2 d sin θ with tan 2θ = r / distance. */
export function inverseSquareDAtRadius(radiusM: number, distanceM: number, wavelengthA: number): number {
  const sinTheta = Math.sin(Math.atan(radiusM / distanceM) / 2);
  return ((2 * sinTheta) / wavelengthA) ** 2;
}

/** Rings around the beam when the centre is known: background changes with the angle. Squares of the detector otherwise. */
function makeZones(
  rows: number,
  columns: number,
  masked: Uint8Array,
  beam: { x: number; y: number } | null,
  insidePx: number,
): { zone: Uint16Array; zones: number } {
  const zone = new Uint16Array(rows * columns).fill(NO_ZONE);
  if (!beam) {
    const side = Math.max(48, Math.ceil(Math.sqrt((rows * columns) / MAX_ZONES)));
    const across = Math.ceil(columns / side);
    for (let y = 0, i = 0; y < rows; y++) {
      const row = Math.floor(y / side) * across;
      for (let x = 0; x < columns; x++, i++) if (!masked[i]) zone[i] = row + Math.floor(x / side);
    }
    return { zone, zones: across * Math.ceil(rows / side) };
  }
  const farX = Math.max(beam.x, columns - beam.x);
  const farY = Math.max(beam.y, rows - beam.y);
  const farthest = Math.hypot(farX, farY);
  const ringPx = Math.max(MIN_RING_PX, farthest / MAX_ZONES);
  for (let y = 0, i = 0; y < rows; y++) {
    const dy = y + 0.5 - beam.y;
    for (let x = 0; x < columns; x++, i++) {
      if (masked[i]) continue;
      const dx = x + 0.5 - beam.x;
      const radius = Math.sqrt(dx * dx + dy * dy);
      if (radius >= insidePx) zone[i] = radius / ringPx;
    }
  }
  return { zone, zones: Math.floor(farthest / ringPx) + 1 };
}

function makeShells(
  rows: number,
  columns: number,
  masked: Uint8Array,
  geometry: ScatteringGeometry,
  at: (x: number, y: number) => number,
): ShellCoverage {
  let largest = 0;
  for (const [x, y] of [
    [0, 0],
    [columns, 0],
    [0, rows],
    [columns, rows],
  ] as const) {
    largest = Math.max(largest, at(x, y));
  }
  const width = largest / FINE_SHELLS;
  const seen = new Float64Array(FINE_SHELLS);
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) {
      if (masked[i]) continue;
      const shell = Math.floor(at(x + 0.5, y + 0.5) / width);
      if (shell < FINE_SHELLS) seen[shell]! += 1;
    }
  }
  const { distanceM, wavelengthA, pixelXM, pixelYM } = geometry;
  const squaredRadiusM = (inverseSquare: number) => {
    const theta = Math.asin(Math.min(1, (wavelengthA * Math.sqrt(inverseSquare)) / 2));
    return (distanceM * Math.tan(2 * theta)) ** 2;
  };
  const fraction = seen.map((pixels, shell) => {
    const areaM2 = Math.PI * (squaredRadiusM((shell + 1) * width) - squaredRadiusM(shell * width));
    return Math.min(1, pixels / (areaM2 / (pixelXM * pixelYM)));
  });
  return { width, fraction };
}

/**
 * @param mask rows × columns, 1 = never use; null when there is none
 * @param lowResolutionA nothing at lower resolution (larger d) than this is looked at
 */
export function mapDetector(
  shape: readonly [number, number],
  geometry: Geometry,
  mask: Uint8Array | null,
  lowResolutionA: number,
): DetectorMap {
  const [rows, columns] = shape;
  const masked = mask ?? new Uint8Array(rows * columns);
  const found = scatteringGeometry(geometry);
  const { beamCenterXPx, beamCenterYPx } = geometry;
  const beam = beamCenterXPx == null || beamCenterYPx == null ? null : { x: beamCenterXPx, y: beamCenterYPx };
  if ('missing' in found) {
    const zones = makeZones(rows, columns, masked, beam, 0);
    const withoutResolution = `The source did not say: ${found.missing.join(', ')}.`;
    return { rows, columns, masked, ...zones, inverseSquareD: null, shells: null, withoutResolution };
  }
  const { beamXPx, beamYPx, pixelXM, pixelYM, distanceM, wavelengthA } = found;
  const inverseSquareD = (x: number, y: number) =>
    inverseSquareDAtRadius(
      Math.hypot((x - beamXPx) * pixelXM, (y - beamYPx) * pixelYM),
      distanceM,
      wavelengthA,
    );
  const theta = Math.asin(Math.min(1, wavelengthA / (2 * lowResolutionA)));
  const insidePx = (distanceM * Math.tan(2 * theta)) / pixelXM;
  return {
    rows,
    columns,
    masked,
    ...makeZones(rows, columns, masked, beam, insidePx),
    inverseSquareD,
    shells: makeShells(rows, columns, masked, found, inverseSquareD),
    withoutResolution: null,
  };
}
