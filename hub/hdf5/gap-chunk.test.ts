import { describe, expect, test } from 'vitest';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { DTYPES, dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { encodeGapChunk } from './gap-chunk.ts';

describe.each(['bslz4', 'bszstd', 'lz4', 'none'] as const)('%s', (filter) => {
  test.each(DTYPES)('%s: frames smaller and larger than a block, with left-over elements', (dtype) => {
    const shapes = [
      [1, 1],
      [3, 5],
      [64, 128],
      [101, 103],
    ] as const;
    for (const shape of shapes) {
      const bytes = encodeGapChunk({ name: 'a', dtype, shape, filter });
      const pixels = decodeChunk({ filter, dtype, bytes, elements: shape[0] * shape[1] });
      expect([...new Set<number | bigint>(pixels)]).toEqual([dtypeInvalidValue(dtype)]);
    }
  });
});

test('of 16 Mpx it is small, whichever Zstandard or LZ4 compresses it', () => {
  const layout = { name: 'a', dtype: 'i4', shape: [4362, 4148] } as const;
  for (const filter of ['bslz4', 'bszstd', 'lz4'] as const) {
    expect(encodeGapChunk({ ...layout, filter }).length).toBeLessThan(1_000_000);
  }
});
