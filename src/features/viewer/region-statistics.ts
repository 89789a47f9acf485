import type { MeasuredPixels } from './frame-histogram.ts';

export type ShapeKind = 'line' | 'rectangle' | 'circle';
/** Marked on the image: corners of a rectangle, ends of a line, centre and a point of a circle; image coordinates. */
export interface MarkedShape {
  kind: ShapeKind;
  from: readonly [fast: number, slow: number];
  to: readonly [fast: number, slow: number];
}

export interface RegionStatistics {
  /** Measured pixels, and those left out: masked, without measurement or saturated. */
  measured: number;
  leftOut: number;
  sum: number;
  mean: number;
  /** Standard deviation of the pixels, as a sample's. */
  sigma: number;
  min: number;
  max: number;
  maxAt: { fast: number; slow: number };
}

const within = (value: number, most: number) => Math.max(0, Math.min(most, value));

/** Rows of a shape: for each row the first and one past the last pixel whose centre lies in it. */
export function* rowsOf(
  shape: MarkedShape,
  [rows, columns]: readonly [number, number],
): Generator<{ slow: number; first: number; end: number }> {
  const [f0, s0] = shape.from;
  const [f1, s1] = shape.to;
  if (shape.kind === 'circle') {
    const radius = Math.hypot(f1 - f0, s1 - s0);
    const firstRow = within(Math.ceil(s0 - radius - 0.5), rows);
    const endRow = within(Math.floor(s0 + radius - 0.5) + 1, rows);
    for (let slow = firstRow; slow < endRow; slow++) {
      const half = Math.sqrt(Math.max(0, radius ** 2 - (slow + 0.5 - s0) ** 2));
      const first = within(Math.ceil(f0 - half - 0.5), columns);
      const end = within(Math.floor(f0 + half - 0.5) + 1, columns);
      if (end > first) yield { slow, first, end };
    }
    return;
  }
  const first = within(Math.ceil(Math.min(f0, f1) - 0.5), columns);
  const end = within(Math.floor(Math.max(f0, f1) - 0.5) + 1, columns);
  const firstRow = within(Math.ceil(Math.min(s0, s1) - 0.5), rows);
  const endRow = within(Math.floor(Math.max(s0, s1) - 0.5) + 1, rows);
  if (end <= first) return;
  for (let slow = firstRow; slow < endRow; slow++) yield { slow, first, end };
}

/** Null when no pixel of the region was measured. */
export function regionStatistics(
  frame: MeasuredPixels & { shape: readonly [number, number] },
  shape: MarkedShape,
): RegionStatistics | null {
  const { pixels, invalid } = frame;
  const columns = frame.shape[1];
  const mask = frame.mask?.length === pixels.length ? frame.mask : null;
  const ceiling = frame.saturation ?? Number.POSITIVE_INFINITY;
  let measured = 0;
  let leftOut = 0;
  let mean = 0;
  let squares = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let maxIndex = 0;
  for (const { slow, first, end } of rowsOf(shape, frame.shape)) {
    for (let i = slow * columns + first; i < slow * columns + end; i++) {
      const raw = pixels[i]!;
      const value = Number(raw);
      if (raw === invalid || (mask !== null && mask[i] !== 0) || !(value < ceiling)) {
        leftOut++;
        continue;
      }
      measured++;
      sum += value;
      // Welford: a sum of squares loses what matters on a bright background.
      const delta = value - mean;
      mean += delta / measured;
      squares += delta * (value - mean);
      if (value < min) min = value;
      if (value > max) {
        max = value;
        maxIndex = i;
      }
    }
  }
  if (measured === 0) return null;
  return {
    measured,
    leftOut,
    sum,
    mean: sum / measured,
    sigma: measured > 1 ? Math.sqrt(squares / (measured - 1)) : 0,
    min,
    max,
    maxAt: { fast: maxIndex % columns, slow: Math.floor(maxIndex / columns) },
  };
}

/** Values along a line, one per pixel of its length: the pixel each point falls into, NaN where that has no measurement. */
export function lineProfile(
  frame: MeasuredPixels & { shape: readonly [number, number] },
  { from, to }: Pick<MarkedShape, 'from' | 'to'>,
): Float64Array<ArrayBuffer> {
  const [rows, columns] = frame.shape;
  const { pixels, invalid } = frame;
  const mask = frame.mask?.length === pixels.length ? frame.mask : null;
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const steps = Math.max(1, Math.round(length));
  const values = new Float64Array(steps + 1).fill(Number.NaN);
  for (let step = 0; step <= steps; step++) {
    const fast = Math.floor(from[0] + ((to[0] - from[0]) * step) / steps);
    const slow = Math.floor(from[1] + ((to[1] - from[1]) * step) / steps);
    if (fast < 0 || slow < 0 || fast >= columns || slow >= rows) continue;
    const at = slow * columns + fast;
    const raw = pixels[at]!;
    if (raw === invalid || (mask !== null && mask[at] !== 0)) continue;
    values[step] = Number(raw);
  }
  return values;
}
