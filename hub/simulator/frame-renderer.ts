import { createDtypeArray, dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import type { BackgroundMaps } from './background-model.ts';
import type { DetectorDefects, PixelDtype } from './detector-models.ts';
import { type BackgroundSampler, poisson } from './poisson-sampler.ts';
import { RandomSource } from './random-source.ts';
import { type ExperimentGeometry, ROCKING_SIGMAS, type SpotList } from './rotation-geometry.ts';

export type FramePixels =
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>;

export interface FrameRendererOptions {
  geometry: ExperimentGeometry;
  spots: SpotList;
  background: BackgroundMaps;
  /** Made of the same background; shared by all series of a detector. */
  sampler: BackgroundSampler;
  defects: DetectorDefects;
  dtype: PixelDtype;
  saturationValue: number;
  /** Width (σ) of a spot on the detector, pixels. */
  spotSigmaPx: number;
  /** Loss of diffracted intensity per frame by radiation damage, e.g. 0.001. */
  decayPerFrame: number;
  seed: number;
}

/** Half a window of pixels per spot: spots are drawn out to at least 4 σ. */
const MIN_REACH_PX = 4;
/** Passages weaker than this many counts in a frame drown in any background. */
const MIN_COUNTS = 0.05;
/** A spot of at least this many counts stands out of a background of about one count per pixel. */
const VISIBLE_COUNTS = 20;

/** Error function, Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7. */
export function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) *
    t *
    Math.exp(-x * x);
  return x >= 0 ? 1 - tail : tail - 1;
}

/** Share of a normal distribution (centre, σ) between two limits. */
export function normalShare(from: number, to: number, centre: number, sigma: number): number {
  const scale = 1 / (sigma * Math.SQRT2);
  return 0.5 * (erf((to - centre) * scale) - erf((from - centre) * scale));
}

/** Renders the frames of one series. Frame i depends on the seed and on i alone, so frames may be made in any order. */
export class FrameRenderer {
  readonly frames: number;
  private readonly options: FrameRendererOptions;
  /** Spots of frame i: spotsOfFrame[frameStart[i]] … spotsOfFrame[frameStart[i + 1] − 1]. */
  private readonly frameStart: Uint32Array;
  private readonly spotsOfFrame: Uint32Array;

  constructor(options: FrameRendererOptions) {
    this.options = options;
    this.frames = options.geometry.frames;
    const { spots, geometry } = options;
    const range = (spot: number) => {
      const reach = ROCKING_SIGMAS * spots.sigmaOmegaDeg[spot]!;
      const at = spots.omegaDeg[spot]! - geometry.omegaStartDeg;
      const first = Math.max(0, Math.floor((at - reach) / geometry.oscillationDeg));
      const last = Math.min(this.frames - 1, Math.floor((at + reach) / geometry.oscillationDeg));
      return { first, last };
    };
    this.frameStart = new Uint32Array(this.frames + 1);
    for (let spot = 0; spot < spots.count; spot++) {
      const { first, last } = range(spot);
      for (let frame = first; frame <= last; frame++) this.frameStart[frame + 1]!++;
    }
    for (let frame = 0; frame < this.frames; frame++) this.frameStart[frame + 1]! += this.frameStart[frame]!;
    this.spotsOfFrame = new Uint32Array(this.frameStart[this.frames]!);
    const next = this.frameStart.slice();
    for (let spot = 0; spot < spots.count; spot++) {
      const { first, last } = range(spot);
      for (let frame = first; frame <= last; frame++) this.spotsOfFrame[next[frame]!++] = spot;
    }
  }

  /** Expected counts of a spot on a frame, all of its pixels together. */
  private countsOf(spot: number, frame: number): number {
    const { geometry, spots, decayPerFrame } = this.options;
    const fromDeg = geometry.omegaStartDeg + frame * geometry.oscillationDeg;
    const toDeg = fromDeg + geometry.oscillationDeg;
    const share = normalShare(fromDeg, toDeg, spots.omegaDeg[spot]!, spots.sigmaOmegaDeg[spot]!);
    return spots.counts[spot]! * share * (1 - decayPerFrame) ** frame;
  }

  /** Spots of a frame that a spot finder would see. */
  visibleSpots(frame: number): number {
    const own = this.spotsOfFrame.subarray(this.frameStart[frame]!, this.frameStart[frame + 1]!);
    return own.reduce((count, spot) => count + (this.countsOf(spot, frame) >= VISIBLE_COUNTS ? 1 : 0), 0);
  }

  /** @returns the frame, row by row; masked pixels hold the type's "invalid" value, as the detectors send them */
  render(frame: number): FramePixels {
    const { geometry, defects, dtype, saturationValue } = this.options;
    const image = createDtypeArray(dtype, geometry.columns * geometry.rows) as FramePixels;
    const random = new RandomSource(this.options.seed, 1000 + frame);
    this.options.sampler.draw(image, random);
    this.addSpots(image, frame, random);
    for (const { pixel, countsPerFrame } of defects.hotPixels) {
      image[pixel] = Math.min(saturationValue, image[pixel]! + poisson(countsPerFrame, random));
    }
    const invalid = Number(dtypeInvalidValue(dtype));
    const { maskedPixels } = defects;
    for (let i = 0; i < maskedPixels.length; i++) image[maskedPixels[i]!] = invalid;
    return image;
  }

  private addSpots(image: FramePixels, frame: number, random: RandomSource): void {
    const { geometry, spots, background, spotSigmaPx, saturationValue } = this.options;
    const { columns, rows } = geometry;
    const reach = Math.max(MIN_REACH_PX, Math.ceil(4 * spotSigmaPx));
    const width = 2 * reach + 1;
    const weightsX = new Float64Array(width);
    const weightsY = new Float64Array(width);
    for (let at = this.frameStart[frame]!; at < this.frameStart[frame + 1]!; at++) {
      const spot = this.spotsOfFrame[at]!;
      const counts = this.countsOf(spot, frame);
      if (counts < MIN_COUNTS) continue;
      const x = spots.xPx[spot]!;
      const y = spots.yPx[spot]!;
      const left = Math.floor(x) - reach;
      const top = Math.floor(y) - reach;
      for (let i = 0; i < width; i++) {
        weightsX[i] = normalShare(left + i, left + i + 1, x, spotSigmaPx);
        weightsY[i] = normalShare(top + i, top + i + 1, y, spotSigmaPx);
      }
      for (let j = Math.max(0, -top); j < width && top + j < rows; j++) {
        for (let i = Math.max(0, -left); i < width && left + i < columns; i++) {
          const mean = counts * weightsX[i]! * weightsY[j]!;
          if (mean < 1e-4) continue;
          const pixel = (top + j) * columns + left + i;
          const added = poisson((mean * background.transmission[pixel]!) / 255, random);
          if (added > 0) image[pixel] = Math.min(saturationValue, image[pixel]! + added);
        }
      }
    }
  }
}
