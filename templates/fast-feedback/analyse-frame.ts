import type { Dtype, DtypeArray } from '#src/shared/model/dtype.ts';
import { BackgroundMeter } from './background-zones.ts';
import type { DetectorMap } from './detector-map.ts';
import { type Spot, SpotFinder, type SpotSettings } from './find-spots.ts';
import { preparePixels } from './frame-pixels.ts';
import { countPerShell, estimateReach, markIce } from './spot-resolution.ts';

export interface FrameResult {
  /** 0-based image id. */
  frame: number;
  spots: number;
  /** Spots in ice rings; not among `spots`. */
  iceSpots: number;
  /** Å; null without geometry or with too few spots. */
  resolutionA: number | null;
  /** Median counts of the pixels looked at. */
  backgroundMedian: number;
  /** Mean counts of a pixel without spots. */
  backgroundMean: number;
  /** Counts of the strongest spot above its background; null without spots. */
  strongestSpot: number | null;
  strongestPeak: number | null;
  totalCounts: number;
  saturatedPixels: number;
}

export interface FrameAnalysis {
  result: FrameResult;
  spots: Spot[];
  /** Those in ice rings. */
  ice: Spot[];
  /** 1/d² of the spots that are not ice, Å⁻²; empty without geometry. */
  inverseSquares: number[];
}

function rememberSilent(pixels: Int32Array, silent: Uint8Array): void {
  for (let i = 0; i < silent.length; i++) if (pixels[i]! >= 0) silent[i] = 0;
}

/** Looks at frames of one series, one after the other; keeps its memory between them. */
export class FrameAnalyser {
  private readonly map: DetectorMap;
  private readonly meter: BackgroundMeter;
  private readonly finder: SpotFinder;
  private readonly pixels: Int32Array;
  /** 1 = without a value on every frame so far. Null: not to be known. */
  private readonly silent: Uint8Array | null;
  private readonly saturationValue: number;

  /** @param remembersSilent whether it is asked for `isSilentAt` later */
  constructor(
    map: DetectorMap,
    settings: SpotSettings,
    saturationValue: number | null,
    remembersSilent = false,
  ) {
    this.silent = remembersSilent ? new Uint8Array(map.rows * map.columns).fill(1) : null;
    this.map = map;
    this.meter = new BackgroundMeter(map);
    this.finder = new SpotFinder(map, settings);
    this.pixels = new Int32Array(map.rows * map.columns);
    this.saturationValue = saturationValue ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Whether no frame so far has had a value in any of the masked pixels: detectors send none where they know of their mask. Then nothing that
   * was found would be different with this mask, but for how much of each resolution the detector sees.
   */
  isSilentAt(mask: Uint8Array): boolean {
    return this.silent?.every((silent, index) => silent === 1 || mask[index] === 0) ?? false;
  }

  analyse(frame: number, raw: DtypeArray, dtype: Dtype): FrameAnalysis {
    preparePixels(raw, dtype, this.map.masked, this.pixels);
    if (this.silent) rememberSilent(this.pixels, this.silent);
    const background = this.meter.measure(this.pixels, this.saturationValue);
    const found = this.finder.find(this.pixels, background);
    const { inverseSquareD, shells } = this.map;
    let spots = found;
    let iceSpots: Spot[] = [];
    let inverseSquares: number[] = [];
    let resolutionA: number | null = null;
    if (inverseSquareD && shells) {
      const all = found.map((spot) => inverseSquareD(spot.x, spot.y));
      const ice = markIce(all);
      spots = found.filter((_, index) => ice[index] === 0);
      iceSpots = found.filter((_, index) => ice[index] === 1);
      inverseSquares = all.filter((_, index) => ice[index] === 0);
      resolutionA = estimateReach(countPerShell(inverseSquares, shells), shells).resolutionA;
    }
    let strongest: Spot | null = null;
    for (const spot of spots) if (!strongest || spot.intensity > strongest.intensity) strongest = spot;
    return {
      spots,
      ice: iceSpots,
      inverseSquares,
      result: {
        frame,
        spots: spots.length,
        iceSpots: iceSpots.length,
        resolutionA,
        backgroundMedian: background.median,
        backgroundMean: background.level,
        strongestSpot: strongest?.intensity ?? null,
        strongestPeak: strongest?.peak ?? null,
        totalCounts: background.totalCounts,
        saturatedPixels: background.saturatedPixels,
      },
    };
  }
}
