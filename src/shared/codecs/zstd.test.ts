import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { damagedBytes, randomSource } from '#src/testing/damaged-bytes.ts';
import { encodeBszstdReference } from '#src/testing/zstd-blocks.ts';
import { checkBszstdFraming, decodeBszstd, encodeBszstd } from './bszstd.ts';
import { decodeChunk } from './chunk.ts';
import { CodecError } from './codec-error.ts';
import { decompressZstdFrame } from './zstd.ts';
import { encodeZstdRuns } from './zstd-runs.ts';

const CONTENTS: Readonly<Record<string, (index: number, random: () => number) => number>> = {
  noise: (_, random) => random() * 256,
  'few counts': (_, random) => (random() < 0.02 ? random() * 8 : 0),
  'small alphabet': (_, random) => random() * 5,
  text: (index, random) =>
    'photons and counts '.charCodeAt((index * (1 + ((index >> 8) % 3))) % 19) + (random() < 0.01 ? 1 : 0),
  zeros: () => 0,
};

function content(kind: string, bytes: number, seed: number): Uint8Array {
  const random = randomSource(seed);
  return Uint8Array.from({ length: bytes }, (_, index) => CONTENTS[kind]!(index, random));
}

function reference(source: Uint8Array, level: number, checksum: boolean): Uint8Array {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: Number(checksum),
  };
  return zstdCompressSync(source, { params });
}

function decompressed(frame: Uint8Array, bytes: number): Uint8Array {
  // Not at the start, and watched on both sides.
  const target = new Uint8Array(bytes + 2).fill(0xa5);
  decompressZstdFrame(frame, 0, frame.length, target, 1, bytes + 1);
  expect([target[0], target[bytes + 1]]).toEqual([0xa5, 0xa5]);
  return target.subarray(1, bytes + 1);
}

describe('Zstandard frames', () => {
  it.each(Object.keys(CONTENTS))('decodes what the reference implementation makes of %s', (kind) => {
    for (const [index, bytes] of [0, 1, 5, 100, 1000, 8192, 40_000, 300_000].entries()) {
      const source = content(kind, bytes, index + 1);
      for (const level of [-5, 1, 3, 9, 19]) {
        const frame = reference(source, level, index % 2 === 1);
        expect(Buffer.compare(decompressed(frame, bytes), source)).toBe(0);
      }
    }
  });

  it('encodes runs so that the reference implementation decodes them', () => {
    for (const [index, kind] of Object.keys(CONTENTS).entries()) {
      for (const bytes of [0, 1, 7, 8, 8192, 300_000]) {
        const source = content(kind, bytes, index);
        const frame = encodeZstdRuns(source, 0, bytes);
        expect(Buffer.compare(zstdDecompressSync(frame), source)).toBe(0);
        expect(Buffer.compare(decompressed(frame, bytes), source)).toBe(0);
      }
    }
  });

  it('refuses dictionaries, other sizes, bytes behind, and what is no frame', () => {
    const source = content('text', 5000, 1);
    const frame = reference(source, 3, false);
    expect(() => decompressed(frame, 4999)).toThrow(/holds 5000 bytes instead of 4999/);
    expect(() => decompressed(Buffer.concat([frame, Buffer.of(0)]), 5000)).toThrow(/bytes follow/);
    expect(() => decompressed(source, 5000)).toThrow(/no Zstandard frame/);
    const withDictionary = Uint8Array.of(...frame.subarray(0, 4), frame[4]! | 1, 7, ...frame.subarray(5));
    expect(() => decompressed(withDictionary, 5000)).toThrow(/dictionary/);
  });
});

describe('bitshuffle-Zstandard', () => {
  it.each([1, 2, 4, 8] as const)('decodes both encoders around block borders, element size %i', (size) => {
    for (const elements of [0, 1, 7, 8, 9, 33, 4096, 8192 / size + 3, 20_011]) {
      const source = content('few counts', elements * size, elements + 1);
      for (const blob of [encodeBszstd(source, size), encodeBszstdReference(source, size)]) {
        checkBszstdFraming(blob, size);
        expect(Buffer.compare(decodeBszstd(blob, size), source)).toBe(0);
      }
    }
  });

  it('decodes blocks of another size than the default, and empty frames that shrink 500 times', () => {
    const source = content('few counts', 200_000, 3);
    const blob = encodeBszstdReference(source, 4, { blockBytes: 16_384, level: 1 });
    expect(Buffer.compare(decodeBszstd(blob, 4), source)).toBe(0);
    const empty = encodeBszstdReference(new Uint8Array(2 ** 20), 4, { blockBytes: 32_768 });
    expect(empty.length).toBeLessThan(2 ** 20 / 500);
    const pixels = decodeChunk({ filter: 'bszstd', dtype: 'i4', bytes: empty, elements: 2 ** 18 });
    expect(pixels.length).toBe(2 ** 18);
    expect(pixels.some((value) => value !== 0)).toBe(false);
  });

  it('survives thousands of damaged blobs, each in bounded time', () => {
    const samples = ['few counts', 'small alphabet', 'text', 'noise'].flatMap((kind, index) => {
      const source = content(kind, 20_000, index);
      return [1, 19].map((level) => encodeBszstdReference(source, 2, { level }));
    });
    let refused = 0;
    for (const bytes of damagedBytes(samples, 4000, 5)) {
      try {
        decodeChunk({ filter: 'bszstd', dtype: 'u2', bytes, elements: 10_000 });
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(2000);
  });
});
