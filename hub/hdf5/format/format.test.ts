import { describe, expect, test } from 'vitest';
import { lookup3 } from '#src/shared/hdf5/lookup3.ts';
import { ByteWriter } from './byte-writer.ts';
import { encodeDatatype } from './datatype.ts';
import {
  chunkSizeFieldBytes,
  encodeFixedArrayDataBlock,
  encodeFixedArrayHeader,
  fixedArrayPageBits,
} from './fixed-array.ts';
import { chunkedLayoutMessage, linkMessage } from './messages.ts';
import { encodeObjectHeader, MAX_MESSAGE_BYTES } from './object-header.ts';
import { encodeSuperblock, SUPERBLOCK_BYTES } from './superblock.ts';
import { encodeVirtualMappingHeap } from './virtual-mapping.ts';

const ascii = (text: string) => new TextEncoder().encode(text);
const checksumOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);

describe('lookup3', () => {
  // Values from the self-test in the author's lookup3.c (hashlittle with initial value 0).
  test('agrees with the published vectors', () => {
    expect(lookup3(new Uint8Array(0))).toBe(0xdeadbeef);
    expect(lookup3(ascii('Four score and seven years ago'))).toBe(0x17770551);
  });

  test('depends on every byte and on the length, at all lengths around its 12-byte blocks', () => {
    const seen = new Set<number>();
    for (let length = 1; length <= 37; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => index + 1);
      seen.add(lookup3(bytes));
      for (let changed = 0; changed < length; changed++) {
        const other = bytes.slice();
        other[changed] = 0xa5;
        expect(lookup3(other)).not.toBe(lookup3(bytes));
      }
    }
    expect(seen.size).toBe(37);
  });
});

describe('byte writer', () => {
  test('writes addresses beyond 4 GiB and the undefined address', () => {
    const bytes = new ByteWriter().address(0x01_2345_6789_ab).address(undefined).toBytes();
    expect([...bytes]).toEqual([0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 0, 0, ...new Array(8).fill(0xff)]);
  });

  test('refuses what does not fit instead of cutting it', () => {
    expect(() => new ByteWriter().uint(65_536, 2)).toThrow('does not fit');
    expect(() => new ByteWriter().u64(2 ** 53)).toThrow('does not fit');
    expect(() => new ByteWriter().uint(-1, 4)).toThrow('does not fit');
    expect(() => new ByteWriter().uint(1.5, 4)).toThrow('does not fit');
    expect(() => new ByteWriter().cString('a\0b')).toThrow('NUL');
  });
});

describe('blocks', () => {
  test('superblock: signature, version 3, end of file, checksum', () => {
    const bytes = encodeSuperblock(5_000_000_000, 48);
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(SUPERBLOCK_BYTES);
    expect([...bytes.subarray(0, 12)]).toEqual([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 3, 8, 8, 0]);
    expect(view.getBigUint64(28, true)).toBe(5_000_000_000n);
    expect(view.getBigUint64(36, true)).toBe(48n);
    expect(checksumOf(bytes)).toBe(lookup3(bytes.subarray(0, 44)));
  });

  test('object header: size of the message block, checksum, limit of a message', () => {
    const bytes = encodeObjectHeader([{ type: 0x0a, flags: 1, body: Uint8Array.of(0, 0) }]);
    expect([...bytes.subarray(0, 16)]).toEqual([...ascii('OHDR'), 2, 2, 6, 0, 0, 0, 0x0a, 2, 0, 1, 0, 0]);
    expect(checksumOf(bytes)).toBe(lookup3(bytes.subarray(0, 16)));
    const tooLarge = { type: 8, flags: 0, body: new Uint8Array(MAX_MESSAGE_BYTES + 1) };
    expect(() => encodeObjectHeader([tooLarge])).toThrow('too large');
  });

  test('datatypes as the library writes them', () => {
    expect([...encodeDatatype('u2')]).toEqual([0x10, 0, 0, 0, 2, 0, 0, 0, 0, 0, 16, 0]);
    expect([...encodeDatatype('i4')]).toEqual([0x10, 8, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0]);
    expect([...encodeDatatype('f8')]).toEqual([
      0x11, 0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0,
    ]);
  });

  test('the chunk size field is one byte wider than the unfiltered chunk needs', () => {
    expect(chunkSizeFieldBytes(1)).toBe(2);
    expect(chunkSizeFieldBytes(255)).toBe(2);
    expect(chunkSizeFieldBytes(256)).toBe(3);
    expect(chunkSizeFieldBytes(2 ** 24)).toBe(5);
    expect(chunkSizeFieldBytes(2 ** 32 - 1)).toBe(5);
  });

  test('chunk dimensions are as wide as the largest needs, which HDF5 2.0 checks', () => {
    const width = (shape: number[]) => chunkedLayoutMessage(shape, 4, 10, 0).body[4];
    expect(width([1, 200, 255])).toBe(1);
    expect(width([1, 200, 256])).toBe(2);
    expect(width([1, 65_535, 10])).toBe(2);
    expect(width([1, 65_536, 10])).toBe(3);
  });

  test('fixed array: header and data block name each other, absent chunks have the undefined address', () => {
    const form = { filtered: true, unfilteredChunkBytes: 1000, entryCount: 2 };
    const header = encodeFixedArrayHeader(form, 4096);
    const block = encodeFixedArrayDataBlock(form, 2048, [undefined, { address: 6 * 2 ** 30, sizeBytes: 77 }]);
    expect(header.length).toBe(28);
    expect(header[6]).toBe(8 + 3 + 4);
    expect(header[7]).toBe(10);
    expect(new DataView(header.buffer).getBigUint64(16, true)).toBe(4096n);
    const view = new DataView(block.buffer);
    expect(view.getBigUint64(6, true)).toBe(2048n);
    expect(view.getBigUint64(14, true)).toBe(2n ** 64n - 1n);
    expect(view.getBigUint64(29, true)).toBe(6n * 2n ** 30n);
    expect(view.getUint16(37, true)).toBe(77);
    expect(checksumOf(block)).toBe(lookup3(block.subarray(0, -4)));
  });

  test('a data block is never paged', () => {
    for (const count of [1, 1000, 1024, 1025, 5000, 100_000]) {
      expect(2 ** fixedArrayPageBits(count)).toBeGreaterThanOrEqual(count);
    }
  });

  test('global heap collections are multiples of 4096 bytes and account for all of them', () => {
    for (const sourceCount of [1, 30, 31, 200]) {
      const sources = Array.from({ length: sourceCount }, (_, index) => ({
        fileName: `s_data_${index}.h5`,
        path: '/entry/data/data',
        shape: [1, 4, 5],
        target: { start: [index, 0, 0], count: [1, 4, 5] },
      }));
      const heap = encodeVirtualMappingHeap(sources);
      const view = new DataView(heap.buffer);
      expect(heap.length % 4096).toBe(0);
      expect(view.getBigUint64(8, true)).toBe(BigInt(heap.length));
      const objectBytes = 16 + Math.ceil(Number(view.getBigUint64(24, true)) / 8) * 8;
      const freeAt = 16 + objectBytes;
      if (heap.length - freeAt >= 16) {
        expect(view.getBigUint64(freeAt + 8, true)).toBe(BigInt(heap.length - freeAt));
      }
    }
  });

  test('names that HDF5 cannot hold are refused', () => {
    const target = { kind: 'hard', address: 0 } as const;
    for (const name of ['', 'a/b', 'a\0b'])
      expect(() => linkMessage(name, target)).toThrow('cannot be the name');
  });
});
