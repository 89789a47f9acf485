import { createDtypeArray, type Dtype, type DtypeArray } from './dtype.ts';

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
  const outRows = Math.ceil(rows / factor);
  const outColumns = Math.ceil(columns / factor);
  const out = createDtypeArray(dtype, outRows * outColumns);
  const { mask, invalid } = options;
  const seen = new Uint8Array(outRows * outColumns);
  for (let y = 0; y < rows; y++) {
    const firstOfRow = Math.floor(y / factor) * outColumns;
    const end = (y + 1) * columns;
    let i = y * columns;
    for (let o = firstOfRow; o < firstOfRow + outColumns; o++) {
      const blockEnd = Math.min(i + factor, end);
      for (; i < blockEnd; i++) {
        const value = pixels[i]!;
        if (value === invalid || Number.isNaN(value) || (mask !== null && mask[i] !== 0)) continue;
        if (seen[o] === 0 || value > out[o]!) {
          out[o] = value as never;
          seen[o] = 1;
        }
      }
    }
  }
  for (let o = 0; o < seen.length; o++) if (seen[o] === 0) out[o] = invalid as never;
  return { pixels: out, shape: [outRows, outColumns] };
}
