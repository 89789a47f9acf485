import { binMaximum } from '#src/shared/model/bin-maximum.ts';
import {
  byteLength,
  type Dtype,
  type DtypeArray,
  dtypeInvalidValue,
  isFloatDtype,
} from '#src/shared/model/dtype.ts';

/** Longest side that is drawn: more pixels than a pane has would cost time and show nothing. */
const LONGEST_SIDE = 1400;
const LOOKED_AT = 200_000;

/** Shares of the values, in percent, between which the colours lie. */
export const CONTRASTS = { all: [0, 100], '99.9': [0.1, 99.9], '99': [1, 99], '95': [5, 95] } as const;
export type Contrast = keyof typeof CONTRASTS;

export interface Shades {
  values: DtypeArray;
  shape: [number, number];
  /** Side of the square of values that one drawn value stands for, by its largest. */
  factor: number;
  /** Of values that are drawn and were measured, from small to large; of many images a sample. */
  sorted: Float64Array;
  invalid: number | bigint;
}

/** By convention of detectors the last value of a type means "not measured"; of single bytes it is a value like others. */
function invalidOf(dtype: Dtype): number | bigint {
  if (isFloatDtype(dtype) || byteLength(dtype) > 1) return dtypeInvalidValue(dtype);
  return Number.NaN;
}

export function shadesOf(all: DtypeArray, dtype: Dtype, of: readonly [number, number]): Shades {
  const factor = Math.max(1, Math.ceil(Math.max(...of) / LONGEST_SIDE));
  const invalid = invalidOf(dtype);
  const { pixels: values, shape } =
    factor === 1
      ? { pixels: all, shape: [of[0], of[1]] as [number, number] }
      : binMaximum(all, dtype, of, factor, { mask: null, invalid });
  const step = Math.max(1, Math.floor(values.length / LOOKED_AT));
  const known: number[] = [];
  for (let i = 0; i < values.length; i += step) {
    const value = values[i]!;
    if (value !== invalid && Number.isFinite(Number(value))) known.push(Number(value));
  }
  return { values, shape, factor, sorted: Float64Array.from(known).sort(), invalid };
}

/** The values that get the first and the last colour; apart even where all values are one. */
export function contrastRange({ sorted }: Shades, contrast: Contrast): { low: number; high: number } {
  if (sorted.length === 0) return { low: 0, high: 1 };
  const [from, to] = CONTRASTS[contrast].map(
    (percent) => sorted[Math.round((percent / 100) * (sorted.length - 1))]!,
  ) as [number, number];
  return from < to ? { low: from, high: to } : { low: from, high: from + 1 };
}

/** RGBA of every drawn value. What was not measured stays clear. */
export function paintShades(
  { values, invalid }: Shades,
  { low, high }: { low: number; high: number },
  table: Uint8Array,
  isLog: boolean,
): Uint8ClampedArray<ArrayBuffer> {
  const colours = new Uint8ClampedArray(values.length * 4);
  const reach = isLog ? Math.log1p(high - low) : high - low;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === invalid || Number.isNaN(value)) continue;
    const above = Math.min(high - low, Math.max(0, Number(value) - low));
    const at = Math.round(((isLog ? Math.log1p(above) : above) / reach) * 255) * 4;
    colours[i * 4] = table[at]!;
    colours[i * 4 + 1] = table[at + 1]!;
    colours[i * 4 + 2] = table[at + 2]!;
    colours[i * 4 + 3] = 255;
  }
  return colours;
}
