import { byteLength, type Dtype, isFloatDtype, isSignedDtype } from '#src/shared/model/dtype.ts';
import { ByteWriter } from './byte-writer.ts';

/** Element type of a dataset or attribute: a number, or text of a fixed number of bytes padded with NUL. */
export type ElementType = Dtype | { textBytes: number; utf8: boolean };

export function elementBytes(type: ElementType): number {
  return typeof type === 'string' ? byteLength(type) : type.textBytes;
}

/** Datatype message body, version 1 (specification section IV.A.2.d), little endian. */
export function encodeDatatype(type: ElementType): Uint8Array {
  if (typeof type !== 'string') return encodeText(type);
  return isFloatDtype(type) ? encodeFloat(type) : encodeInteger(type);
}

function classAndVersion(datatypeClass: number): number {
  const version = 1;
  return (version << 4) | datatypeClass;
}

function encodeInteger(type: Dtype): Uint8Array {
  const size = byteLength(type);
  return new ByteWriter()
    .u8(classAndVersion(0))
    .u8(isSignedDtype(type) ? 0x08 : 0x00)
    .u16(0)
    .u32(size)
    .u16(0)
    .u16(size * 8)
    .toBytes();
}

/** IEEE 754: sign bit on top, implied leading one of the mantissa (bits 4-5 of the class field = 2). */
function encodeFloat(type: Dtype): Uint8Array {
  const double = byteLength(type) === 8;
  const mantissaBits = double ? 52 : 23;
  return new ByteWriter()
    .u8(classAndVersion(1))
    .u8(0x20)
    .u8(double ? 63 : 31)
    .u8(0)
    .u32(double ? 8 : 4)
    .u16(0)
    .u16(double ? 64 : 32)
    .u8(mantissaBits)
    .u8(double ? 11 : 8)
    .u8(0)
    .u8(mantissaBits)
    .u32(double ? 1023 : 127)
    .toBytes();
}

function encodeText(type: { textBytes: number; utf8: boolean }): Uint8Array {
  const nullPadded = 1;
  return new ByteWriter()
    .u8(classAndVersion(3))
    .u8(nullPadded | ((type.utf8 ? 1 : 0) << 4))
    .u16(0)
    .u32(type.textBytes)
    .toBytes();
}
