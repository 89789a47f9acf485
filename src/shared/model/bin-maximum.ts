import { createDtypeArray, type Dtype, type DtypeArray } from './dtype.ts';

type BigArray = BigUint64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
type NumberArray = Exclude<DtypeArray, BigArray>;

/**
 * A smaller picture of a frame: each output pixel is the largest measured value of its block, so that a spot of one pixel
 * stays visible; a block without any measured pixel keeps the invalid value.
 * @param factor block side in pixels, ≥ 1
 */
export function binMaximum(
  pixels: DtypeArray,
  dtype: Dtype,
  shape: readonly [number, number],
  factor: number,
  options: { mask: Uint8Array | null; invalid: number | bigint },
): { pixels: DtypeArray; shape: [number, number] } {
  const [rows, columns] = shape;
  const outShape: [number, number] = [Math.ceil(rows / factor), Math.ceil(columns / factor)];
  const out = createDtypeArray(dtype, outShape[0] * outShape[1]);
  const frame = { rows, columns, factor, mask: options.mask };
  const { invalid } = options;
  if (isBig(pixels)) binBig(pixels, out as BigArray, invalid as bigint, frame);
  else binNumbers(pixels, out as NumberArray, Number(invalid), frame);
  return { pixels: out, shape: outShape };
}

interface Frame {
  rows: number;
  columns: number;
  factor: number;
  mask: Uint8Array | null;
}

function isBig(pixels: DtypeArray): pixels is BigArray {
  return pixels instanceof BigUint64Array || pixels instanceof BigInt64Array;
}

/** Nothing measured is larger than −∞, and NaN is never larger; most pixels cost one comparison. */
function binNumbers(
  pixels: NumberArray,
  out: NumberArray,
  invalid: number,
  { rows, columns, factor, mask }: Frame,
): void {
  const outColumns = Math.ceil(columns / factor);
  const largest = new Float64Array(outColumns);
  for (let firstRow = 0; firstRow < rows; firstRow += factor) {
    largest.fill(Number.NEGATIVE_INFINITY);
    const behind = Math.min(firstRow + factor, rows) * columns;
    for (let rowAt = firstRow * columns; rowAt < behind; rowAt += columns) {
      const end = rowAt + columns;
      for (let i = rowAt, o = 0; i < end; o++) {
        const blockEnd = Math.min(i + factor, end);
        let most = largest[o]!;
        for (; i < blockEnd; i++) {
          const value = pixels[i]!;
          if (value > most && value !== invalid && (mask === null || mask[i] === 0)) most = value;
        }
        largest[o] = most;
      }
    }
    const outAt = (firstRow / factor) * outColumns;
    for (let o = 0; o < outColumns; o++) {
      const value = largest[o]!;
      out[outAt + o] = value === Number.NEGATIVE_INFINITY ? invalid : value;
    }
  }
}

function binBig(
  pixels: BigArray,
  out: BigArray,
  invalid: bigint,
  { rows, columns, factor, mask }: Frame,
): void {
  const outColumns = Math.ceil(columns / factor);
  out.fill(invalid);
  for (let y = 0; y < rows; y++) {
    const firstOfRow = Math.floor(y / factor) * outColumns;
    for (let x = 0; x < columns; x++) {
      const i = y * columns + x;
      const value = pixels[i]!;
      if (value === invalid || (mask !== null && mask[i] !== 0)) continue;
      const o = firstOfRow + Math.floor(x / factor);
      if (out[o] === invalid || value > out[o]!) out[o] = value;
    }
  }
}
