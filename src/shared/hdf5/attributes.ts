import { visitBTree2 } from './b-tree-2.ts';
import type { ByteReader } from './byte-reader.ts';
import { type Hdf5Type, readDataspace, readDatatype } from './datatype.ts';
import { FractalHeap } from './fractal-heap.ts';
import { globalHeapObject } from './global-heap.ts';
import { Hdf5Error } from './hdf5-error.ts';
import type { Metadata } from './metadata.ts';
import { MESSAGE, ObjectHeader, sharedAddress } from './object-header.ts';

// Sections IV.A.2.m "The Attribute Message" and IV.A.2.v "The Attribute Info Message".

const NAME_RECORDS = 8;
const MAX_VALUE_BYTES = 1_000_000;

/** An attribute: one number or text. Null: it is absent, or of another form. */
export async function scalarAttribute(
  metadata: Metadata,
  header: ObjectHeader,
  name: string,
): Promise<number | string | null> {
  for (const message of await header.all(MESSAGE.attribute, 'An attribute')) {
    const value = await valueIfNamed(metadata, message, name);
    if (value !== undefined) return value;
  }
  const info = await header.find(MESSAGE.attributeInfo, 'The attributes of an object');
  if (!info) return null;
  info.version(0);
  if ((info.u8() & 1) !== 0) info.skip(2);
  const heapAddress = info.address();
  const indexAddress = info.address();
  if (heapAddress === null || indexAddress === null) return null;
  const heap = await FractalHeap.open(metadata, heapAddress);
  let value: number | string | null = null;
  await visitBTree2(metadata, indexAddress, [NAME_RECORDS], async (record) => {
    const id = record.raw(record.left - 9);
    const found = await valueIfNamed(metadata, await heap.object(id, 'An attribute'), name);
    if (found !== undefined) value = found;
  });
  return value;
}

/** Undefined: it has another name. */
async function valueIfNamed(
  metadata: Metadata,
  reader: ByteReader,
  wanted: string,
): Promise<number | string | null | undefined> {
  const version = reader.version(1, 2, 3);
  const flags = reader.u8();
  const [nameBytes, typeBytes, spaceBytes] = [reader.u16(), reader.u16(), reader.u16()];
  if (version === 3) reader.skip(1);
  const padded = (length: number) => (version === 1 ? Math.ceil(length / 8) * 8 : length);
  const name = reader.text(padded(nameBytes));
  if (name !== wanted) return undefined;
  const typeMessage = reader.part(padded(typeBytes), 'The type of an attribute');
  const type = await typeOf(metadata, typeMessage, version > 1 && (flags & 1) !== 0);
  const { shape } = readDataspace(reader.part(padded(spaceBytes), 'The extent of an attribute'));
  if (shape.reduce((product, side) => product * side, 1) !== 1) return null;
  return scalarValue(metadata, type, reader);
}

async function typeOf(metadata: Metadata, reader: ByteReader, isShared: boolean): Promise<Hdf5Type> {
  if (!isShared) return readDatatype(reader);
  const header = await ObjectHeader.read(metadata, sharedAddress(reader));
  const message = await header.find(MESSAGE.datatype, 'A named datatype');
  return message ? readDatatype(message) : { kind: 'other', sizeBytes: 1 };
}

/** One element as a number or text; null: of a kind that is neither. */
export async function scalarValue(
  metadata: Metadata,
  type: Hdf5Type,
  reader: ByteReader,
): Promise<number | string | null> {
  if (type.sizeBytes > MAX_VALUE_BYTES)
    throw new Hdf5Error('too-large', `A value has ${type.sizeBytes} bytes.`);
  if (type.kind === 'text') return reader.text(type.sizeBytes).trimEnd();
  if (type.kind === 'variable-text') {
    reader.skip(4);
    const heap = reader.address();
    const index = reader.u32();
    if (heap === null || index === 0) return '';
    const text = await globalHeapObject(metadata, heap, index, 'A text');
    return text.text(text.left);
  }
  return type.kind === 'number' ? numberIn(type, reader.raw(type.sizeBytes)) : null;
}

function numberIn({ dtype, isBigEndian }: Extract<Hdf5Type, { kind: 'number' }>, bytes: Uint8Array) {
  if (dtype === null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !isBigEndian;
  switch (dtype) {
    case 'u1':
      return view.getUint8(0);
    case 'i1':
      return view.getInt8(0);
    case 'u2':
      return view.getUint16(0, little);
    case 'i2':
      return view.getInt16(0, little);
    case 'u4':
      return view.getUint32(0, little);
    case 'i4':
      return view.getInt32(0, little);
    case 'u8':
      return Number(view.getBigUint64(0, little));
    case 'i8':
      return Number(view.getBigInt64(0, little));
    case 'f4':
      return view.getFloat32(0, little);
    case 'f8':
      return view.getFloat64(0, little);
  }
}
