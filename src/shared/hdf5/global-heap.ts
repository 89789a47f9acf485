import type { ByteReader } from './byte-reader.ts';
import { damaged } from './hdf5-error.ts';
import type { Metadata } from './metadata.ts';

/** Section III.E "Global Heap": an object of a collection, by its number. */
export async function globalHeapObject(
  metadata: Metadata,
  address: number,
  index: number,
  what: string,
): Promise<ByteReader> {
  const { lengthBytes } = metadata.form;
  const head = await metadata.read(address, 8 + lengthBytes, 'A global heap');
  head.signature('GCOL').version(1);
  const collection = await metadata.read(address, head.skip(3).length(), 'A global heap');
  collection.skip(head.at);
  const objectHeadBytes = 8 + lengthBytes;
  while (collection.left >= objectHeadBytes) {
    const found = collection.u16();
    const length = collection.skip(6).length();
    // Object 0 is the free space behind all others.
    if (found === 0) break;
    const body = collection.part(length, what);
    if (found === index) return body;
    collection.skip(Math.min(collection.left, (8 - (length % 8)) % 8));
  }
  throw damaged(`${what} is not in its global heap.`);
}
