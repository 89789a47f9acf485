import type { FrameSeries } from '#src/server/domain/datasets/datasets.service.ts';

/** How the numbers per frame are called, with their unit; others keep the name they came with. */
const LABELS: Readonly<Record<string, string>> = {
  spots: 'spots',
  spotsLowResolution: 'spots at low resolution',
  spotsIceRings: 'spots in ice rings',
  spotsIndexed: 'indexed spots',
  indexed: 'indexed (1 = yes)',
  background: 'background, counts/px',
  resolutionA: 'resolution, Å',
  bFactorA2: 'B factor, Å²',
  mosaicityDeg: 'mosaicity, °',
  profileRadiusPerA: 'profile radius, 1/Å',
  cellA: 'cell a, Å',
  cellB: 'cell b, Å',
  cellC: 'cell c, Å',
  cellAlpha: 'cell α, °',
  cellBeta: 'cell β, °',
  cellGamma: 'cell γ, °',
  saturatedPixels: 'saturated pixels',
  errorPixels: 'pixels in error',
  strongPixels: 'strong pixels',
  minPixelValue: 'smallest pixel value',
  maxPixelValue: 'largest pixel value',
  collectedShare: 'share of packets that arrived',
};

/** The order in which people look at them; what is not named here comes behind, as it came. */
const RANK = Object.keys(LABELS);

export const valueLabel = (name: string): string => LABELS[name] ?? name;

/** One number per frame of a whole dataset; index = 0-based image id, NaN = none. */
export interface ValueSeries {
  name: string;
  values: Float32Array;
}

function floatsOf(base64: string): Float32Array {
  const binary = atob(base64);
  const view = new DataView(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i++) view.setUint8(i, binary.charCodeAt(i));
  return Float32Array.from({ length: binary.length >> 2 }, (_, i) => view.getFloat32(i * 4, true));
}

/** As told by the server, in the order people look at them; what is NaN for every frame is left out. */
export function seriesOf(told: readonly FrameSeries[]): ValueSeries[] {
  const rank = (name: string) => (RANK.includes(name) ? RANK.indexOf(name) : RANK.length);
  return told
    .map(({ name, values }) => ({ name, values: floatsOf(values) }))
    .filter(({ values }) => values.some((value) => !Number.isNaN(value)))
    .sort((a, b) => rank(a.name) - rank(b.name));
}

export interface ValueColumn {
  low: number;
  high: number;
}

/**
 * The lowest and highest value within each of `count` columns that share `frames` frames evenly; null where a column has no value. Every
 * value is within its column, so that a single bad frame among ten thousand is seen.
 */
export function valueColumns(values: Float32Array, frames: number, count: number): (ValueColumn | null)[] {
  const columns: (ValueColumn | null)[] = Array.from({ length: Math.min(count, frames) }, () => null);
  for (let frame = 0; frame < Math.min(values.length, frames); frame++) {
    const value = values[frame]!;
    if (Number.isNaN(value)) continue;
    const at = Math.floor((frame * columns.length) / frames);
    const column = columns[at];
    if (!column) columns[at] = { low: value, high: value };
    else {
      column.low = Math.min(column.low, value);
      column.high = Math.max(column.high, value);
    }
  }
  return columns;
}

/** What spans the axis: from 0 where all is positive, so that heights compare; a little room where all is one value. */
export function valueRange(columns: readonly (ValueColumn | null)[]): { low: number; high: number } | null {
  const known = columns.filter((column) => column !== null);
  if (known.length === 0) return null;
  const low = Math.min(0, ...known.map((column) => column.low));
  const high = Math.max(...known.map((column) => column.high));
  return high > low ? { low, high } : { low, high: low + 1 };
}
