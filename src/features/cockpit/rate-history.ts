/** What one heartbeat said; `at` is when the server heard it, ms. */
export interface RateSample {
  at: number;
  receivedBytesPerS: number;
  uploadedBytesPerS: number;
}

export const HISTORY_MS = 5 * 60_000;
/** Heartbeats come every two seconds and pages ask every second: a longer silence is a gap in the curve, not a straight line. */
const GAP_MS = 15_000;

/** The samples of the last five minutes with the new one; the same heartbeat seen twice counts once. */
export function withSample(history: readonly RateSample[], sample: RateSample): readonly RateSample[] {
  const last = history.at(-1);
  if (last && sample.at <= last.at) return history;
  return [...history.filter(({ at }) => at > sample.at - HISTORY_MS), sample];
}

/** A round figure at or above, so that the axis does not dance: 1, 2 or 5 times a power of ten. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** Points of one curve in per cent of the drawing (x to the right, y down), split where nothing was heard. */
export function curvePieces(
  history: readonly RateSample[],
  value: (sample: RateSample) => number,
  nowMs: number,
  top: number,
): { x: number; y: number }[][] {
  const pieces: { x: number; y: number }[][] = [];
  let lastAt = Number.NEGATIVE_INFINITY;
  for (const sample of history) {
    const x = 100 * (1 - (nowMs - sample.at) / HISTORY_MS);
    if (x < 0) continue;
    const point = { x: Math.min(100, x), y: 100 * (1 - Math.min(1, value(sample) / top)) };
    if (sample.at - lastAt > GAP_MS) pieces.push([point]);
    else pieces.at(-1)!.push(point);
    lastAt = sample.at;
  }
  return pieces;
}
