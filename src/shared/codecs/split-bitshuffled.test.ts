import { expect, it } from 'vitest';
import { randomSource } from '#src/testing/damaged-bytes.ts';
import { decodeBslz4, encodeBslz4 } from './bslz4.ts';
import { decodeBszstd, encodeBszstd, MAX_BSZSTD_EXPANSION } from './bszstd.ts';
import { CodecError } from './codec-error.ts';
import { MAX_EXPANSION } from './lz4.ts';
import { splitBitshuffled } from './split-bitshuffled.ts';

const random = randomSource(4);

it.each([
  ['bslz4', encodeBslz4, decodeBslz4, MAX_EXPANSION],
  ['bszstd', encodeBszstd, decodeBszstd, MAX_BSZSTD_EXPANSION],
] as const)('parts of a blob give its elements: %s', (_, encode, decode, maxExpansion) => {
  for (const elements of [0, 5, 4096, 4097, 50_003]) {
    const source = Uint8Array.from({ length: elements * 2 }, (_, n) => (n % 2 ? 0 : random() ** 4 * 40));
    const blob = encode(source, 2);
    for (const parts of [1, 2, 3, 4, 100]) {
      const split = splitBitshuffled(blob, maxExpansion, parts);
      expect(split.length).toBeLessThanOrEqual(parts);
      const joined = new Uint8Array(source.length);
      for (const part of split) {
        const decoded = decode(part.blob, 2);
        expect(decoded.length).toBe(part.sizeBytes);
        joined.set(decoded, part.offset);
      }
      expect(Buffer.compare(joined, source)).toBe(0);
    }
  }
});

it('a blob whose lengths lead beyond it is refused', () => {
  const blob = encodeBslz4(new Uint8Array(100_000), 2);
  blob.set([0x7f, 0xff], 12);
  expect(() => splitBitshuffled(blob, MAX_EXPANSION, 3)).toThrow(CodecError);
});
