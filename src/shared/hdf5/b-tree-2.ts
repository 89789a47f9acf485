import type { ByteReader } from './byte-reader.ts';
import { bytesFor } from './fractal-heap.ts';
import { damaged } from './hdf5-error.ts';
import type { Metadata } from './metadata.ts';

// Section III.A.2 "Version 2 B-trees".

interface Node {
  address: number;
  records: number;
  depth: number;
}

interface Form {
  type: number;
  nodeBytes: number;
  recordBytes: number;
  countBytes: number;
  /** By depth: bytes of the number of all records below a node. */
  totalBytes: number[];
}

const MAX_DEPTH = 16;
const MAX_NODE_BYTES = 16 * 1024 * 1024;
/** Signature, version, type and checksum. */
const NODE_OVERHEAD_BYTES = 10;

/** Sizes of the fields that point to nodes; they depend on how many records a node can have. */
function formOf(
  type: number,
  nodeBytes: number,
  recordBytes: number,
  depth: number,
  addressBytes: number,
): Form {
  const room = nodeBytes - NODE_OVERHEAD_BYTES;
  let total = Math.floor(room / recordBytes);
  const countBytes = bytesFor(Math.max(1, total));
  const totalBytes = [0];
  for (let level = 1; level <= depth; level++) {
    const pointerBytes = addressBytes + countBytes + totalBytes[level - 1]!;
    const records = Math.floor((room - pointerBytes) / (recordBytes + pointerBytes));
    if (records < 1) throw damaged('A B-tree has no room for its records.');
    total = (records + 1) * total + records;
    totalBytes.push(bytesFor(total));
  }
  return { type, nodeBytes, recordBytes, countBytes, totalBytes };
}

/** Calls `visit` with every record in order. @param type of its records, as expected */
export async function visitBTree2(
  metadata: Metadata,
  address: number,
  types: readonly number[],
  visit: (record: ByteReader, type: number) => void | Promise<void>,
): Promise<void> {
  const { addressBytes, lengthBytes } = metadata.form;
  const headerBytes = 6 + 4 + 2 + 2 + 2 + addressBytes + 2 + lengthBytes + 4;
  const reader = await metadata.read(address, headerBytes, 'A B-tree');
  reader.signature('BTHD').version(0);
  const type = reader.u8();
  if (!types.includes(type)) throw damaged(`A B-tree has records of type ${type}.`);
  const [nodeBytes, recordBytes, depth] = [reader.u32(), reader.u16(), reader.u16()];
  reader.skip(2);
  const root = reader.address();
  const records = reader.u16();
  reader.skip(lengthBytes).checksum();
  if (depth > MAX_DEPTH || recordBytes < 1 || nodeBytes < 64 || nodeBytes > MAX_NODE_BYTES) {
    throw damaged('A B-tree has impossible sizes.');
  }
  if (root === null || records === 0) return;
  const form = formOf(type, nodeBytes, recordBytes, depth, addressBytes);
  await visitNode(metadata, form, { address: root, records, depth }, visit);
}

async function visitNode(
  metadata: Metadata,
  form: Form,
  { address, records, depth }: Node,
  visit: (record: ByteReader, type: number) => void | Promise<void>,
): Promise<void> {
  const isLeaf = depth === 0;
  const pointerBytes = metadata.form.addressBytes + form.countBytes + (form.totalBytes[depth - 1] ?? 0);
  const usedBytes =
    NODE_OVERHEAD_BYTES + records * form.recordBytes + (isLeaf ? 0 : (records + 1) * pointerBytes);
  if (usedBytes > form.nodeBytes) throw damaged('A node of a B-tree has too many records.');
  const reader = await metadata.read(address, usedBytes, 'A node of a B-tree');
  reader.signature(isLeaf ? 'BTLF' : 'BTIN').version(0);
  if (reader.u8() !== form.type) throw damaged('A node of a B-tree has records of another type.');
  const found = Array.from({ length: records }, () => reader.part(form.recordBytes, 'A record of a B-tree'));
  const children = isLeaf
    ? []
    : Array.from({ length: records + 1 }, (): Node => {
        const child = { address: reader.definedAddress(), records: reader.uint(form.countBytes) };
        reader.skip(depth > 1 ? form.totalBytes[depth - 1]! : 0);
        return { ...child, depth: depth - 1 };
      });
  reader.checksum();
  for (let n = 0; n <= records; n++) {
    if (children[n]) await visitNode(metadata, form, children[n]!, visit);
    if (found[n]) await visit(found[n]!, form.type);
  }
}
