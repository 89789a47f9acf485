import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ByteWriter } from '../hdf5/format/byte-writer.ts';
import { encodeVirtualMappingHeap } from '../hdf5/format/virtual-mapping.ts';
import { hasH5py, python } from '../hdf5/testing/engines.ts';
import { moduleFile, sourceFile } from '../testing/hdf5-files.ts';
import { virtualMappings } from './virtual-mappings.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtual-mappings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function mappingsIn(...parts: Uint8Array[]) {
  const path = join(folder, 'mappings.bin');
  writeFileSync(path, Buffer.concat(parts));
  return virtualMappings(path);
}

const heap = encodeVirtualMappingHeap([sourceFile('a.h5', 0, 3), sourceFile('b.h5', 3, 2)]);
const mapping = [
  { file: 'a.h5', object: '/entry/data/data', rows: [[0, 2]] },
  { file: 'b.h5', object: '/entry/data/data', rows: [[3, 4]] },
];

/** A mapping of one source, with these selections in it and in the virtual dataset. */
function heapOf(write: (writer: ByteWriter) => void): Uint8Array {
  const all = (writer: ByteWriter) => writer.u32(3).u32(1).zeros(8);
  const bytes = new ByteWriter().u8(0).u64(1).cString('a.h5').cString('data');
  all(bytes);
  write(bytes);
  const object = bytes.checksum().toBytes();
  const writer = new ByteWriter().ascii('GCOL').u8(1).zeros(3).u64(4096);
  writer.u16(1).u16(1).zeros(4).u64(object.length).raw(object).padTo(8);
  return writer.zeros(4096 - writer.length).toBytes();
}

describe('the mapping of a virtual dataset', () => {
  it('is found wherever it lies, also across the seams of reading, and several of them', () => {
    const modules = encodeVirtualMappingHeap([moduleFile('m.h5', 4, 7)]);
    const far = new Uint8Array(4 * 1024 * 1024 - 4096 - 2);
    expect(mappingsIn(new Uint8Array(0), heap, far, modules)).toEqual([
      mapping,
      [{ file: 'm.h5', object: '/entry/data/data', rows: [[0, 6]] }],
    ]);
  });

  it('is read in each form of a selection', () => {
    const rowsOf = (write: (writer: ByteWriter) => void) => mappingsIn(heapOf(write))[0]?.[0]?.rows;
    const frame = [0, 1, 1, 20];
    /** Start, stride, count, block of the frames, then of one further axis. */
    const second = (rows: readonly number[]) =>
      rowsOf((writer) => {
        writer.u32(2).u32(2).u8(1).u32(72).u32(2);
        for (const value of [...rows, ...frame]) writer.u64(value);
      });
    const third = (rows: readonly number[]) =>
      rowsOf((writer) => {
        writer.u32(2).u32(3).u8(1).u8(2).u32(2);
        for (const value of [...rows, ...frame]) writer.u16(value);
      });
    for (const regular of [second, third]) {
      expect(regular([10, 1, 5, 1])).toEqual([[10, 14]]);
      expect(regular([10, 5, 1, 5])).toEqual([[10, 14]]);
      expect(regular([1, 4, 3, 1])).toEqual([
        [1, 1],
        [9, 9],
      ]);
    }
    const blocks = (writer: ByteWriter) => {
      writer.u32(2).u32(3).u8(0).u8(4).u32(2).u32(2);
      for (const value of [0, 0, 3, 19, 8, 0, 9, 19]) writer.u32(value);
    };
    expect(rowsOf(blocks)).toEqual([
      [0, 3],
      [8, 9],
    ]);
    expect(rowsOf((writer) => writer.u32(3).u32(1).zeros(8))).toBeNull();
  });

  it('is nothing else than one: damaged, cut or invented bytes are none', () => {
    for (let at = 32; at < 200; at++) {
      const damaged = Uint8Array.from(heap);
      damaged[at]! ^= 0x10;
      expect(mappingsIn(damaged)).toEqual([]);
      expect(mappingsIn(heap.subarray(0, at))).toEqual([]);
    }
    expect(mappingsIn(heapOf((writer) => writer.u32(2).u32(1).zeros(8).u32(0).u32(9)))).toEqual([]);
    expect(mappingsIn(heapOf((writer) => writer.u32(2).u32(3).u8(1).u8(7).u32(2).zeros(60)))).toEqual([]);
  });

  it.skipIf(!hasH5py)('is read as h5py writes it', () => {
    const path = join(folder, 'h5py.h5');
    const code = `
import h5py, sys
with h5py.File(sys.argv[1], 'w', libver='latest') as f:
    layout = h5py.VirtualLayout((7, 4, 6), 'u2')
    layout[0:4] = h5py.VirtualSource('a.h5', 'entry/data/data', shape=(4, 4, 6))
    layout[4:7] = h5py.VirtualSource('b.h5', 'entry/data/data', shape=(3, 4, 6))
    f.create_virtual_dataset('data', layout)
    turns = h5py.VirtualLayout((6, 4, 6), 'u2')
    turns[1::2] = h5py.VirtualSource('c.h5', 'data', shape=(3, 4, 6))
    f.create_virtual_dataset('turns', turns)
`;
    python(code, [path]);
    const [whole, turns] = virtualMappings(path);
    expect(whole).toEqual([
      { file: 'a.h5', object: 'entry/data/data', rows: [[0, 3]] },
      { file: 'b.h5', object: 'entry/data/data', rows: [[4, 6]] },
    ]);
    expect(turns![0]!.rows!.at(-1)).toEqual([5, 5]);
  });
});
