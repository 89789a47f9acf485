import {
  createDtypeArray,
  type Dtype,
  type DtypeArray,
  dtypeInvalidValue,
  dtypeMax,
  isFloatDtype,
  isSignedDtype,
} from '#src/shared/model/dtype.ts';

export const STACK_KINDS = ['sum', 'mean', 'max'] as const;
export type StackKind = (typeof STACK_KINDS)[number];

/** What a stack of frames is kept in: whole counts stay whole; a mean is a fraction. */
export function stackDtype(kind: StackKind, dtype: Dtype): Dtype {
  if (kind === 'max') return dtype;
  if (kind === 'mean') return 'f4';
  if (isFloatDtype(dtype) || dtype === 'u8' || dtype === 'i8') return 'f8';
  return isSignedDtype(dtype) ? 'i4' : 'u4';
}

export interface FrameStack {
  add(frame: DtypeArray): void;
  result(): DtypeArray;
}

function createMaximum(dtype: Dtype): FrameStack {
  const invalid = dtypeInvalidValue(dtype);
  let out: DtypeArray | null = null;
  return {
    add(frame) {
      if (!out) {
        out = frame.slice();
        return;
      }
      for (let i = 0; i < out.length; i++) {
        const value = frame[i]!;
        if (value === invalid || Number.isNaN(value)) continue;
        const largest = out[i]!;
        if (largest === invalid || Number.isNaN(largest) || value > largest) out[i] = value;
      }
    },
    result: () => out ?? createDtypeArray(dtype, 0),
  };
}

/**
 * Several frames as one, given one after the other. A sum has a value only where every frame has one, for it would count less
 * elsewhere; mean and maximum take those that have. Sums stop at the largest value of their type instead of turning over.
 */
export function createStack(dtype: Dtype, kind: StackKind, length: number): FrameStack {
  if (kind === 'max') return createMaximum(dtype);
  const outType = stackDtype(kind, dtype);
  const invalid = dtypeInvalidValue(dtype);
  const totals = new Float64Array(length);
  const counts = new Uint16Array(length);
  let frames = 0;
  return {
    add(frame) {
      frames++;
      for (let i = 0; i < length; i++) {
        const raw = frame[i]!;
        if (raw === invalid) continue;
        const value = Number(raw);
        if (Number.isNaN(value)) continue;
        totals[i]! += value;
        counts[i]!++;
      }
    },
    result() {
      const out = createDtypeArray(outType, length);
      const none = Number(dtypeInvalidValue(outType));
      // The largest value of an unsigned type means "none": sums end one below it.
      const most = isFloatDtype(outType)
        ? Number.POSITIVE_INFINITY
        : Number(dtypeMax(outType)) - (isSignedDtype(outType) ? 0 : 1);
      for (let i = 0; i < length; i++) {
        const count = counts[i]!;
        const isMeasured = kind === 'mean' ? count > 0 : count === frames;
        const value = kind === 'mean' ? totals[i]! / count : totals[i]!;
        out[i] = isMeasured ? Math.min(most, value) : none;
      }
      return out;
    },
  };
}
