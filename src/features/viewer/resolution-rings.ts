import { type DetectorPlane, meetingPoint, resolutionAt, twoThetaOf } from './detector-plane.ts';

/** Powder rings of hexagonal ice, Å. */
export const ICE_RINGS_A: readonly number[] = [
  3.897, 3.669, 3.441, 2.671, 2.249, 2.072, 1.948, 1.918, 1.883, 1.721,
];

/** Where people expect rings, from the centre outwards, Å. */
const CUSTOMARY_A = [
  50, 30, 20, 15, 10, 8, 6, 5, 4, 3.5, 3, 2.5, 2.2, 2, 1.8, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1, 1, 0.9, 0.8, 0.7,
  0.6, 0.5,
];
const MOST_AUTOMATIC = 6;

export interface ImagePoint {
  fast: number;
  slow: number;
}

/** Chords of a ring of 4000 pixels stay within 0.02 pixels of the curve. */
const RAYS = 1440;

/**
 * A ring of one resolution as pieces of polyline in image coordinates: the cone of 2θ cut by the plane of the detector, so
 * an ellipse, a parabola or one branch of a hyperbola where the detector is tilted. `reachPx` ends open branches.
 */
export function ringPaths(plane: DetectorPlane, resolutionA: number, reachPx: number): ImagePoint[][] {
  const angle = plane.wavelengthA === null ? null : twoThetaOf(resolutionA, plane.wavelengthA);
  if (angle === null) return [];
  const pieces: ImagePoint[][] = [];
  let piece: ImagePoint[] = [];
  for (let i = 0; i <= RAYS; i++) {
    const azimuth = (2 * Math.PI * i) / RAYS;
    const point = meetingPoint(plane, [
      Math.sin(angle) * Math.cos(azimuth),
      Math.sin(angle) * Math.sin(azimuth),
      Math.cos(angle),
    ]);
    if (point && Math.abs(point.fast) < reachPx && Math.abs(point.slow) < reachPx) piece.push(point);
    else if (piece.length > 0) {
      pieces.push(piece);
      piece = [];
    }
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces.filter(({ length }) => length > 1);
}

/** Rings that suit this detector: customary values, evenly enough spread from its centre to its corners. */
export function automaticRings(plane: DetectorPlane, shape: readonly [number, number]): number[] {
  const [rows, columns] = shape;
  const corners = [
    [0, 0],
    [columns, 0],
    [0, rows],
    [columns, rows],
  ] as const;
  const finest = Math.min(...corners.map(([f, s]) => resolutionAt(plane, f, s) ?? Number.POSITIVE_INFINITY));
  const { wavelengthA } = plane;
  if (!Number.isFinite(finest) || wavelengthA === null) return [];
  const sine = (d: number) => wavelengthA / (2 * d);
  const apart = sine(finest) / (MOST_AUTOMATIC + 1);
  const chosen: number[] = [];
  let last = 0;
  for (const d of CUSTOMARY_A) {
    if (d < finest || twoThetaOf(d, wavelengthA) === null) break;
    if (sine(d) - last < apart) continue;
    chosen.push(d);
    last = sine(d);
  }
  return chosen;
}

/** "2.5, 3.1 4": what somebody typed, or what is wrong with it. */
export function typedRings(text: string): { rings: number[] } | { fault: string } {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  const rings = words.map(Number);
  if (rings.some((d) => !(d > 0) || !Number.isFinite(d)))
    return { fault: 'Write resolutions in Å with points, as 3.9, 2.5.' };
  if (rings.length > 20) return { fault: 'At most 20 rings.' };
  return { rings: [...new Set(rings)].sort((a, b) => b - a) };
}
