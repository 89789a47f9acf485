import { describe, expect, it } from 'vitest';
import { createDtypeArray, DTYPES } from '#src/shared/model/dtype.ts';
import { npyFile } from './npy.ts';
import { sliceCsv } from './slice-csv.ts';

describe('a slice for NumPy', () => {
  it('is a .npy file of version 1.0 byte for byte', () => {
    const file = npyFile(new Int16Array([1, -2, 3, 4, 5, 6]), 'i2', [2, 3]);
    const head = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";
    expect([...file.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
    expect(new DataView(file.buffer).getUint16(8, true)).toBe(118);
    expect(new TextDecoder().decode(file.subarray(10, 128))).toBe(`${head.padEnd(117)}\n`);
    expect([...new Int16Array(file.buffer, 128)]).toEqual([1, -2, 3, 4, 5, 6]);
  });

  it.each(DTYPES)('holds %s of every number of axes, its values at a multiple of 64', (dtype) => {
    for (const shape of [[], [3], [1, 3], Array.from({ length: 30 }, (_, n) => (n === 0 ? 3 : 1))]) {
      const values = createDtypeArray(
        dtype,
        shape.reduce((all, one) => all * one, 1),
      );
      const file = npyFile(values, dtype, shape);
      const headBytes = new DataView(file.buffer).getUint16(8, true);
      expect((10 + headBytes) % 64).toBe(0);
      expect(file.length).toBe(10 + headBytes + values.byteLength);
      const words = new TextDecoder().decode(file.subarray(10, 10 + headBytes));
      expect(words.endsWith('\n')).toBe(true);
      const tuple = /'shape': \(([^)]*)\)/.exec(words)![1]!;
      expect(
        tuple
          .split(',')
          .filter((one) => one.trim() !== '')
          .map(Number),
      ).toEqual(shape);
      // Without its comma Python reads one number in brackets as a number.
      expect(shape.length === 1).toBe(tuple.endsWith(','));
      expect(words).toContain(`'descr': '${dtype.endsWith('1') ? '|' : '<'}${dtype}'`);
    }
  });
});

describe('a slice as CSV', () => {
  const numbers = { kind: 'numbers', warning: null, names: null } as const;

  it('has a line for each place of the first axis', () => {
    const values = new Float64Array([1, 2.5, -3e-9, Number.NaN, 5, 6]);
    expect(sliceCsv({ ...numbers, dtype: 'f8', values, shape: [2, 3] })).toBe('1,2.5,-3e-9\nNaN,5,6\n');
    expect(sliceCsv({ ...numbers, dtype: 'f8', values, shape: [6] }).split('\n')).toHaveLength(7);
    const single = new Float32Array([0.1, 16_777_216, 1 / 3, -2.5e-8, Number.POSITIVE_INFINITY, 1.2345678]);
    const lines = sliceCsv({ ...numbers, dtype: 'f4', values: single, shape: [6] })
      .trim()
      .split('\n');
    expect(lines.slice(0, 2)).toEqual(['0.1', '16777216']);
    expect(new Float32Array(lines.map(Number))).toEqual(single);
    const large = new BigUint64Array([2n ** 64n - 1n]);
    expect(sliceCsv({ ...numbers, dtype: 'u8', values: large, shape: [1] })).toBe('18446744073709551615\n');
  });

  it('has the names of members above a record, and quotes what must be', () => {
    expect(
      sliceCsv({
        ...{ kind: 'cells', warning: null, shape: [2], columns: ['name', 'x'] },
        cells: [
          ['a "b", c', 'two\nlines'],
          [1, null],
        ],
      }),
    ).toBe('name,x\n"a ""b"", c",1\n"two\nlines",none\n');
    const plain = { kind: 'cells', warning: null, shape: [1], columns: [''], cells: [['text']] } as const;
    expect(sliceCsv({ ...plain, shape: [1], columns: [''], cells: [['text']] })).toBe('text\n');
  });
});
