import type { JobMetrics, JobPlot } from '#src/shared/contracts/job-run.ts';
import type { FrameAnalysis, FrameResult } from './analyse-frame.ts';
import type { DetectorMap } from './detector-map.ts';
import { countPerShell, estimateReach } from './spot-resolution.ts';

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** Gathers what the frames of a series say together. */
export class SeriesSummary {
  private readonly found: FrameResult[] = [];
  readonly unreadable: number[] = [];
  private readonly map: DetectorMap;
  private readonly perShell: Float64Array | null;
  private readonly hitSpots: number;

  /** @param hitSpots a frame with so many spots is a hit */
  constructor(map: DetectorMap, hitSpots: number) {
    this.map = map;
    this.hitSpots = hitSpots;
    this.perShell = map.shells ? new Float64Array(map.shells.fraction.length) : null;
  }

  /** In their order in the series, in whichever they came. */
  get frames(): FrameResult[] {
    return this.found.toSorted((a, b) => a.frame - b.frame);
  }

  add({ result, inverseSquares }: FrameAnalysis): void {
    this.found.push(result);
    if (!this.perShell || !this.map.shells) return;
    const counts = countPerShell(inverseSquares, this.map.shells);
    for (let k = 0; k < counts.length; k++) this.perShell[k]! += counts[k]!;
  }

  metrics(): JobMetrics {
    const { frames } = this;
    const spots = frames.map((frame) => frame.spots);
    const strongest = frames.flatMap((frame) => (frame.strongestSpot === null ? [] : [frame.strongestSpot]));
    const reach = this.perShell && this.map.shells ? estimateReach(this.perShell, this.map.shells) : null;
    const resolutionA = reach?.resolutionA ?? null;
    const background = median(frames.map((frame) => frame.backgroundMean));
    const hits = spots.filter((count) => count >= this.hitSpots).length;
    return {
      spotsMedian: median(spots),
      hitRate: frames.length === 0 ? null : round((100 * hits) / frames.length, 1),
      resolutionA: resolutionA === null ? null : round(resolutionA, 2),
      resolutionLimit: resolutionA === null ? null : reach?.limitedByDetector ? 'detector' : 'crystal',
      spotsMax: spots.length > 0 ? Math.max(...spots) : null,
      backgroundMean: background === null ? null : round(background, 3),
      backgroundMedian: median(frames.map((frame) => frame.backgroundMedian)),
      strongestSpot: strongest.length > 0 ? Math.round(Math.max(...strongest)) : null,
      iceFrames: frames.filter((frame) => frame.iceSpots > 0).length,
      saturatedFrames: frames.filter((frame) => frame.saturatedPixels > 0).length,
      framesAnalysed: frames.length,
      framesUnreadable: this.unreadable.length,
    };
  }

  plots(): JobPlot[] {
    const { frames } = this;
    // People count frames from 1, as file names and other programs do.
    const x = frames.map((frame) => frame.frame + 1);
    const curve = (
      id: string,
      title: string,
      unit: string,
      pick: (frame: FrameResult) => number | null,
      axis: Record<string, unknown> = {},
    ): JobPlot => ({
      id,
      title,
      data: [
        {
          type: 'scatter',
          mode: x.length > 400 ? 'lines' : 'lines+markers',
          name: title,
          x,
          y: frames.map(pick),
          marker: { size: 4 },
          line: { width: 1.5 },
        },
      ],
      layout: { xaxis: { title: { text: 'Frame' } }, yaxis: { title: { text: unit }, ...axis } },
    });
    const plots = [
      curve('spots', 'Spots', 'Spots', (frame) => frame.spots, { rangemode: 'tozero' }),
      curve('background', 'Background', 'Counts per pixel', (frame) => round(frame.backgroundMean, 3), {
        rangemode: 'tozero',
      }),
    ];
    if (this.perShell && this.map.shells) {
      plots.splice(
        1,
        0,
        curve('resolution', 'Resolution', 'Å', (frame) => frame.resolutionA && round(frame.resolutionA, 3), {
          ...this.resolutionAxis(),
        }),
      );
      plots.push(this.shellPlot(this.perShell, this.map.shells.width));
    }
    return plots;
  }

  /** Better upwards; never so narrow that noise looks like a trend. */
  private resolutionAxis(): Record<string, unknown> {
    const told = this.frames.flatMap((frame) => (frame.resolutionA === null ? [] : [frame.resolutionA]));
    if (told.length === 0) return { autorange: 'reversed' };
    const [best, worst] = [Math.min(...told), Math.max(...told)];
    const margin = Math.max(0.25, 0.1 * (worst - best));
    return { range: [worst + margin, Math.max(0, best - margin)] };
  }

  private shellPlot(perShell: Float64Array, width: number): JobPlot {
    const joined = 4;
    const at: number[] = [];
    const counts: number[] = [];
    const labels: string[] = [];
    for (let k = 0; k < perShell.length; k += joined) {
      const centre = (k + joined / 2) * width;
      at.push(round(centre, 6));
      counts.push(perShell.slice(k, k + joined).reduce((sum, count) => sum + count, 0));
      labels.push(`${(1 / Math.sqrt(centre)).toFixed(2)} Å`);
    }
    const ticks = [20, 8, 5, 4, 3, 2.5, 2, 1.8, 1.6, 1.4, 1.2, 1, 0.9, 0.8].filter(
      (d) => 1 / d ** 2 <= perShell.length * width,
    );
    return {
      id: 'spot-resolution',
      title: 'Spots by resolution',
      data: [
        {
          type: 'bar',
          name: 'Spots',
          x: at,
          y: counts,
          text: labels,
          hovertemplate: '%{text}: %{y}<extra></extra>',
          textposition: 'none',
        },
      ],
      layout: {
        bargap: 0.05,
        xaxis: {
          title: { text: 'd (Å), even steps of 1/d²' },
          tickvals: ticks.map((d) => 1 / d ** 2),
          ticktext: ticks.map(String),
        },
        yaxis: { title: { text: 'Spots, all frames' } },
      },
    };
  }

  /** One line per frame; empty = could not be told. Frames count from 1. */
  csv(): string {
    const head =
      'frame,spots,ice_spots,resolution_A,background_mean,background_median,strongest_spot,strongest_peak,total_counts,saturated_pixels';
    const lines = this.frames.map((f) =>
      [
        f.frame + 1,
        f.spots,
        f.iceSpots,
        f.resolutionA === null ? '' : f.resolutionA.toFixed(3),
        f.backgroundMean.toFixed(3),
        f.backgroundMedian,
        f.strongestSpot === null ? '' : Math.round(f.strongestSpot),
        f.strongestPeak ?? '',
        f.totalCounts,
        f.saturatedPixels,
      ].join(','),
    );
    return `${[head, ...lines].join('\n')}\n`;
  }
}
