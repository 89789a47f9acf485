import type { ByteReader } from './byte-reader.ts';
import { damaged } from './hdf5-error.ts';
import type { Metadata } from './metadata.ts';
import type { ChunkVisitor } from './stored-chunk.ts';

// Section VII.C "Fixed Array": entries of all chunks in one block, in pages when they are many.

export interface ChunkArray {
  address: number;
  isFiltered: boolean;
  chunkBytes: number;
  /** Place in the grid of the n-th entry. */
  positionOf: (index: number) => number[];
}

const MAX_PAGE_BITS = 32;
export const CHECKSUM_BYTES = 4;
const FILTERED_CLIENT = 1;

/** One chunk of an array: its address, and with filters its size and which of them were left out. */
export function visitEntry(
  reader: ByteReader,
  { isFiltered, chunkBytes, positionOf }: ChunkArray,
  entryBytes: number,
  index: number,
  visit: ChunkVisitor,
): void {
  const end = reader.at + entryBytes;
  const offset = reader.address();
  const sizeBytes = isFiltered ? reader.uint(end - reader.at - 4) : chunkBytes;
  const filterMask = isFiltered ? reader.u32() : 0;
  if (offset !== null) visit({ at: positionOf(index), offset, sizeBytes, filterMask });
}

/** Throws where the entries are not of the form that the dataset needs. */
export function checkEntries(
  metadata: Metadata,
  array: ChunkArray,
  client: number,
  entryBytes: number,
): void {
  const { addressBytes } = metadata.form;
  const sizeField = entryBytes - addressBytes - 4;
  const fits = array.isFiltered ? sizeField >= 1 && sizeField <= 8 : entryBytes === addressBytes;
  if (client !== (array.isFiltered ? FILTERED_CLIENT : 0) || !fits) {
    throw damaged('A chunk index has entries of another kind.');
  }
}

/** Whether bit n is set, counted from the highest bit of the first byte. */
export const bitAt = (bits: Uint8Array, n: number): boolean =>
  ((bits[Math.floor(n / 8)] ?? 0) & (0x80 >> (n % 8))) !== 0;

export async function visitFixedArray(
  metadata: Metadata,
  array: ChunkArray,
  visit: ChunkVisitor,
): Promise<void> {
  const { addressBytes, lengthBytes } = metadata.form;
  const what = 'A fixed array';
  const header = await metadata.read(array.address, 8 + lengthBytes + addressBytes + CHECKSUM_BYTES, what);
  const client = header.signature('FAHD').skip(1).u8();
  const [entryBytes, pageBits, entries] = [header.u8(), header.u8(), header.length()];
  const blockAddress = header.address();
  header.checksum();
  checkEntries(metadata, array, client, entryBytes);
  if (pageBits > MAX_PAGE_BITS) throw damaged(`${what} has pages of 2^${pageBits} entries.`);
  if (blockAddress === null) return;
  const pageEntries = 2 ** pageBits;
  const headBytes = 6 + addressBytes;
  if (entries <= pageEntries) {
    const length = headBytes + entries * entryBytes + CHECKSUM_BYTES;
    const block = (await metadata.read(blockAddress, length, what)).signature('FADB').skip(2 + addressBytes);
    const at = block.at;
    block.skip(entries * entryBytes).checksum();
    block.at = at;
    for (let n = 0; n < entries; n++) visitEntry(block, array, entryBytes, n, visit);
    return;
  }
  const pages = Math.ceil(entries / pageEntries);
  const bitBytes = Math.ceil(pages / 8);
  const block = await metadata.read(blockAddress, headBytes + bitBytes + CHECKSUM_BYTES, what);
  const bits = block
    .signature('FADB')
    .skip(2 + addressBytes)
    .raw(bitBytes);
  block.checksum();
  const pageBytes = pageEntries * entryBytes + CHECKSUM_BYTES;
  for (let page = 0; page < pages; page++) {
    if (!bitAt(bits, page)) continue;
    const first = page * pageEntries;
    const count = Math.min(pageEntries, entries - first);
    const reader = await metadata.read(
      blockAddress + block.bytes.length + page * pageBytes,
      count * entryBytes + CHECKSUM_BYTES,
      what,
    );
    reader.skip(count * entryBytes).checksum();
    reader.at = 0;
    for (let n = 0; n < count; n++) visitEntry(reader, array, entryBytes, first + n, visit);
  }
}
