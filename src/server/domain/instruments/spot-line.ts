/** Spots per frame of a dataset, small enough to be told every second and drawn a few centimetres wide. */
export interface SpotLine {
  /** 1-based; the line spans them and all between. */
  firstFrame: number;
  lastFrame: number;
  /** The most spots in one frame of each of as many equal parts of them; null where no frame of the part has a number. */
  most: (number | null)[];
}

export interface FrameSpots {
  /** 1-based. */
  frame: number;
  spots: number;
}

const MOST_PARTS = 120;

/** The line of these frames, in any order; null without any. */
export function spotLine(told: readonly FrameSpots[]): SpotLine | null {
  let [firstFrame, lastFrame] = [Number.POSITIVE_INFINITY, 0];
  for (const { frame } of told) {
    firstFrame = Math.min(firstFrame, frame);
    lastFrame = Math.max(lastFrame, frame);
  }
  const frames = lastFrame - firstFrame + 1;
  if (!(frames >= 1)) return null;
  const most = new Array<number | null>(Math.min(MOST_PARTS, frames)).fill(null);
  for (const { frame, spots } of told) {
    const part = Math.floor(((frame - firstFrame) * most.length) / frames);
    most[part] = Math.max(most[part] ?? 0, spots);
  }
  return { firstFrame, lastFrame, most };
}
