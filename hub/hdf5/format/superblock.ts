import { ADDRESS_BYTES, ByteWriter } from './byte-writer.ts';

export const SUPERBLOCK_BYTES = 48;

/**
 * Superblock version 3 (specification section II.A). Version 3 rather than 2 because layout message version 4 came
 * with the same library release (1.10); readers that know only older files refuse at once instead of half-way.
 * The consistency flags stay 0: the file is never open for writing when somebody reads it.
 */
export function encodeSuperblock(endOfFileAddress: number, rootGroupAddress: number): Uint8Array {
  return new ByteWriter()
    .raw(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a))
    .u8(3)
    .u8(ADDRESS_BYTES)
    .u8(ADDRESS_BYTES)
    .u8(0)
    .address(0)
    .address(undefined)
    .address(endOfFileAddress)
    .address(rootGroupAddress)
    .checksum()
    .toBytes();
}
