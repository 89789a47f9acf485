import { describe, expect, it } from 'vitest';
import { randomSource } from '#src/testing/damaged-bytes.ts';
import { checkBslz4Framing, decodeBslz4, encodeBslz4 } from './bslz4.ts';
import { decodeChunk } from './chunk.ts';
import { CodecError } from './codec-error.ts';
import { crc32c, crc32cBase64 } from './crc32c.ts';
import {
  checkLz4Framing,
  compressLz4Block,
  decodeLz4Framed,
  encodeLz4Framed,
  maxLz4BlockBytes,
} from './lz4.ts';

function countingPixels(bytes: number, seed: number): Uint8Array {
  const random = randomSource(seed);
  return Uint8Array.from({ length: bytes }, (_, i) =>
    i % 2 === 0 || random() < 0.01 ? Math.floor(random() * 6) : 0,
  );
}

/** Straight from the definition: bit r of element i goes to bit i%8 of byte i/8 of row r. */
function referenceBitshuffle(source: Uint8Array, size: number): Uint8Array {
  const elements = source.length / size;
  const out = new Uint8Array(source.length);
  for (let i = 0; i < elements; i++) {
    for (let row = 0; row < 8 * size; row++) {
      const bit = (source[i * size + (row >> 3)]! >> (row & 7)) & 1;
      out[row * (elements / 8) + (i >> 3)]! |= bit << (i & 7);
    }
  }
  return out;
}

