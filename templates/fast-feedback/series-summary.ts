import type { JobMetrics, JobPlot } from '#src/shared/contracts/job-run.ts';
import type { FrameAnalysis, FrameResult } from './analyse-frame.ts';
import type { DetectorMap, ShellCoverage } from './detector-map.ts';
import { estimateReach } from './spot-resolution.ts';

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** Not spread as arguments: of a million frames there are too many for a call. */
const largest = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value));

interface FoundFrame {
  result: FrameResult;
  /** Of each spot that is not ice, the fine shell that it lies in (there are fewer than 256); those beyond the last are left out. */
  shells: Uint8Array;
}

function shellsOf(inverseSquares: readonly number[], { width, fraction }: ShellCoverage): Uint8Array {
  return Uint8Array.from(
    inverseSquares.map((value) => Math.floor(value / width)).filter((shell) => shell < fraction.length),
  );
}

/** Gathers what the frames of a series say together, in whichever order they come; one that comes again takes its own place. */
export class SeriesSummary {
  private readonly found = new Map<number, FoundFrame>();
  /** Could not be read when they were tried last. */
  readonly unreadable = new Set<number>();
  private map: DetectorMap;
  private readonly hitSpots: number;
  private sorted: FrameResult[] | null = null;

  /** @param hitSpots a frame with so many spots is a hit */
  constructor(map: DetectorMap, hitSpots: number) {
    this.map = map;
    this.hitSpots = hitSpots;
  }

  get size(): number {
    return this.found.size;
  }

  /** In their order in the series. */
  get frames(): FrameResult[] {
    this.sorted ??= [...this.found.values()].map(({ result }) => result).sort((a, b) => a.frame - b.frame);
    return this.sorted;
  }

  add({ result, inverseSquares }: FrameAnalysis): void {
    const shells = this.map.shells ? shellsOf(inverseSquares, this.map.shells) : new Uint8Array();
    this.found.set(result.frame, { result, shells });
    this.unreadable.delete(result.frame);
    this.sorted = null;
  }

  addUnreadable(frame: number): void {
    this.unreadable.add(frame);
    this.found.delete(frame);
    this.sorted = null;
  }

  /** Leaves out what is not among these. */
  keepOnly(frames: ReadonlySet<number>): void {
    for (const frame of this.found.keys()) if (!frames.has(frame)) this.found.delete(frame);
    for (const frame of this.unreadable) if (!frames.has(frame)) this.unreadable.delete(frame);
    this.sorted = null;
  }

  /** The same detector, which sees more or less of each shell than was thought: tells the resolution of every frame anew. */
  changeCoverage(map: DetectorMap): void {
    this.map = map;
    const { shells } = map;
    if (!shells) return;
    for (const [frame, { result, shells: own }] of this.found) {
      const { resolutionA } = estimateReach(this.countShells([own], shells), shells);
      this.found.set(frame, { result: { ...result, resolutionA }, shells: own });
    }
    this.sorted = null;
  }

  private countShells(frames: Iterable<Uint8Array>, { fraction }: ShellCoverage): Float64Array {
    const counts = new Float64Array(fraction.length);
    for (const shells of frames) for (const shell of shells) counts[shell]! += 1;
    return counts;
  }

  private perShell(): Float64Array | null {
    const { shells } = this.map;
    return (
      shells &&
      this.countShells(
        [...this.found.values()].map((found) => found.shells),
        shells,
      )
    );
  }

  /** @param framesStored of the dataset, so far */
  metrics(framesStored: number): JobMetrics {
    const { frames } = this;
    const spots = frames.map((frame) => frame.spots);
    const strongest = frames.flatMap((frame) => (frame.strongestSpot === null ? [] : [frame.strongestSpot]));
    const perShell = this.perShell();
    const reach = perShell && this.map.shells ? estimateReach(perShell, this.map.shells) : null;
    const resolutionA = reach?.resolutionA ?? null;
    const background = median(frames.map((frame) => frame.backgroundMean));
    const strongestSpot = largest(strongest);
    return {
      spotsMedian: median(spots),
      hitRate: this.hitRate(),
      resolutionA: resolutionA === null ? null : round(resolutionA, 2),
      resolutionLimit: resolutionA === null ? null : reach?.limitedByDetector ? 'detector' : 'crystal',
      spotsMax: largest(spots),
      backgroundMean: background === null ? null : round(background, 3),
      backgroundMedian: median(frames.map((frame) => frame.backgroundMedian)),
      strongestSpot: strongestSpot === null ? null : Math.round(strongestSpot),
      iceFrames: frames.filter((frame) => frame.iceSpots > 0).length,
      saturatedFrames: frames.filter((frame) => frame.saturatedPixels > 0).length,
      framesAnalysed: frames.length,
      framesUnreadable: this.unreadable.size,
      framesStored,
    };
  }

  /** Per cent; null before any frame was looked at. */
  hitRate(): number | null {
    if (this.found.size === 0) return null;
    let hits = 0;
    for (const { result } of this.found.values()) if (result.spots >= this.hitSpots) hits++;
    return round((100 * hits) / this.found.size, 1);
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
    const perShell = this.perShell();
    if (perShell && this.map.shells) {
      plots.splice(
        1,
        0,
        curve('resolution', 'Resolution', 'Å', (frame) => frame.resolutionA && round(frame.resolutionA, 3), {
          ...this.resolutionAxis(),
        }),
      );
      plots.push(this.shellPlot(perShell, this.map.shells.width));
    }
    return plots;
  }

  /** Better upwards; never so narrow that noise looks like a trend. */
  private resolutionAxis(): Record<string, unknown> {
    const told = this.frames.flatMap((frame) => (frame.resolutionA === null ? [] : [frame.resolutionA]));
    if (told.length === 0) return { autorange: 'reversed' };
    const [best, worst] = [-largest(told.map((value) => -value))!, largest(told)!];
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
