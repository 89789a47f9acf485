import { describe, expect, test } from 'vitest';
import {
  byteLength,
  createDtypeArray,
  DTYPES,
  dtypeArrayFromBytes,
  dtypeInvalidValue,
  dtypeMax,
  dtypeMin,
  isDtype,
} from './dtype.ts';

describe('element types', () => {
  test('ends of the range survive storing, one beyond does not', () => {
    for (const dtype of DTYPES.filter((name) => name[0] !== 'f')) {
      for (const end of [dtypeMin(dtype), dtypeMax(dtype)]) {
        const array = createDtypeArray(dtype, 1);
        if (array instanceof BigUint64Array || array instanceof BigInt64Array) array[0] = BigInt(end);
        else array[0] = Number(end);
        expect(array[0]).toBe(end);
      }
      const beyond = createDtypeArray(dtype, 1);
      if (beyond instanceof BigUint64Array || beyond instanceof BigInt64Array) {
        beyond[0] = BigInt(dtypeMax(dtype)) + 1n;
      } else {
        beyond[0] = Number(dtypeMax(dtype)) + 1;
      }
      expect(beyond[0]).toBe(dtypeMin(dtype));
    }
    for (const dtype of ['f4', 'f8'] as const) {
      const array = createDtypeArray(dtype, 1) as Float64Array;
      array[0] = dtypeMax(dtype) as number;
      expect(array[0]).toBe(dtypeMax(dtype));
    }
  });

  test('invalid pixels: maximum, minimum, NaN', () => {
    expect(DTYPES.map(dtypeInvalidValue)).toEqual([
      255,
      65_535,
      4_294_967_295,
      2n ** 64n - 1n,
      -128,
      -32_768,
      -2_147_483_648,
      -(2n ** 63n),
      Number.NaN,
      Number.NaN,
    ]);
  });

  test('arrays over bytes share aligned memory, copy unaligned, refuse half elements', () => {
    const bytes = Uint8Array.from({ length: 17 }, (_, index) => index);
    for (const dtype of DTYPES) {
      const shared = dtypeArrayFromBytes(dtype, bytes.subarray(8, 16));
      expect(shared.buffer).toBe(bytes.buffer);
      expect(shared.length).toBe(8 / byteLength(dtype));
      const copied = dtypeArrayFromBytes(dtype, bytes.subarray(9, 17));
      expect(new Uint8Array(copied.buffer, copied.byteOffset, copied.byteLength)).toEqual(bytes.slice(9, 17));
    }
    expect(() => dtypeArrayFromBytes('u4', bytes.subarray(0, 7))).toThrow(RangeError);
  });

  test('names', () => {
    expect([isDtype('u2'), isDtype('f8'), isDtype('f2'), isDtype('uint16')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
