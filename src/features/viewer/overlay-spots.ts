import type { FrameSpot, SpotKind } from '#src/shared/codecs/spots-file.ts';
import type { CanvasSize, ViewTransform } from './view-transform.ts';

/** Above this many in the window indices would stand on one another. */
const MOST_LABELS = 120;
/** Room beside what a spot covers, in image pixels. */
const ROOM_PX = 1.5;

export interface SpotInk {
  kinds: Readonly<Record<SpotKind, string>>;
  /** Around lines and letters, so that they are seen on any counts. */
  halo: string;
  /** What it is made for: marks beside the picture stand on it. */
  ground: string;
}

export interface DrawnSpot {
  spot: FrameSpot;
  /** Canvas pixels. */
  x: number;
  y: number;
  radius: number;
}

/** Those in the window, where they lie on the canvas. @param sizePx radius in screen pixels; a spot that covers more is enclosed */
export function drawnSpots(
  spots: readonly FrameSpot[],
  kinds: readonly SpotKind[],
  view: ViewTransform,
  canvas: CanvasSize,
  sizePx: number,
): DrawnSpot[] {
  const drawn: DrawnSpot[] = [];
  for (const spot of spots) {
    if (!kinds.includes(spot.kind)) continue;
    const covered = spot.box ? (Math.max(...spot.box) / 2 + ROOM_PX) * view.scale : 0;
    const radius = Math.max(sizePx * canvas.density, covered);
    const x = spot.fast * view.scale + view.x;
    const y = spot.slow * view.scale + view.y;
    if (x < -radius || y < -radius || x > canvas.width + radius || y > canvas.height + radius) continue;
    drawn.push({ spot, x, y, radius });
  }
  return drawn;
}

/** Each kind has a shape of its own: colours alone are not told apart by everybody. */
function outline(path: Path2D, kind: SpotKind, { x, y, radius: r }: DrawnSpot): void {
  if (kind === 'found') {
    path.moveTo(x + r, y);
    path.arc(x, y, r, 0, 2 * Math.PI);
  } else if (kind === 'indexed') path.rect(x - r, y - r, 2 * r, 2 * r);
  else if (kind === 'ice') {
    path.moveTo(x, y - 1.2 * r);
    path.lineTo(x + 1.2 * r, y);
    path.lineTo(x, y + 1.2 * r);
    path.lineTo(x - 1.2 * r, y);
    path.closePath();
  } else {
    // A cross that is open where the spot should be.
    for (const [dx, dy] of [
      [1, 1],
      [1, -1],
    ] as const) {
      path.moveTo(x - dx * r, y - dy * r);
      path.lineTo(x - 0.35 * dx * r, y - 0.35 * dy * r);
      path.moveTo(x + 0.35 * dx * r, y + 0.35 * dy * r);
      path.lineTo(x + dx * r, y + dy * r);
    }
  }
}

export const hklText = (hkl: readonly number[]): string =>
  hkl.map((each) => (each < 0 ? `−${-each}` : String(each))).join(' ');

/** Once for each reflection, at the spot that was indexed if it is there. */
export function labelledSpots(drawn: readonly DrawnSpot[]): DrawnSpot[] {
  const withIndices = drawn.filter(({ spot }) => spot.hkl !== null);
  if (withIndices.length > 2 * MOST_LABELS) return [];
  const indexed = withIndices.filter(({ spot }) => spot.kind !== 'predicted');
  const known = new Set(indexed.map(({ spot }) => hklText(spot.hkl!)));
  const labelled = [...indexed, ...withIndices.filter(({ spot }) => !known.has(hklText(spot.hkl!)))];
  return labelled.length > MOST_LABELS ? [] : labelled;
}

export function paintSpots(
  context: CanvasRenderingContext2D,
  drawn: readonly DrawnSpot[],
  ink: SpotInk,
  density: number,
): void {
  for (const [kind, colour] of Object.entries(ink.kinds) as [SpotKind, string][]) {
    const path = new Path2D();
    for (const one of drawn) if (one.spot.kind === kind) outline(path, kind, one);
    context.lineWidth = 3.5 * density;
    context.strokeStyle = ink.halo;
    context.stroke(path);
    context.lineWidth = 1.5 * density;
    context.strokeStyle = colour;
    context.stroke(path);
  }
  context.font = `600 ${11 * density}px "JetBrains Mono", monospace`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const { spot, x, y, radius } of labelledSpots(drawn)) {
    const text = hklText(spot.hkl!);
    context.lineWidth = 3.5 * density;
    context.strokeStyle = ink.halo;
    context.strokeText(text, x + radius + 3 * density, y);
    context.fillStyle = ink.kinds[spot.kind];
    context.fillText(text, x + radius + 3 * density, y);
  }
}

/** The one under the pointer: the nearest within its own mark. At: canvas pixels. */
export function spotAt(drawn: readonly DrawnSpot[], x: number, y: number, slackPx: number): DrawnSpot | null {
  let best: DrawnSpot | null = null;
  let nearest = Number.POSITIVE_INFINITY;
  for (const one of drawn) {
    const away = Math.hypot(one.x - x, one.y - y);
    // Of those at the same place the one that says more.
    const rank = away - (one.spot.hkl ? 0.5 : 0) - (one.spot.kind === 'predicted' ? 0 : 0.25);
    if (away > one.radius + slackPx || rank >= nearest) continue;
    best = one;
    nearest = rank;
  }
  return best;
}

export type SpotCounts = Record<SpotKind, number>;

export function countSpots(spots: readonly FrameSpot[]): SpotCounts {
  const counts: SpotCounts = { found: 0, indexed: 0, predicted: 0, ice: 0 };
  for (const { kind } of spots) counts[kind]++;
  return counts;
}
