import type { ByteReader } from './byte-reader.ts';
import { damaged, unsupported } from './hdf5-error.ts';
import type { Metadata } from './metadata.ts';

/*
 * Section III.G "Fractal Heap": keeps the links and attributes of objects that have many. Objects are named by a heap id; managed ones
 * lie at an offset in a space of direct blocks, which indirect blocks list row by row.
 */

interface Header {
  addressBytes: number;
  flags: number;
  width: number;
  startBytes: number;
  maxDirectBytes: number;
  offsetBytes: number;
  lengthBytes: number;
  rootAddress: number | null;
  /** 0: the root is a direct block. */
  rootRows: number;
}

const MAX_ROWS = 64;
const MAX_DEPTH = 32;

/** Bytes that hold a number up to `limit`. */
export const bytesFor = (limit: number): number => Math.floor(Math.floor(Math.log2(limit)) / 8) + 1;

async function readHeader(metadata: Metadata, address: number): Promise<Header> {
  const { addressBytes, lengthBytes } = metadata.form;
  const headerBytes = 5 + 2 + 2 + 1 + 4 + 12 * lengthBytes + 3 * addressBytes + 2 + 2 + 2 + 2 + 4;
  const reader = await metadata.read(address, headerBytes, 'A fractal heap');
  reader.signature('FRHP').version(0);
  reader.skip(2);
  const filterBytes = reader.u16();
  if (filterBytes > 0) throw unsupported('Compressed groups are not read.');
  const flags = reader.u8();
  const maxManagedBytes = reader.u32();
  // Huge objects: next id, their index; free space: amount, its manager; statistics of managed, huge and tiny objects.
  reader.skip(2 * lengthBytes + 2 * addressBytes + 8 * lengthBytes);
  const width = reader.u16();
  const startBytes = reader.length();
  const maxDirectBytes = reader.length();
  const maxHeapBits = reader.u16();
  reader.skip(2);
  const rootAddress = reader.address();
  const rootRows = reader.u16();
  reader.checksum();
  if (width < 1 || startBytes < 1 || maxDirectBytes < startBytes || maxHeapBits > 64 || rootRows > MAX_ROWS) {
    throw damaged('A fractal heap has impossible sizes.');
  }
  const offsetBytes = Math.ceil(maxHeapBits / 8);
  const directBits = Math.log2(maxDirectBytes);
  const idLengthBytes = Math.min(Math.ceil(directBits / 8), bytesFor(Math.max(1, maxManagedBytes)));
  return {
    ...{ addressBytes, flags, width, startBytes, maxDirectBytes, offsetBytes, rootAddress, rootRows },
    lengthBytes: idLengthBytes,
  };
}

export class FractalHeap {
  private readonly metadata: Metadata;
  private readonly header: Header;

  private constructor(metadata: Metadata, header: Header) {
    this.metadata = metadata;
    this.header = header;
  }

  static async open(metadata: Metadata, address: number): Promise<FractalHeap> {
    return new FractalHeap(metadata, await readHeader(metadata, address));
  }

  /** The object of a heap id. */
  async object(id: Uint8Array, what: string): Promise<ByteReader> {
    const reader = this.metadata.over(id, 'A heap id');
    const kind = (reader.u8() >> 4) & 3;
    if (kind === 2) {
      const isLong = id.length - 1 > 16;
      const length = isLong ? ((id[0]! & 15) << 8) + reader.u8() + 1 : (id[0]! & 15) + 1;
      return this.metadata.over(reader.raw(length), what);
    }
    if (kind !== 0) throw unsupported(`${what} is a large object of a group.`);
    const offset = reader.uint(this.header.offsetBytes);
    const length = reader.uint(this.header.lengthBytes);
    const { rootAddress, rootRows, startBytes } = this.header;
    if (rootAddress === null) throw damaged(`${what} lies in an empty heap.`);
    const block =
      rootRows === 0
        ? { address: rootAddress, start: 0, bytes: startBytes }
        : await this.directBlock({ address: rootAddress, start: 0, rows: rootRows }, offset, 0);
    if (offset + length > block.start + block.bytes) throw damaged(`${what} reaches beyond its heap block.`);
    return this.metadata.read(block.address + offset - block.start, length, what);
  }

  private rowBytes(row: number): number {
    return this.header.startBytes * 2 ** Math.max(0, row - 1);
  }

  /** The direct block below an indirect one that has the offset. */
  private async directBlock(
    indirect: { address: number; start: number; rows: number },
    offset: number,
    depth: number,
  ): Promise<{ address: number; start: number; bytes: number }> {
    const { width, addressBytes, offsetBytes, maxDirectBytes, startBytes } = this.header;
    if (depth > MAX_DEPTH) throw damaged('A fractal heap goes on for ever.');
    const entries = indirect.rows * width;
    const headBytes = 5 + addressBytes + offsetBytes;
    const reader = await this.metadata.read(
      indirect.address,
      headBytes + entries * addressBytes + 4,
      'A heap block',
    );
    reader.signature('FHIB').version(0);
    reader.skip(addressBytes + offsetBytes);
    let start = indirect.start;
    for (let row = 0; row < indirect.rows; row++) {
      const bytes = this.rowBytes(row);
      for (let column = 0; column < width; column++, start += bytes) {
        const address = reader.address();
        if (offset < start || offset >= start + bytes) continue;
        if (address === null) throw damaged('A fractal heap lacks a block.');
        if (bytes <= maxDirectBytes) return { address, start, bytes };
        // As many rows as together have the size of this entry.
        const rows = Math.log2(bytes) - Math.log2(startBytes * width) + 1;
        return this.directBlock({ address, start, rows: Math.round(rows) }, offset, depth + 1);
      }
    }
    throw damaged('An object lies outside its fractal heap.');
  }
}
