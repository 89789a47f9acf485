import { ByteWriter } from './byte-writer.ts';

/** One block of an array: its first index and its extent along each axis. */
export interface Block {
  start: readonly number[];
  count: readonly number[];
}

/** One source of a virtual dataset: the whole of `path` in `fileName`, placed at `target`, which may have more axes. */
export interface VirtualSource {
  /** Relative names are looked for beside the file that holds the virtual dataset. */
  fileName: string;
  path: string;
  /** Shape of the source, slowest axis first. */
  shape: readonly number[];
  target: Block;
}

/**
 * Global heap collection with one object, the mapping of a virtual dataset (specification sections III.E "Global Heap"
 * and III.F "Global Heap Block for Virtual Datasets"). Collections have at least 4096 bytes.
 */
export function encodeVirtualMappingHeap(sources: readonly VirtualSource[]): Uint8Array {
  const mapping = encodeMapping(sources);
  const headerBytes = 16;
  const objectHeaderBytes = 16;
  const objectBytes = objectHeaderBytes + Math.ceil(mapping.length / 8) * 8;
  const collectionBytes = Math.ceil((headerBytes + objectBytes) / 4096) * 4096;
  const writer = new ByteWriter().ascii('GCOL').u8(1).zeros(3).u64(collectionBytes);
  writer.u16(VIRTUAL_MAPPING_HEAP_INDEX).u16(1).zeros(4).u64(mapping.length).raw(mapping).padTo(8);
  const free = collectionBytes - writer.length;
  // Object 0 is the free space; its size counts its own header. Less than a header needs no entry.
  if (free >= objectHeaderBytes) writer.u16(0).u16(0).zeros(4).u64(free);
  return writer.zeros(collectionBytes - writer.length).toBytes();
}

export const VIRTUAL_MAPPING_HEAP_INDEX = 1;

function encodeMapping(sources: readonly VirtualSource[]): Uint8Array {
  const writer = new ByteWriter().u8(0).u64(sources.length);
  for (const source of sources) {
    // In source names "%b" is a block number and "%%" a percent sign (H5Pset_virtual).
    writer.cString(source.fileName.replaceAll('%', '%%')).cString(source.path.replaceAll('%', '%%'));
    writeBlockSelection(writer, { start: source.shape.map(() => 0), count: source.shape });
    writeBlockSelection(writer, source.target);
  }
  return writer.checksum().toBytes();
}

/** Hyperslab selection, version 1, one block: first and last index of each axis (specification, appendix on dataspace encoding). */
function writeBlockSelection(writer: ByteWriter, { start, count }: Block): void {
  const rank = count.length;
  const hyperslab = 2;
  const blockCount = 1;
  writer
    .u32(hyperslab)
    .u32(1)
    .u32(0)
    .u32(8 + 2 * 4 * rank)
    .u32(rank)
    .u32(blockCount);
  for (const first of start) writer.uint(first, 4);
  for (const [axis, extent] of count.entries()) writer.uint(start[axis]! + extent - 1, 4);
}
