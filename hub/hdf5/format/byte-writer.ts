import { lookup3 } from '#src/shared/hdf5/lookup3.ts';

/** An address in the file, or undefined for HDF5's "undefined address" (all bits set). */
export type FileAddress = number | undefined;

/** Bytes of an address and of a length in every file we write (superblock, "Size of Offsets/Lengths"). */
export const ADDRESS_BYTES = 8;

const textEncoder = new TextEncoder();

/** Little-endian output that grows; all HDF5 metadata is little endian (specification, section I). */
export class ByteWriter {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  length = 0;

  private reserve(count: number): number {
    const start = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return start;
  }

  u8(value: number): this {
    const at = this.reserve(1);
    this.view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.reserve(2);
    this.view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.reserve(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  u64(value: number): this {
    return this.uint(value, 8);
  }

  /** An unsigned integer of 1 to 8 bytes; values beyond 2^53 - 1 or the width are refused, never truncated. */
  uint(value: number, byteCount: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || (byteCount < 7 && value >= 2 ** (8 * byteCount))) {
      throw new RangeError(`${value} does not fit into an unsigned integer of ${byteCount} bytes`);
    }
    const at = this.reserve(byteCount);
    let rest = value;
    for (let index = 0; index < byteCount; index++) {
      this.bytes[at + index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return this;
  }

  address(address: FileAddress): this {
    if (address === undefined) return this.raw(UNDEFINED_ADDRESS);
    return this.u64(address);
  }

  raw(data: Uint8Array): this {
    const at = this.reserve(data.length);
    this.bytes.set(data, at);
    return this;
  }

  ascii(text: string): this {
    return this.raw(textEncoder.encode(text));
  }

  /** UTF-8 text with its terminating NUL. */
  cString(text: string): this {
    if (text.includes('\0')) throw new Error('a name in an HDF5 file cannot contain NUL');
    return this.raw(textEncoder.encode(text)).u8(0);
  }

  zeros(count: number): this {
    this.reserve(count);
    return this;
  }

  padTo(multiple: number): this {
    return this.zeros((multiple - (this.length % multiple)) % multiple);
  }

  /** Appends the lookup3 checksum of everything written so far. */
  checksum(): this {
    return this.u32(lookup3(this.bytes, this.length));
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}

const UNDEFINED_ADDRESS = new Uint8Array(ADDRESS_BYTES).fill(0xff);
