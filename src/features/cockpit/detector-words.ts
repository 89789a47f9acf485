import { formatCount } from '#src/components/format.ts';
import type { CockpitSurroundings } from '#src/server/domain/instruments/surroundings.service.ts';

export type SeenDetector = CockpitSurroundings['detectors'][number];

const NBSP = '\u00a0';
const FIGURES = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

/** Micrometres, as data sheets name pixels and sensors: 7.5e-5 m → "75 µm". */
const micrometres = (metres: number) => `${FIGURES.format(metres * 1e6)}${NBSP}µm`;

/** "4,150 × 4,371 px of 75 µm"; where pixels are no squares both lengths. */
export function sizeWords({ imageSizeXPx, imageSizeYPx, pixelSizeXM, pixelSizeYM }: SeenDetector): string {
  const size = `${formatCount(imageSizeXPx)}${NBSP}×${NBSP}${formatCount(imageSizeYPx)}${NBSP}px`;
  if (pixelSizeXM === null) return size;
  const isSquare = pixelSizeYM === null || micrometres(pixelSizeXM) === micrometres(pixelSizeYM);
  const pixel = isSquare
    ? micrometres(pixelSizeXM)
    : `${micrometres(pixelSizeXM)} × ${micrometres(pixelSizeYM)}`;
  return `${size} of ${pixel}`;
}

/** "Si 450 µm"; null where nothing was said. */
export function sensorWords({ sensorMaterial, sensorThicknessM }: SeenDetector): string | null {
  const words = [sensorMaterial, sensorThicknessM === null ? null : micrometres(sensorThicknessM)];
  return words.filter((word) => word !== null).join(NBSP) || null;
}

/** Of the detectors seen under each name the newest, and the others: a name may stand for another detector after a repair. */
export function byConnection(
  seen: readonly SeenDetector[],
  connections: ReadonlySet<string>,
): { connected: ReadonlyMap<string, SeenDetector>; others: SeenDetector[] } {
  const connected = new Map<string, SeenDetector>();
  const others: SeenDetector[] = [];
  for (const row of [...seen].sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())) {
    if (connections.has(row.name) && !connected.has(row.name)) connected.set(row.name, row);
    else others.push(row);
  }
  return { connected, others };
}
