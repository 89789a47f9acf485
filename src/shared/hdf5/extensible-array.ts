import { bitAt, CHECKSUM_BYTES, type ChunkArray, checkEntries, visitEntry } from './fixed-array.ts';
import { damaged } from './hdf5-error.ts';
import type { Metadata } from './metadata.ts';
import type { ChunkVisitor } from './stored-chunk.ts';

/*
 * Section VII.D "Extensible Array". The first entries stand in the index block, the next in data blocks that the index block names, the
 * others in data blocks named by secondary blocks; the blocks grow by a fixed rule. Data blocks beyond a size are split into pages.
 */

interface Form {
  entryBytes: number;
  indexEntries: number;
  minBlockEntries: number;
  minPointers: number;
  pageEntries: number;
  /** Bytes of the field that tells a block's place. */
  offsetBytes: number;
  /** Entries in use. */
  used: number;
}

/** Data blocks and entries of each in the n-th secondary block; the first of them are named by the index block itself. */
const blocksOf = (n: number) => 2 ** Math.floor(n / 2);
const entriesOf = (n: number, { minBlockEntries }: Form) => 2 ** Math.floor((n + 1) / 2) * minBlockEntries;

const isPowerOfTwo = (value: number) => value > 0 && Number.isInteger(Math.log2(value));

export async function visitExtensibleArray(
  metadata: Metadata,
  array: ChunkArray,
  visit: ChunkVisitor,
): Promise<void> {
  const { addressBytes, lengthBytes } = metadata.form;
  const what = 'An extensible array';
  const headerBytes = 12 + 6 * lengthBytes + addressBytes + CHECKSUM_BYTES;
  const header = await metadata.read(array.address, headerBytes, what);
  const client = header.signature('EAHD').skip(1).u8();
  const entryBytes = header.u8();
  const maxBits = header.u8();
  const [indexEntries, minBlockEntries, minPointers, pageBits] = [
    header.u8(),
    header.u8(),
    header.u8(),
    header.u8(),
  ];
  // Blocks and their bytes; then how far it is used, and how many entries there are room for.
  header.skip(4 * lengthBytes);
  const used = header.length();
  header.skip(lengthBytes);
  const indexAddress = header.address();
  header.checksum();
  checkEntries(metadata, array, client, entryBytes);
  if (!isPowerOfTwo(minBlockEntries) || !isPowerOfTwo(minPointers) || maxBits > 64 || pageBits > 32) {
    throw damaged(`${what} has impossible sizes.`);
  }
  if (indexAddress === null) return;
  const form = {
    ...{ entryBytes, indexEntries, minBlockEntries, minPointers, used },
    pageEntries: 2 ** pageBits,
    offsetBytes: Math.ceil(maxBits / 8),
  };
  const secondaries = 1 + maxBits - Math.log2(minBlockEntries);
  await visitIndexBlock(metadata, array, form, { address: indexAddress, secondaries }, visit);
}

async function visitIndexBlock(
  metadata: Metadata,
  array: ChunkArray,
  form: Form,
  { address, secondaries }: { address: number; secondaries: number },
  visit: ChunkVisitor,
): Promise<void> {
  const { addressBytes } = metadata.form;
  const { entryBytes, indexEntries, minPointers, used } = form;
  const directSecondaries = 2 * Math.log2(minPointers);
  const directBlocks = 2 * (minPointers - 1);
  const further = Math.max(0, secondaries - directSecondaries);
  const length =
    6 + addressBytes + indexEntries * entryBytes + (directBlocks + further) * addressBytes + CHECKSUM_BYTES;
  const reader = await metadata.read(address, length, 'An index block');
  reader.signature('EAIB').skip(2 + addressBytes);
  for (let n = 0; n < indexEntries; n++) visitEntry(reader, array, entryBytes, n, visit);
  const blocks = Array.from({ length: directBlocks }, () => reader.address());
  const others = Array.from({ length: further }, () => reader.address());
  reader.checksum();
  let first = indexEntries;
  let block = 0;
  for (let n = 0; n < secondaries && first < used; n++) {
    const entries = entriesOf(n, form);
    if (n < directSecondaries) {
      for (let left = blocksOf(n); left > 0; left--, first += entries) {
        const at = blocks[block++] ?? null;
        if (at !== null) await visitDataBlock(metadata, array, form, { address: at, first, entries }, visit);
      }
    } else {
      const at = others[n - directSecondaries] ?? null;
      if (at !== null) await visitSecondary(metadata, array, form, { address: at, first, n }, visit);
      first += blocksOf(n) * entries;
    }
  }
}

async function visitSecondary(
  metadata: Metadata,
  array: ChunkArray,
  form: Form,
  { address, first, n }: { address: number; first: number; n: number },
  visit: ChunkVisitor,
): Promise<void> {
  const { addressBytes } = metadata.form;
  const { offsetBytes, pageEntries, used } = form;
  const entries = entriesOf(n, form);
  const blocks = blocksOf(n);
  const pages = entries > pageEntries ? entries / pageEntries : 0;
  const bitBytes = blocks * Math.ceil(pages / 8);
  const length = 6 + addressBytes + offsetBytes + bitBytes + blocks * addressBytes + CHECKSUM_BYTES;
  const reader = await metadata.read(address, length, 'A secondary block');
  const bits = reader
    .signature('EASB')
    .skip(2 + addressBytes + offsetBytes)
    .raw(bitBytes);
  const addresses = Array.from({ length: blocks }, () => reader.address());
  reader.checksum();
  for (const [index, at] of addresses.entries()) {
    const start = first + index * entries;
    if (start >= used) return;
    if (at === null) continue;
    const hasPage = (page: number) => bitAt(bits, index * pages + page);
    await visitDataBlock(metadata, array, form, { address: at, first: start, entries, hasPage }, visit);
  }
}

async function visitDataBlock(
  metadata: Metadata,
  array: ChunkArray,
  { entryBytes, offsetBytes, pageEntries, used }: Form,
  block: { address: number; first: number; entries: number; hasPage?: (page: number) => boolean },
  visit: ChunkVisitor,
): Promise<void> {
  const headBytes = 6 + metadata.form.addressBytes + offsetBytes;
  const { address, first, entries, hasPage } = block;
  const isPaged = entries > pageEntries;
  const visitRun = async (at: number, skipped: number, from: number, count: number) => {
    const reader = await metadata.read(at, skipped + count * entryBytes + CHECKSUM_BYTES, 'A data block');
    if (skipped > 0) reader.signature('EADB');
    reader.at = skipped;
    reader.skip(count * entryBytes).checksum();
    reader.at = skipped;
    for (let n = 0; n < count && from + n < used; n++) visitEntry(reader, array, entryBytes, from + n, visit);
  };
  if (!isPaged) return visitRun(address, headBytes, first, entries);
  const pageBytes = pageEntries * entryBytes + CHECKSUM_BYTES;
  for (let page = 0; page < entries / pageEntries; page++) {
    const from = first + page * pageEntries;
    if (from >= used) return;
    if (hasPage && !hasPage(page)) continue;
    await visitRun(address + headBytes + CHECKSUM_BYTES + page * pageBytes, 0, from, pageEntries);
  }
}
