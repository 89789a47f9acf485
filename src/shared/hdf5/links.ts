import { visitBTree2 } from './b-tree-2.ts';
import type { ByteReader } from './byte-reader.ts';
import { FractalHeap } from './fractal-heap.ts';
import { damaged, Hdf5Error, unsupported } from './hdf5-error.ts';
import type { Metadata } from './metadata.ts';
import { MESSAGE, type ObjectHeader } from './object-header.ts';

/** What a name in a group leads to. */
export type Link =
  | { kind: 'hard'; address: number }
  | { kind: 'soft'; target: string }
  | { kind: 'external'; file: string; object: string };

const MAX_LINKS = 100_000;
const MAX_DEPTH = 32;
const MAX_NAME_BYTES = 65_536;

type AddLink = (name: string, link: Link) => void;

/** Everything a group holds, by name. */
export async function linksOf(metadata: Metadata, header: ObjectHeader): Promise<Map<string, Link>> {
  const links = new Map<string, Link>();
  const add: AddLink = (name, link) => {
    if (links.size >= MAX_LINKS)
      throw new Hdf5Error('too-large', `A group has more than ${MAX_LINKS} members.`);
    links.set(name, link);
  };
  const table = await header.find(MESSAGE.symbolTable, 'A symbol table');
  if (table) {
    const tree = table.address();
    const heap = table.address();
    if (tree !== null && heap !== null)
      await addSymbols(metadata, tree, await readLocalHeap(metadata, heap), add);
  }
  for (const message of await header.all(MESSAGE.link, 'A link')) readLink(message, add);
  const info = await header.find(MESSAGE.linkInfo, 'The links of a group');
  if (info) await addDense(metadata, info, add);
  return links;
}

/** Section III.D "Local Heap": the names of an old group. */
async function readLocalHeap(metadata: Metadata, address: number): Promise<Uint8Array> {
  const { addressBytes, lengthBytes } = metadata.form;
  const reader = await metadata.read(address, 8 + 2 * lengthBytes + addressBytes, 'A local heap');
  reader.signature('HEAP').skip(4);
  const length = reader.length();
  reader.skip(lengthBytes);
  return metadata.source.bytes(reader.definedAddress(), length, 'A local heap');
}

function nameAt(metadata: Metadata, heap: Uint8Array, offset: number): string {
  if (offset >= heap.length) throw damaged('A name lies outside its heap.');
  const name = metadata.over(heap.subarray(offset, offset + MAX_NAME_BYTES), 'A name');
  return name.textToNul();
}

const SOFT_CACHE = 2;

/** Sections III.A.1 (nodes of type 0), III.B "Symbol Table Node" and III.C "Symbol Table Entry". */
async function addSymbols(
  metadata: Metadata,
  address: number,
  heap: Uint8Array,
  add: AddLink,
  level: number | null = null,
): Promise<void> {
  const { addressBytes, lengthBytes } = metadata.form;
  const what = 'A node of a group';
  const headBytes = 8 + 2 * addressBytes;
  const head = (await metadata.read(address, headBytes, what)).signature('TREE');
  if (head.u8() !== 0) throw damaged(`${what} is one of a chunk index.`);
  const own = head.u8();
  if (own > MAX_DEPTH || (level !== null && own !== level)) throw damaged(`${what} is at a wrong level.`);
  const entries = head.u16();
  const body = await metadata.read(address + headBytes, entries * (lengthBytes + addressBytes), what);
  for (let n = 0; n < entries; n++) {
    const child = body.skip(lengthBytes).definedAddress();
    if (own > 0) await addSymbols(metadata, child, heap, add, own - 1);
    else await addEntries(metadata, child, heap, add);
  }
}

async function addEntries(
  metadata: Metadata,
  address: number,
  heap: Uint8Array,
  add: AddLink,
): Promise<void> {
  const { addressBytes } = metadata.form;
  const head = (await metadata.read(address, 8, 'A symbol table node')).signature('SNOD');
  head.version(1);
  const count = head.skip(1).u16();
  const entryBytes = 2 * addressBytes + 24;
  const body = await metadata.read(address + 8, count * entryBytes, 'A symbol table node');
  for (let n = 0; n < count; n++) {
    const entry = body.part(entryBytes);
    const name = nameAt(metadata, heap, entry.uint(addressBytes));
    const object = entry.address();
    if (entry.u32() === SOFT_CACHE) {
      add(name, { kind: 'soft', target: nameAt(metadata, heap, entry.skip(4).u32()) });
    } else if (object !== null) add(name, { kind: 'hard', address: object });
  }
}

const SOFT = 1;
const EXTERNAL = 64;

/** Section IV.A.2.g "The Link Message". */
function readLink(reader: ByteReader, add: AddLink): void {
  reader.version(1);
  const flags = reader.u8();
  const kind = (flags & 8) !== 0 ? reader.u8() : 0;
  if ((flags & 4) !== 0) reader.skip(8);
  if ((flags & 16) !== 0) reader.skip(1);
  const name = reader.text(reader.uint(2 ** (flags & 3)));
  if (kind === 0) add(name, { kind: 'hard', address: reader.definedAddress() });
  else if (kind === SOFT) add(name, { kind: 'soft', target: reader.text(reader.u16()) });
  else if (kind === EXTERNAL) {
    const target = reader.part(reader.u16(), 'An external link').skip(1);
    add(name, { kind: 'external', file: target.textToNul(), object: target.textToNul() });
  } else throw unsupported(`The link ${name} is of kind ${kind}.`);
}

const NAME_RECORDS = 5;

/** Section IV.A.2.c "The Link Info Message": the links are in a heap, with an index by name. */
async function addDense(metadata: Metadata, info: ByteReader, add: AddLink): Promise<void> {
  info.version(0);
  if ((info.u8() & 1) !== 0) info.skip(8);
  const heapAddress = info.address();
  const indexAddress = info.address();
  if (heapAddress === null || indexAddress === null) return;
  const heap = await FractalHeap.open(metadata, heapAddress);
  await visitBTree2(metadata, indexAddress, [NAME_RECORDS], async (record) => {
    const id = record.skip(4).raw(record.left);
    readLink(await heap.object(id, 'A link'), add);
  });
}
