/**
 * Bob Jenkins' lookup3 "hashlittle" with initial value 0: the checksum of every HDF5 metadata block since format
 * version 2 (HDF5 File Format Specification 3.0, every "Checksum" field). Bytes are read little endian.
 */
export function lookup3(bytes: Uint8Array, length = bytes.length): number {
  let a = (0xdeadbeef + length) | 0;
  let b = a;
  let c = a;
  let offset = 0;
  let rest = length;
  while (rest > 12) {
    a = (a + word(bytes, offset)) | 0;
    b = (b + word(bytes, offset + 4)) | 0;
    c = (c + word(bytes, offset + 8)) | 0;
    // mix(a, b, c)
    a = (a - c) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4);
    b = (b + a) | 0;
    offset += 12;
    rest -= 12;
  }
  if (rest === 0) return c >>> 0; // only an empty input gets here; it must skip the final mixing
  a = (a + word(bytes, offset, rest)) | 0;
  if (rest > 4) b = (b + word(bytes, offset + 4, rest - 4)) | 0;
  if (rest > 8) c = (c + word(bytes, offset + 8, rest - 8)) | 0;
  // final(a, b, c)
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Up to four bytes as a little-endian word; missing high bytes count as zero. */
function word(bytes: Uint8Array, offset: number, available = 4): number {
  let value = bytes[offset]!;
  if (available > 1) value |= bytes[offset + 1]! << 8;
  if (available > 2) value |= bytes[offset + 2]! << 16;
  if (available > 3) value |= bytes[offset + 3]! << 24;
  return value;
}
