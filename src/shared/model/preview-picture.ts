import { type EncodePng, encodeGreyPng } from '../codecs/grey-png.ts';
import { MAX_PREVIEW_BYTES } from '../contracts/agent-api.ts';
import { binMaximum } from './bin-maximum.ts';
import { type Dtype, type DtypeArray, dtypeInvalidValue } from './dtype.ts';

export const MAX_PREVIEW_SIDE_PX = 1024;
/** Pixels without a measurement; no measured pixel has this grey. */
export const MASKED_GREY = 128;
/** Keyword of the tEXt chunk that holds the `PreviewScale` as JSON. */
export const SCALE_KEYWORD = 'beamdeck-scale';
/** Grey steps that are tried, finest first: noise in many greys does not compress. */
const GREY_STEPS = [64, 32, 16, 8] as const;
/** This share of the binned pixels is not black… */
const BLACK_PERCENTILE = 0.999;
/** …and black never means fewer counts, so that single photons on an empty frame stay light. */
const LEAST_BLACK_COUNTS = 16;
const MAX_SAMPLES = 65_536;

/** What the greys mean: counts = blackCounts · ((255 − grey) / 255)², in `steps` greys from white to black. */
export interface PreviewScale {
  scale: 'sqrt';
  blackCounts: number;
  steps: number;
  maskedGrey: number;
  /** Side of the square of detector pixels whose maximum one pixel shows. */
  binning: number;
  /** Of the frame, [rows, columns]. */
  frameShape: readonly [number, number];
}

export interface PreviewPicture {
  png: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
  scale: PreviewScale;
}

export interface PreviewInput {
  pixels: DtypeArray;
  dtype: Dtype;
  /** [rows, columns] */
  shape: readonly [number, number];
  /** One byte per pixel, 0 = measured; null = no mask. */
  mask: Uint8Array | null;
  /** Pilatus writes −1 and −2 for gaps and bad pixels. Of other detectors negative counts are noise around zero. */
  negativeIsMasked: boolean;
}

/**
 * A small picture of a frame: mask-aware maximum over squares of pixels, white = no counts, black = many, square-root scale.
 * At most 1024 pixels on the long side and MAX_PREVIEW_BYTES: of noise in many counts the greys become fewer, then the
 * squares larger.
 */
export function previewPicture(input: PreviewInput, deps: EncodePng): PreviewPicture {
  const { pixels, dtype, shape, mask, negativeIsMasked } = input;
  const invalid = dtypeInvalidValue(dtype);
  const least = Math.max(1, Math.ceil(Math.max(...shape) / MAX_PREVIEW_SIDE_PX));
  for (let binning = least; ; binning = Math.ceil(binning * 1.3)) {
    const binned = binMaximum(pixels, dtype, shape, binning, { mask, invalid });
    const counts = toCounts(binned.pixels, invalid, negativeIsMasked);
    const blackCounts = findBlack(counts);
    const [height, width] = binned.shape;
    for (const steps of GREY_STEPS) {
      const grey = toGrey(counts, blackCounts, steps);
      if (leastBytes(grey) > MAX_PREVIEW_BYTES) continue;
      const scale = {
        scale: 'sqrt',
        blackCounts,
        steps,
        maskedGrey: MASKED_GREY,
        binning,
        frameShape: shape,
      } as const;
      const png = encodeGreyPng(grey, width, height, { [SCALE_KEYWORD]: JSON.stringify(scale) }, deps);
      if (png.length <= MAX_PREVIEW_BYTES) return { png, width, height, scale };
    }
  }
}

/** Counts as doubles; NaN = masked. Negative noise counts as nothing. */
function toCounts(pixels: DtypeArray, invalid: number | bigint, negativeIsMasked: boolean): Float64Array {
  const counts = new Float64Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i]!;
    const count = Number(value);
    counts[i] = value === invalid || (negativeIsMasked && count < 0) ? Number.NaN : Math.max(0, count);
  }
  return counts;
}

/** Only the few largest samples decide, so only they are kept in order, largest first. */
function findBlack(counts: Float64Array): number {
  // A fixed odd stride hits all columns; as a percentile a sample is as good as everything.
  const stride = 2 * Math.floor(counts.length / MAX_SAMPLES / 2) + 1;
  const samples = Math.ceil(counts.length / stride);
  const largest = new Float64Array(samples - Math.floor(samples * BLACK_PERCENTILE) + 1);
  const last = largest.length - 1;
  largest.fill(-1);
  let size = 0;
  for (let i = 0; i < counts.length; i += stride) {
    const count = counts[i]!;
    if (!Number.isFinite(count)) continue;
    size++;
    if (count <= largest[last]!) continue;
    let at = last;
    for (; at > 0 && largest[at - 1]! < count; at--) largest[at] = largest[at - 1]!;
    largest[at] = count;
  }
  if (size === 0) return LEAST_BLACK_COUNTS;
  const rank = Math.min(size - 1, Math.floor(size * BLACK_PERCENTILE));
  return Math.max(LEAST_BLACK_COUNTS, largest[size - 1 - rank]!);
}

/** Each pixel on the square-root scale between white (0) and black (`blackCounts` and more). */
function toGrey(counts: Float64Array, blackCounts: number, steps: number): Uint8Array {
  const greys = Uint8Array.from({ length: steps }, (_, step) => {
    const grey = 255 - Math.round((255 * step) / (steps - 1));
    return grey === MASKED_GREY ? MASKED_GREY + 1 : grey;
  });
  const grey = new Uint8Array(counts.length);
  const black = steps - 1;
  for (let i = 0; i < grey.length; i++) {
    const count = counts[i]!;
    if (count === 0) grey[i] = greys[0]!;
    else if (count >= blackCounts) grey[i] = greys[black]!;
    // What is not nothing is not white. Rounded.
    else if (count > 0) grey[i] = greys[Math.max(1, (Math.sqrt(count / blackCounts) * black + 0.5) | 0)]!;
    else grey[i] = MASKED_GREY;
  }
  return grey;
}

/** Entropy of single pixels in bytes, less a third for what neighbours say of each other: below this no PNG comes out. */
function leastBytes(grey: Uint8Array): number {
  const histogram = new Uint32Array(256);
  for (let i = 0; i < grey.length; i++) histogram[grey[i]!]!++;
  let bits = 0;
  for (const count of histogram) if (count > 0) bits -= count * Math.log2(count / grey.length);
  return (bits / 8) * (2 / 3);
}
