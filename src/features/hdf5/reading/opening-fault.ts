import { exactBytes } from '#src/components/format.ts';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const OPEN_FOR_WRITING = 1;

/**
 * Why a file would not open, from its first bytes (HDF5 File Format Specification, II.A); null: nothing is wrong there. The superblock
 * stands at 0, or behind a user block at 512, 1024, 2048 and so on.
 */
export function openingFault(
  read: (offset: number, length: number) => Uint8Array,
  sizeBytes: number,
): string | null {
  for (let at = 0; at + 48 <= sizeBytes; at = at === 0 ? 512 : at * 2) {
    const head = read(at, 96);
    if (!SIGNATURE.every((byte, n) => head[n] === byte)) continue;
    const version = head[8]!;
    if (version > 3)
      return `The file is of a version of HDF5 that is not known here (superblock ${version}).`;
    if (version === 3 && (head[11]! & OPEN_FOR_WRITING) !== 0) {
      return 'The file was still being written when it was stored: the program that writes it had not closed it. It can be read once it is closed and stored again.';
    }
    const sizeOfOffsets = version < 2 ? head[13]! : head[9]!;
    // Behind the base address: v0 and v1 have the address of the free space between, v2 and v3 that of the superblock extension.
    const first = version === 0 ? 24 : version === 1 ? 28 : 12;
    if (sizeOfOffsets !== 8) return null;
    const place = first + 16;
    if (place + 8 > head.length) return null;
    const end = new DataView(head.buffer, head.byteOffset, head.length).getBigUint64(place, true);
    if (end > BigInt(sizeBytes)) {
      return `The file ends too early: it says that it has ${exactBytes(Number(end))} and has ${exactBytes(sizeBytes)}. It was cut off, or was still being written when it was stored.`;
    }
    return null;
  }
  return sizeBytes === 0
    ? 'The file is empty.'
    : 'The file is no HDF5 file: the mark at its beginning is missing.';
}
