import { ByteReader, type FileForm } from './byte-reader.ts';
import { ByteSource, DEFAULT_LIMITS, type Hdf5Limits, type RangeSource } from './byte-source.ts';
import { damaged, unsupported } from './hdf5-error.ts';

/*
 * HDF5 File Format Specification 3.0, section II.A "Format Signature and Superblock". All section names in this folder are of that document.
 */

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** A user block of 512 bytes or a power of two times that may stand before the superblock. */
const USER_BLOCKS = [0, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
const SUPERBLOCK_BYTES = 128;
const WIDTHS = [2, 4, 8];

/** The structures of one file: gives readers over them. */
export class Metadata {
  readonly source: ByteSource;
  readonly form: FileForm;
  /** Of the header of its root group. */
  readonly rootAddress: number;

  private constructor(source: ByteSource, form: FileForm, rootAddress: number) {
    this.source = source;
    this.form = form;
    this.rootAddress = rootAddress;
  }

  static async open(file: RangeSource, limits: Hdf5Limits = DEFAULT_LIMITS): Promise<Metadata> {
    const source = new ByteSource(file, limits);
    for (const start of USER_BLOCKS) {
      if (start >= file.sizeBytes) break;
      const bytes = await source.atMost(start, SUPERBLOCK_BYTES, 'The superblock');
      if (SIGNATURE.every((byte, n) => bytes[n] === byte)) return Metadata.read(source, bytes, start);
    }
    throw damaged('It does not begin as HDF5 files do.');
  }

  private static read(source: ByteSource, bytes: Uint8Array, start: number): Metadata {
    const what = 'The superblock';
    const version = bytes[SIGNATURE.length] ?? 255;
    if (version > 3) throw unsupported(`Its superblock has version ${version}.`);
    const isOld = version < 2;
    const widthsAt = SIGNATURE.length + (isOld ? 5 : 1);
    const [addressBytes, lengthBytes] = [bytes[widthsAt] ?? 0, bytes[widthsAt + 1] ?? 0];
    if (!WIDTHS.includes(addressBytes) || !WIDTHS.includes(lengthBytes)) {
      throw damaged(`Its superblock says addresses of ${addressBytes} and lengths of ${lengthBytes} bytes.`);
    }
    const plain = { addressBytes, lengthBytes, baseAddress: 0 };
    const reader = new ByteReader(bytes, plain, what);
    reader.skip(widthsAt + 2);
    // Old: reserved byte, two numbers of the groups' B-trees and the flags; version 1 has one number more.
    reader.skip(isOld ? 9 + (version === 1 ? 4 : 0) : 1);
    // A base address of 0 in a file behind a user block means the same as the block's length.
    const baseAddress = (reader.address() ?? 0) || start;
    const form = { ...plain, baseAddress };
    // Free space or extension, end of file, and with the old ones the driver's information and the name of the root group.
    reader.skip((isOld ? 4 : 2) * addressBytes);
    const root = reader.address();
    if (root === null) throw damaged('Its superblock names no root group.');
    if (!isOld) reader.checksum();
    return new Metadata(source, form, root + baseAddress);
  }

  async read(address: number, length: number, what: string): Promise<ByteReader> {
    return new ByteReader(await this.source.bytes(address, length, what), this.form, what);
  }

  /** As many of `length` bytes as the file has from there on. */
  async readAtMost(address: number, length: number, what: string): Promise<ByteReader> {
    return new ByteReader(await this.source.atMost(address, length, what), this.form, what);
  }

  over(bytes: Uint8Array, what: string): ByteReader {
    return new ByteReader(bytes, this.form, what);
  }
}
