import type { StoredFrame } from '../lib/frame-reader.ts';

/** Every 64th place comes first, then every 32nd, and so on. */
const COARSEST = 6;

/** How coarse a look through the series needs this place for: 6 for every 64th, 0 for every odd one. */
const levelOf = (place: number): number =>
  place === 0 ? COARSEST : Math.min(COARSEST, 31 - Math.clz32(place & -place));

/**
 * The frames that wait to be looked at. Every 64th first, then those between, and so on, of each step the newest first: what is told early speaks
 * for the whole series, and whoever is behind the detector looks at what comes now and fills the gaps later.
 */
export class FrameQueue {
  private readonly levels: StoredFrame[][] = Array.from({ length: COARSEST + 1 }, () => []);

  get size(): number {
    return this.levels.reduce((sum, level) => sum + level.length, 0);
  }

  /** @param place of the frame among all that are to be looked at, from 0 */
  add(place: number, frame: StoredFrame): void {
    this.levels[levelOf(place)]!.push(frame);
  }

  next(): StoredFrame | null {
    return this.levels.findLast((level) => level.length > 0)?.pop() ?? null;
  }

  clear(): void {
    for (const level of this.levels) level.length = 0;
  }
}
