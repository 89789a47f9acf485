import { ByteWriter } from './byte-writer.ts';

export interface HeaderMessage {
  /** Message type number, specification section IV.A.2. */
  type: number;
  flags: number;
  body: Uint8Array;
}

/** Largest message body: its size field has 16 bits, and the library rejects 65 535 and more (H5O_MESG_MAX_SIZE). */
export const MAX_MESSAGE_BYTES = 65_528;

/**
 * Object header version 2 in one block, without continuation (specification section IV.A.1.b). The block size field
 * always has four bytes, so that a group with thousands of links needs no other form.
 */
export function encodeObjectHeader(messages: readonly HeaderMessage[]): Uint8Array {
  const block = new ByteWriter();
  for (const message of messages) {
    if (message.body.length > MAX_MESSAGE_BYTES) {
      throw new Error(`HDF5 header message ${message.type} of ${message.body.length} bytes is too large`);
    }
    block.u8(message.type).u16(message.body.length).u8(message.flags).raw(message.body);
  }
  const blockBytes = block.toBytes();
  const sizeFieldOfFourBytes = 0x02;
  return new ByteWriter()
    .ascii('OHDR')
    .u8(2)
    .u8(sizeFieldOfFourBytes)
    .u32(blockBytes.length)
    .raw(blockBytes)
    .checksum()
    .toBytes();
}
