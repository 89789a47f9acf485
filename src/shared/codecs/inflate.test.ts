import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { damagedBytes, randomSource } from '#src/testing/damaged-bytes.ts';
import { decodeChunk } from './chunk.ts';
import { CodecError } from './codec-error.ts';
import { inflateZlib, unshuffle } from './inflate.ts';

const random = randomSource(11);
const CONTENTS: Record<string, Uint8Array> = {
  nothing: new Uint8Array(0),
  'one byte': Uint8Array.of(7),
  zeros: new Uint8Array(100_000),
  noise: Uint8Array.from({ length: 70_000 }, () => random() * 256),
  counts: Uint8Array.from({ length: 90_000 }, () => random() ** 5 * 9),
  text: new TextEncoder().encode('images of a detector, one behind the other; '.repeat(2000)),
};

describe('inflate', () => {
  it.each(Object.entries(CONTENTS))('gives back what zlib compressed: %s', (_, bytes) => {
    for (const options of [{ level: 0 }, { level: 1 }, { level: 9 }, { strategy: 4 }]) {
      const target = new Uint8Array(bytes.length);
      inflateZlib(deflateSync(bytes, options), target);
      expect(Buffer.compare(target, bytes)).toBe(0);
    }
  });

  it('refuses another size, and what is cut off', () => {
    const packed = deflateSync(CONTENTS.counts!);
    expect(() => inflateZlib(packed, new Uint8Array(89_999))).toThrow(/more bytes than announced/);
    expect(() => inflateZlib(packed, new Uint8Array(90_001))).toThrow(/instead of 90001/);
    for (let cut = 1; cut < packed.length; cut += 997) {
      expect(() => inflateZlib(packed.subarray(0, cut), new Uint8Array(90_000))).toThrow(CodecError);
    }
  });

  it('never gives other bytes without a word', () => {
    const samples = [
      deflateSync(CONTENTS.counts!.slice(0, 3000)),
      deflateSync(CONTENTS.text!.slice(0, 3000)),
    ];
    let refused = 0;
    for (const bytes of damagedBytes(samples, 3000, 5)) {
      try {
        inflateZlib(bytes, new Uint8Array(3000));
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(2000);
  });
});

it('a chunk of gzip is decoded, with its bytes shuffled or not', () => {
  const pixels = Uint16Array.from({ length: 5000 }, () => random() ** 4 * 700);
  const bytes = new Uint8Array(pixels.buffer);
  const shuffled = Uint8Array.from(bytes, (_, n) => bytes[n < 5000 ? 2 * n : 2 * (n - 5000) + 1]!);
  const chunk = { dtype: 'u2', elements: 5000 } as const;
  expect(decodeChunk({ ...chunk, filter: 'gzip', bytes: deflateSync(bytes) })).toEqual(pixels);
  expect(decodeChunk({ ...chunk, filter: 'shuffle-gzip', bytes: deflateSync(shuffled) })).toEqual(pixels);
  expect(() => decodeChunk({ ...chunk, filter: 'gzip', bytes: deflateSync(bytes.subarray(2)) })).toThrow(
    CodecError,
  );
  const back = new Uint8Array(10_000);
  unshuffle(shuffled, back, 2);
  expect(Buffer.compare(back, bytes)).toBe(0);
});
