export interface Curve {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

export interface DrawnCurve {
  /** Path in a box of 100 by 100, y upwards as people read it; broken where there is no value. */
  path: string;
  from: { x: number; y: number };
  to: { x: number; y: number };
}

/** A curve scaled into a box of 100 by 100, from 0 upwards where nothing is negative; null without any value. */
export function drawnCurve({ x, y }: Curve): DrawnCurve | null {
  let low = 0;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < y.length; i++) {
    const value = y[i]!;
    if (Number.isNaN(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === Number.NEGATIVE_INFINITY || x.length < 2) return null;
  if (high === low) high = low + 1;
  const first = x[0]!;
  const last = x[x.length - 1]!;
  let path = '';
  let isDrawing = false;
  for (let i = 0; i < y.length; i++) {
    const value = y[i]!;
    if (Number.isNaN(value)) {
      isDrawing = false;
      continue;
    }
    const px = (100 * (x[i]! - first)) / (last - first);
    const py = 100 - (100 * (value - low)) / (high - low);
    // A lone point between gaps is a short dash, so that it is seen.
    path += `${isDrawing ? 'L' : 'M'}${px.toFixed(2)} ${py.toFixed(2)}`;
    if (!isDrawing) path += 'h0.01';
    isDrawing = true;
  }
  return { path, from: { x: first, y: low }, to: { x: last, y: high } };
}

/** The index whose x is nearest to a share (0–1) of the axis. */
export function nearestIndex(x: ArrayLike<number>, share: number): number {
  const wanted = x[0]! + share * (x[x.length - 1]! - x[0]!);
  let best = 0;
  for (let i = 1; i < x.length; i++) if (Math.abs(x[i]! - wanted) < Math.abs(x[best]! - wanted)) best = i;
  return best;
}

/** Rows of a table for a spreadsheet. */
export const curveCsv = (xName: string, yName: string, { x, y }: Curve): string =>
  [
    `${xName},${yName}`,
    ...Array.from({ length: y.length }, (_, i) => `${x[i]},${Number.isNaN(y[i]!) ? '' : y[i]}`),
  ].join('\n');
