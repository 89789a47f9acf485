import { ByteWriter, type FileAddress } from './byte-writer.ts';
import { type ElementType, encodeDatatype } from './datatype.ts';
import type { HeaderMessage } from './object-header.ts';

// Header messages we write, each after its paragraph in section IV.A.2 of the HDF5 File Format Specification 3.0.

const CONSTANT = 0x01; // message flag: the library must not change it after the object was created

/** Dataspace, version 2 (IV.A.2.b). An empty shape is a scalar. The maximum is the current size: our files are finished. */
export function dataspaceBody(shape: readonly number[]): Uint8Array {
  const writer = new ByteWriter().u8(2).u8(shape.length).u8(0);
  writer.u8(shape.length === 0 ? 0 : 1);
  for (const extent of shape) writer.u64(extent);
  return writer.toBytes();
}

export function dataspaceMessage(shape: readonly number[]): HeaderMessage {
  return { type: 0x01, flags: 0, body: dataspaceBody(shape) };
}

export function datatypeMessage(type: ElementType): HeaderMessage {
  return { type: 0x03, flags: CONSTANT, body: encodeDatatype(type) };
}

export type SpaceAllocation = 'early' | 'late' | 'incremental';
const ALLOCATION_CODE: Record<SpaceAllocation, number> = { early: 1, late: 2, incremental: 3 };

/** Fill value, version 3 (IV.A.2.f); without a value the library's default, zero. Written only "if set by the user". */
export function fillValueMessage(allocation: SpaceAllocation, value?: Uint8Array): HeaderMessage {
  const writeIfSet = 2 << 2;
  const valueDefined = value === undefined ? 0 : 0x20;
  const writer = new ByteWriter().u8(3).u8(ALLOCATION_CODE[allocation] | writeIfSet | valueDefined);
  if (value !== undefined) writer.u32(value.length).raw(value);
  return { type: 0x05, flags: CONSTANT, body: writer.toBytes() };
}

/** Compact layout: the data inside the header (IV.A.2.i; version 3 says the same as 4 and older readers know it). */
export function compactLayoutMessage(data: Uint8Array): HeaderMessage {
  return { type: 0x08, flags: 0, body: new ByteWriter().u8(3).u8(0).u16(data.length).raw(data).toBytes() };
}

export function contiguousLayoutMessage(address: FileAddress, sizeBytes: number): HeaderMessage {
  const body = new ByteWriter().u8(3).u8(1).address(address).u64(sizeBytes).toBytes();
  return { type: 0x08, flags: 0, body };
}

/**
 * Chunked layout, version 4, indexed by a fixed array (IV.A.2.i, "Fixed Array"). Also for a single chunk: neggia knows
 * the fixed array but not the single-chunk index. `pageBits` must equal the one in the array's header.
 */
export function chunkedLayoutMessage(
  chunkShape: readonly number[],
  bytesPerElement: number,
  pageBits: number,
  indexAddress: FileAddress,
): HeaderMessage {
  const extents = [...chunkShape, bytesPerElement];
  // The library computes this width from the extents; since HDF5 2.0 it refuses files that say anything else.
  const dimensionBytes = Math.max(
    ...extents.map((extent) => Math.floor((Math.floor(Math.log2(extent)) + 8) / 8)),
  );
  const fixedArray = 3;
  const writer = new ByteWriter().u8(4).u8(2).u8(0).u8(extents.length).u8(dimensionBytes);
  for (const extent of extents) writer.uint(extent, dimensionBytes);
  writer.u8(fixedArray).u8(pageBits).address(indexAddress);
  return { type: 0x08, flags: 0, body: writer.toBytes() };
}

/** Virtual layout, version 4: the mapping lies in the global heap (IV.A.2.i, "Virtual Storage"). */
export function virtualLayoutMessage(heapAddress: FileAddress, heapIndex: number): HeaderMessage {
  return {
    type: 0x08,
    flags: 0,
    body: new ByteWriter().u8(4).u8(3).address(heapAddress).u32(heapIndex).toBytes(),
  };
}

export interface FilterDescription {
  id: number;
  name: string;
  clientValues: readonly number[];
}

/** Filter pipeline, version 2, one filter (IV.A.2.l). Names only for registered filters (id ≥ 256), not padded. */
export function filterPipelineMessage(filter: FilterDescription): HeaderMessage {
  const writer = new ByteWriter()
    .u8(2)
    .u8(1)
    .u16(filter.id)
    .u16(filter.name.length + 1);
  writer.u16(0).u16(filter.clientValues.length).cString(filter.name);
  for (const value of filter.clientValues) writer.u32(value);
  return { type: 0x0b, flags: CONSTANT, body: writer.toBytes() };
}

/** Attribute, version 3 (IV.A.2.m). */
export function attributeMessage(
  name: string,
  type: ElementType,
  shape: readonly number[],
  data: Uint8Array,
): HeaderMessage {
  const nameBytes = new ByteWriter().cString(name).toBytes();
  const datatype = encodeDatatype(type);
  const dataspace = dataspaceBody(shape);
  const writer = new ByteWriter()
    .u8(3)
    .u8(0)
    .u16(nameBytes.length)
    .u16(datatype.length)
    .u16(dataspace.length);
  writer.u8(isAscii(name) ? 0 : 1);
  return {
    type: 0x0c,
    flags: 0,
    body: writer.raw(nameBytes).raw(datatype).raw(dataspace).raw(data).toBytes(),
  };
}

/** Link info, version 0, links stored in the header itself (IV.A.2.c): no heap, no name index. */
export function linkInfoMessage(): HeaderMessage {
  return {
    type: 0x02,
    flags: 0,
    body: new ByteWriter().u8(0).u8(0).address(undefined).address(undefined).toBytes(),
  };
}

/** Group info, version 0, all defaults (IV.A.2.k). */
export function groupInfoMessage(): HeaderMessage {
  return { type: 0x0a, flags: CONSTANT, body: Uint8Array.of(0, 0) };
}

export type LinkTarget =
  | { kind: 'hard'; address: FileAddress }
  | { kind: 'soft'; path: string }
  | { kind: 'external'; fileName: string; path: string };

/** Link, version 1 (IV.A.2.g). */
export function linkMessage(name: string, target: LinkTarget): HeaderMessage {
  const nameBytes = new ByteWriter().ascii(name).toBytes();
  if (nameBytes.length === 0 || nameBytes.length > 0xffff || name.includes('/') || name.includes('\0')) {
    throw new Error(`"${name}" cannot be the name of an HDF5 link`);
  }
  const nameLengthOfTwoBytes = 0x01;
  const flags = nameLengthOfTwoBytes | 0x08 | (isAscii(name) ? 0 : 0x10);
  const writer = new ByteWriter().u8(1).u8(flags).u8(LINK_TYPE[target.kind]);
  if (!isAscii(name)) writer.u8(1);
  writer.u16(nameBytes.length).raw(nameBytes);
  switch (target.kind) {
    case 'hard':
      writer.address(target.address);
      break;
    case 'soft': {
      const path = new ByteWriter().ascii(target.path).toBytes();
      writer.u16(path.length).raw(path);
      break;
    }
    case 'external': {
      const versionAndFlags = 0;
      const value = new ByteWriter()
        .u8(versionAndFlags)
        .cString(target.fileName)
        .cString(target.path)
        .toBytes();
      writer.u16(value.length).raw(value);
      break;
    }
  }
  return { type: 0x06, flags: 0, body: writer.toBytes() };
}

const LINK_TYPE: Record<LinkTarget['kind'], number> = { hard: 0, soft: 1, external: 64 };

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
