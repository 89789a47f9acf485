import { describe, expect, it } from 'vitest';
import { damagedBytes, randomSource } from '#src/testing/damaged-bytes.ts';
import { decodeBslz4, encodeBslz4 } from '../bslz4.ts';
import { decodeBszstd, encodeBszstd } from '../bszstd.ts';
import { CodecError } from '../codec-error.ts';
import { bitshuffleKernel } from './bitshuffle-kernel.ts';

type Size = 1 | 2 | 4 | 8;
const SIZES = [1, 2, 4, 8] as const;

/** Counts, as pixels have them: mostly small, some runs, some noise. */
function pixels(elements: number, size: Size, seed: number): Uint8Array {
  const random = randomSource(seed);
  const bytes = new Uint8Array(elements * size);
  for (let n = 0; n < elements; n++) {
    const isNoise = random() < 0.02 || (n >> 9) % 5 === 4;
    for (let k = 0; k < size; k++) {
      bytes[n * size + k] = isNoise ? random() * 256 : k === 0 ? random() ** 4 * 6 : 0;
    }
  }
  return bytes;
}

const outcomeOf = (decode: () => Uint8Array): Uint8Array | string => {
  try {
    return decode();
  } catch (error) {
    if (error instanceof CodecError) return error.message;
    throw error;
  }
};

describe('decoding with vectors', () => {
  it('is possible here', () => {
    expect(bitshuffleKernel()).not.toBeNull();
  });

  it.each([
    ['bslz4', encodeBslz4, decodeBslz4],
    ['bszstd', encodeBszstd, decodeBszstd],
  ] as const)('gives the bytes that the plain code gives: %s', (_, encode, decode) => {
    for (const size of SIZES) {
      for (const [elements, blockBytes] of [
        [128, 128 * size],
        [4096 * 3 + 17, 8192],
        [300_000, 8192],
        [40_001, 65_536],
        [5000, 1032 * size],
        [0, 8192],
      ] as const) {
        const source = pixels(elements, size, elements + size);
        const blob = encode(source, size, blockBytes);
        expect(Buffer.compare(decode(blob, size), source)).toBe(0);
        expect(Buffer.compare(decode(blob, size, undefined, null), source)).toBe(0);
      }
    }
  });

  it('copies matches of every distance', () => {
    const random = randomSource(3);
    for (let period = 1; period < 40; period++) {
      // Rows of a period are what the bits of a periodic picture are; the encoder finds it as a match of that distance.
      const tile = Uint8Array.from({ length: period }, () => random() * 256);
      const source = Uint8Array.from({ length: 8192 * 2 }, (_, n) => tile[n % period]!);
      expect(Buffer.compare(decodeBslz4(encodeBslz4(source, 1), 1), source)).toBe(0);
    }
  });

  it('refuses what the plain code refuses, in the same words', () => {
    const samples = SIZES.flatMap((size) => [
      encodeBslz4(pixels(6000, size, 9), size),
      encodeBslz4(pixels(700, size, 7), size, 128 * size),
    ]);
    let refused = 0;
    for (const blob of damagedBytes(samples, 1500, 20_261_122)) {
      for (const size of [1, 2, 4] as const) {
        const plain = outcomeOf(() => decodeBslz4(blob, size, undefined, null));
        const fast = outcomeOf(() => decodeBslz4(blob, size));
        if (typeof plain === 'string') refused++;
        // Arrays of this size are compared much faster as bytes than as lists.
        if (typeof fast === 'string' || typeof plain === 'string') expect(fast).toBe(plain);
        else expect(Buffer.compare(fast, plain)).toBe(0);
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});
