import { formatCount } from './format.ts';

/** Spots per frame of a series, as a line of a few centimetres. */
export interface SpotLine {
  /** 1-based; the line spans them and all between. */
  firstFrame: number;
  lastFrame: number;
  /** The most spots in one frame of each of as many equal parts of them; null where no frame of the part has a number. */
  most: readonly (number | null)[];
}

/** "Spots in frames 1 to 3600, at most 340 in one". */
export function spotWords({ firstFrame, lastFrame, most }: SpotLine): string {
  const frames = firstFrame === lastFrame ? `frame ${firstFrame}` : `frames ${firstFrame} to ${lastFrame}`;
  return `Spots in ${frames}, at most ${formatCount(mostSpots(most))} in one`;
}

export const mostSpots = (most: SpotLine['most']): number => Math.max(0, ...most.map((spots) => spots ?? 0));

/** Points of the line in per cent of the drawing (x to the right, y down), split where no frame has a number. */
export function spotPieces(most: SpotLine['most']): { x: number; y: number }[][] {
  const top = Math.max(1, mostSpots(most));
  const pieces: { x: number; y: number }[][] = [];
  let isGap = true;
  for (const [part, spots] of most.entries()) {
    if (spots !== null) {
      const point = { x: (100 * (part + 0.5)) / most.length, y: 100 * (1 - spots / top) };
      if (isGap) pieces.push([point]);
      else pieces.at(-1)!.push(point);
    }
    isGap = spots === null;
  }
  return pieces;
}
