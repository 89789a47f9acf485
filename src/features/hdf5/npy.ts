import type { Dtype, DtypeArray } from '#src/shared/model/dtype.ts';

/**
 * An array as a .npy file, version 1.0 (NumPy Enhancement Proposal 1): mark, version, length of the head, head as a Python dictionary padded so
 * that the values begin at a multiple of 64, values in C order, little-endian.
 */
export function npyFile(values: DtypeArray, dtype: Dtype, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const order = dtype.endsWith('1') ? '|' : '<';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const words = `{'descr': '${order}${dtype}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const headBytes = Math.ceil((10 + words.length + 1) / 64) * 64;
  const file = new Uint8Array(headBytes + values.byteLength);
  file.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0]);
  new DataView(file.buffer).setUint16(8, headBytes - 10, true);
  file.set(new TextEncoder().encode(`${words.padEnd(headBytes - 11, ' ')}\n`), 10);
  file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), headBytes);
  return file;
}
