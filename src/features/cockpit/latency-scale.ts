/** Where things stand in the latency histogram, in per cent of its drawing area; x logarithmic, y linear from 0 at the bottom. */

export interface LatencyBin {
  fromMs: number;
  toMs: number;
  files: number;
  /** Left edge and width. */
  x: number;
  width: number;
  height: number;
  /** Whether all of its files kept the promise. */
  kept: boolean;
}

/** Bins end where floating-point steps put them: an edge this close to the promise is the promise. */
const EDGE_TOLERANCE = 1.001;

/** x of a latency among the edges; what lies outside stands at the end, as it is counted in the outermost bins. */
export function latencyX(latencyMs: number, edgesMs: readonly number[]): number {
  const [least, most] = [Math.log(edgesMs[0]!), Math.log(edgesMs.at(-1)!)];
  const share = (Math.log(Math.max(latencyMs, Number.MIN_VALUE)) - least) / (most - least);
  return 100 * Math.min(1, Math.max(0, share));
}

/** Counts to write at the axis, from the lowest above 0 to the top of the drawing: at most four, round, the last no smaller than any bin. */
export function countTicks(counts: readonly number[]): number[] {
  const most = Math.max(1, ...counts);
  let step = 1;
  for (let size = 1; most / step > 4; size *= 10) {
    for (const round of [1, 2, 5]) {
      step = round * size;
      if (most / step <= 4) break;
    }
  }
  return Array.from({ length: Math.ceil(most / step) }, (_, i) => (i + 1) * step);
}

export function latencyBins(
  { edgesMs, counts }: { edgesMs: readonly number[]; counts: readonly number[] },
  promiseMs: number,
): LatencyBin[] {
  const top = countTicks(counts).at(-1)!;
  return counts.map((files, i) => {
    const [fromMs, toMs] = [edgesMs[i]!, edgesMs[i + 1]!];
    const x = latencyX(fromMs, edgesMs);
    return {
      fromMs,
      toMs,
      files,
      x,
      width: latencyX(toMs, edgesMs) - x,
      height: (100 * files) / top,
      kept: toMs <= promiseMs * EDGE_TOLERANCE,
    };
  });
}
