import { ADDRESS_BYTES, ByteWriter, type FileAddress } from './byte-writer.ts';

// Fixed array chunk index (specification, appendix on chunk indexes, "Fixed Array"): one entry per chunk in C order of the chunk grid.

/** Where a chunk lies; `undefined` in an index means: never written, readers give the fill value. */
export interface StoredChunk {
  address: number;
  sizeBytes: number;
}

export const FIXED_ARRAY_HEADER_BYTES = 28;

/**
 * Page bits so large that the data block is never split into pages. The library's own choice is 10 (1024 entries);
 * it takes the number from the file when reading.
 */
export function fixedArrayPageBits(entryCount: number): number {
  return Math.max(10, Math.ceil(Math.log2(Math.max(1, entryCount))));
}

/**
 * Bytes of the "chunk size" field in an entry of a filtered dataset. Not stored anywhere: the library computes it from
 * the unfiltered chunk size (H5Dfarray.c): one byte more than that size needs, at most eight.
 */
export function chunkSizeFieldBytes(unfilteredChunkBytes: number): number {
  return Math.min(8, 1 + Math.floor((Math.floor(Math.log2(unfilteredChunkBytes)) + 8) / 8));
}

export interface FixedArrayForm {
  filtered: boolean;
  unfilteredChunkBytes: number;
  entryCount: number;
}

function entryBytes(form: FixedArrayForm): number {
  const filterMaskBytes = 4;
  return form.filtered
    ? ADDRESS_BYTES + chunkSizeFieldBytes(form.unfilteredChunkBytes) + filterMaskBytes
    : ADDRESS_BYTES;
}

export function encodeFixedArrayHeader(form: FixedArrayForm, dataBlockAddress: FileAddress): Uint8Array {
  return new ByteWriter()
    .ascii('FAHD')
    .u8(0)
    .u8(form.filtered ? 1 : 0)
    .u8(entryBytes(form))
    .u8(fixedArrayPageBits(form.entryCount))
    .u64(form.entryCount)
    .address(dataBlockAddress)
    .checksum()
    .toBytes();
}

export function encodeFixedArrayDataBlock(
  form: FixedArrayForm,
  headerAddress: FileAddress,
  chunks: readonly (StoredChunk | undefined)[],
): Uint8Array {
  const writer = new ByteWriter()
    .ascii('FADB')
    .u8(0)
    .u8(form.filtered ? 1 : 0)
    .address(headerAddress);
  const sizeBytes = chunkSizeFieldBytes(form.unfilteredChunkBytes);
  for (let index = 0; index < form.entryCount; index++) {
    const chunk = chunks[index];
    writer.address(chunk?.address);
    if (form.filtered) {
      const everyFilterApplied = 0;
      writer.uint(chunk?.sizeBytes ?? 0, sizeBytes).u32(everyFilterApplied);
    }
  }
  return writer.checksum().toBytes();
}
