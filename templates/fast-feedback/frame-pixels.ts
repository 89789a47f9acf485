import { type Dtype, type DtypeArray, dtypeInvalidValue } from '#src/shared/model/dtype.ts';

/** What stands for "no measurement here" in prepared pixels. */
export const NO_VALUE = -1;
const MOST = 2 ** 31 - 1;

/**
 * Counts as non-negative 32-bit integers, NO_VALUE where masked or where the detector says it has none: one form for
 * every element type, so that the hot loops stay simple and fast. Counts beyond 2³¹-1 are cut to that; floats are
 * rounded; negative pixels (the gaps of CBF images) have no value.
 * @param out as many elements as raw
 */
export function preparePixels(raw: DtypeArray, dtype: Dtype, masked: Uint8Array, out: Int32Array): void {
  if (raw instanceof BigUint64Array || raw instanceof BigInt64Array) {
    const none = dtypeInvalidValue(dtype);
    for (let i = 0; i < out.length; i++) {
      const value = raw[i]!;
      out[i] = masked[i] || value === none || value < 0n ? NO_VALUE : Math.min(Number(value), MOST);
    }
    return;
  }
  if (raw instanceof Float32Array || raw instanceof Float64Array) {
    for (let i = 0; i < out.length; i++) {
      const value = raw[i]!;
      // NaN fails every comparison, so it has no value.
      out[i] = !masked[i] && value >= 0 ? Math.min(Math.round(value), MOST) : NO_VALUE;
    }
    return;
  }
  if (raw instanceof Uint32Array) {
    prepareUint32(raw, masked, out);
    return;
  }
  const none = Number(dtypeInvalidValue(dtype));
  if (raw instanceof Uint16Array) {
    prepareUint16(raw, none, masked, out);
    return;
  }
  for (let i = 0; i < out.length; i++) {
    const value = raw[i]!;
    out[i] = masked[i] || value === none || value < 0 ? NO_VALUE : Math.min(value, MOST);
  }
}

/*
 * What detectors send most, each in a loop of its own over small integers: half of the time of one for all types, which the engine compiles for
 * numbers of any kind.
 */

function prepareUint16(raw: Uint16Array, none: number, masked: Uint8Array, out: Int32Array): void {
  for (let i = 0; i < out.length; i++) {
    const value = raw[i]!;
    out[i] = value === none || masked[i] !== 0 ? NO_VALUE : value;
  }
}

/** Read as signed, numbers beyond 2³¹-1 are negative, and the one that stands for no value (2³²-1) is -1. */
function prepareUint32(raw: Uint32Array, masked: Uint8Array, out: Int32Array): void {
  const signed = new Int32Array(raw.buffer, raw.byteOffset, raw.length);
  for (let i = 0; i < out.length; i++) {
    const value = signed[i]!;
    out[i] = masked[i] !== 0 ? NO_VALUE : value >= NO_VALUE ? value : MOST;
  }
}
