import { readSpotsFile } from '../shared/codecs/spots-file.ts';

/** Of each reflection that was both indexed and predicted on a frame: how far apart, in pixels. */
export function indexedToPredicted(file: Uint8Array): number[] {
  return [...readSpotsFile(file).values()].flatMap((spots) => {
    const predicted = new Map(
      spots.filter(({ kind }) => kind === 'predicted').map((spot) => [String(spot.hkl), spot]),
    );
    return spots.flatMap((spot) => {
      const other = spot.kind === 'indexed' ? predicted.get(String(spot.hkl)) : undefined;
      return other ? [Math.hypot(other.fast - spot.fast, other.slow - spot.slow)] : [];
    });
  });
}

export const shareWithin = (distances: readonly number[], most: number): number =>
  distances.filter((distance) => distance <= most).length / distances.length;