describe('bslz4', () => {
  it.each([1, 2, 4, 8] as const)('round trips every length around block borders, element size %i', (size) => {
    for (const elements of [0, 1, 7, 8, 9, 31, 32, 33, 4095, 4096, 4097, 8192 / size + 3, 20_011]) {
      const source = countingPixels(elements * size, elements + 1);
      const blob = encodeBslz4(source, size);
      expect(Buffer.compare(decodeBslz4(blob, size), source)).toBe(0);
    }
  });

  it.each([1, 2, 4, 8] as const)('stores the transposition bitshuffle defines, element size %i', (size) => {
    const random = randomSource(size);
    const source = Uint8Array.from({ length: 64 * size }, () => Math.floor(random() * 256));
    const blob = encodeBslz4(source, size);
    // 512 bytes of noise at most do not compress: token, length byte(s), then the rows as literals.
    const rows = blob.subarray(blob.length - source.length);
    expect(Buffer.compare(rows, referenceBitshuffle(source, size))).toBe(0);
  });

  it('decodes into a target that is not aligned, and into part of a larger buffer', () => {
    const source = countingPixels(30_000, 5);
    const target = new Uint8Array(30_003).subarray(3);
    decodeBslz4(encodeBslz4(source, 2), 2, target);
    expect(Buffer.compare(target, source)).toBe(0);
  });

  it('shrinks an empty frame to about one part in 170', () => {
    expect(encodeBslz4(new Uint8Array(8192 * 128), 4).length).toBeLessThan((8192 * 128) / 150);
  });

  it('refuses what does not follow the format, and says why', () => {
    const blob = encodeBslz4(countingPixels(40_000, 2), 4);
    expect(() => decodeBslz4(blob.subarray(0, 11), 4)).toThrow(/header/);
    expect(() => decodeBslz4(blob.subarray(0, blob.length - 1), 4)).toThrow(CodecError);
    expect(() => decodeBslz4(Buffer.concat([blob, Buffer.of(0)]), 4)).toThrow(/after its blocks/);
    expect(() => decodeBslz4(blob, 4, new Uint8Array(39_996))).toThrow(/target takes/);
    const huge = blob.slice();
    huge.set([0, 0, 127, 255], 0);
    expect(() => decodeBslz4(huge, 4)).toThrow(/announces/);
    const odd = blob.slice();
    odd.set([0, 0, 0, 5], 8);
    expect(() => decodeBslz4(odd, 4)).toThrow(/multiple of 8/);
  });

  it('finds cut and padded blobs by their block lengths alone', () => {
    const source = countingPixels(40_006, 2);
    const [blob, framed] = [encodeBslz4(source, 2), encodeLz4Framed(source)];
    checkBslz4Framing(blob, 2);
    checkLz4Framing(framed);
    checkBslz4Framing(encodeBslz4(new Uint8Array(0), 2), 2);
    checkLz4Framing(encodeLz4Framed(new Uint8Array(0)));
    for (let cut = 1; cut < blob.length; cut += 97) {
      expect(() => checkBslz4Framing(blob.subarray(0, blob.length - cut), 2)).toThrow(CodecError);
    }
    expect(() => checkLz4Framing(framed.subarray(0, framed.length - 1))).toThrow(/inside block/);
    expect(() => checkLz4Framing(Buffer.concat([framed, Buffer.of(1)]))).toThrow(/after its blocks/);
  });

  it('survives thousands of damaged blobs', () => {
    const random = randomSource(77);
    const blob = encodeBslz4(countingPixels(20_000, 3), 2);
    const lz4 = encodeLz4Framed(countingPixels(20_000, 3));
    let refused = 0;
    for (let round = 0; round < 4000; round++) {
      const good = round % 2 ? blob : lz4;
      const bad = good.slice(0, random() < 0.3 ? Math.floor(random() * good.length) : good.length);
      for (let n = 0; n < 1 + random() * 4 && bad.length > 0; n++) {
        bad[Math.floor(random() * Math.min(bad.length, random() < 0.3 ? 40 : bad.length))] = Math.floor(
          random() * 256,
        );
      }
      try {
        if (round % 2) decodeBslz4(bad, 2);
        else decodeLz4Framed(bad, 20_000);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});

describe('lz4', () => {
  it('round trips framed, with blocks that do not compress stored raw', () => {
    const random = randomSource(9);
    for (const bytes of [0, 1, 4, 12, 13, 8191, 8192, 8193, 50_000]) {
      const noise = Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256));
      expect(Buffer.compare(decodeLz4Framed(encodeLz4Framed(noise)), noise)).toBe(0);
      expect(encodeLz4Framed(noise).length).toBeLessThanOrEqual(12 + bytes + 4 * Math.ceil(bytes / 8192));
      const pixels = countingPixels(bytes, bytes);
      expect(Buffer.compare(decodeLz4Framed(encodeLz4Framed(pixels), bytes), pixels)).toBe(0);
    }
  });

  it('accepts a bare block when told the size', () => {
    const pixels = countingPixels(30_000, 4);
    const target = new Uint8Array(maxLz4BlockBytes(pixels.length));
    const end = compressLz4Block(pixels, 0, pixels.length, target, 0);
    expect(Buffer.compare(decodeLz4Framed(target.subarray(0, end), pixels.length), pixels)).toBe(0);
  });

  it('decodes the worked example of overlapping matches', () => {
    // token 1 literal + match of 4+15+3 with offset 1, then five literals
    const block = Uint8Array.of(0x1f, 0x61, 1, 0, 3, 0x50, 0x62, 0x63, 0x64, 0x65, 0x66);
    expect(new TextDecoder().decode(decodeLz4Framed(block, 28))).toBe(`${'a'.repeat(23)}bcdef`);
  });
});

describe('decodeChunk', () => {
  it('gives the typed array of the element type', () => {
    const values = Int16Array.from([-32768, -1, 0, 5, 32767]);
    const bytes = new Uint8Array(values.buffer);
    for (const chunk of [
      { filter: 'none', bytes } as const,
      { filter: 'bslz4', bytes: encodeBslz4(bytes, 2) } as const,
      { filter: 'lz4', bytes: encodeLz4Framed(bytes) } as const,
    ]) {
      expect(decodeChunk({ ...chunk, dtype: 'i2', elements: 5 })).toEqual(values);
      expect(() => decodeChunk({ ...chunk, dtype: 'i2', elements: 6 })).toThrow(CodecError);
    }
  });
});

describe('crc32c', () => {
  it('gives the values of RFC 3720 appendix B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c);
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  it('continues over pieces and writes base64 big-endian', () => {
    const bytes = countingPixels(1003, 1);
    expect(crc32c(bytes.subarray(501), crc32c(bytes.subarray(0, 501)))).toBe(crc32c(bytes));
    expect(crc32cBase64(0xe3069283)).toBe('4waSgw==');
  });
});
