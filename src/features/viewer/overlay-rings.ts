import type { DetectorPlane } from './detector-plane.ts';
import { automaticRings, ICE_RINGS_A, type ImagePoint, ringPaths } from './resolution-rings.ts';
import type { ViewTransform } from './view-transform.ts';

export interface OverlayRing {
  resolutionA: number;
  isIce: boolean;
  /** Path in image coordinates, as SVG writes it. */
  path: string;
  points: readonly ImagePoint[];
}

const pathOf = (pieces: readonly ImagePoint[][]): string =>
  pieces
    .map((piece) =>
      piece.map(({ fast, slow }, i) => `${i ? 'L' : 'M'}${fast.toFixed(2)} ${slow.toFixed(2)}`).join(''),
    )
    .join('');

/** The rings asked for, each with its path; those that this detector cannot see are left out. */
export function overlayRings(
  plane: DetectorPlane | null,
  shape: readonly [number, number],
  asked: { rings: boolean; ringsA: readonly number[]; iceRings: boolean },
): OverlayRing[] {
  if (!plane) return [];
  const typed = asked.ringsA.length > 0 ? asked.ringsA : automaticRings(plane, shape);
  const reachPx = 4 * Math.max(...shape);
  return [
    ...(asked.rings ? typed.map((resolutionA) => ({ resolutionA, isIce: false })) : []),
    ...(asked.iceRings ? ICE_RINGS_A.map((resolutionA) => ({ resolutionA, isIce: true })) : []),
  ]
    .map((ring) => {
      const pieces = ringPaths(plane, ring.resolutionA, reachPx);
      return { ...ring, path: pathOf(pieces), points: pieces.flat() };
    })
    .filter(({ points }) => points.length > 0);
}

/** Where to write the value of a ring: on the image and in the window if some of the ring is; null when none of it is in the window. */
export function ringLabelAt(
  ring: Pick<OverlayRing, 'points' | 'isIce' | 'resolutionA'>,
  shape: readonly [number, number],
  view: ViewTransform,
  canvas: { width: number; height: number },
  room: number,
): { x: number; y: number } | null {
  const { points } = ring;
  // Ice on another side than the others, and each at another place, so that the labels of close rings keep apart.
  const share = ring.isIce ? 0.58 + (ICE_RINGS_A.indexOf(ring.resolutionA) % 4) * 0.03 : 0.87;
  const start = Math.floor(points.length * share);
  let outside: { x: number; y: number } | null = null;
  for (let n = 0; n < points.length; n += 4) {
    const { fast, slow } = points[(start + n) % points.length]!;
    const x = fast * view.scale + view.x;
    const y = slow * view.scale + view.y;
    if (x < room || y < room || x > canvas.width - room || y > canvas.height - room) continue;
    if (fast >= 0 && slow >= 0 && fast <= shape[1] && slow <= shape[0]) return { x, y };
    outside ??= { x, y };
  }
  return outside;
}
