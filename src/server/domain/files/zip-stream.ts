import { crc32 } from 'node:zlib';

/**
 * A zip archive as it is sent (PKWARE APPNOTE 6.3.10): stored, since detector data are compressed already; a CRC-32 behind each file (4.3.9), so that
 * nothing is read twice; names in UTF-8 (4.4.4, bit 11); ZIP64 (4.5.3) for what 32 bits do not hold. How long it becomes is known before the first byte.
 */
export interface ZipEntry {
  /** With slashes, relative. */
  name: string;
  sizeBytes: number;
  changedAt: Date;
}

/** Bit 3: sizes and CRC come behind the file. Bit 11: the name is UTF-8. */
const FLAGS = 0x0808;
const FULL_16 = 0xffff;
const FULL_32 = 0xffffffff;

/** The number that is told in another place: from here on fields of 32 bits do not hold sizes and offsets. */
export interface ZipLimits {
  most: number;
}
const LIMITS: ZipLimits = { most: FULL_32 };

/** Date and time of MS-DOS (4.4.6), in UTC; years from 1980 to 2107. */
function dosTime(at: Date): number {
  const year = Math.min(2107, Math.max(1980, at.getUTCFullYear()));
  const date = ((year - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return ((date << 16) | time) >>> 0;
}

/** "Extended timestamp" of Info-ZIP: the time of change in seconds since 1970, UTC. */
function stamp(at: Date): Buffer {
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x5455, 0);
  field.writeUInt16LE(5, 2);
  field.writeUInt8(1, 4);
  field.writeUInt32LE(Math.min(FULL_32, Math.max(0, Math.floor(at.getTime() / 1000))), 5);
  return field;
}

function zip64Field(values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0);
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(0x0001, 0);
  field.writeUInt16LE(8 * values.length, 2);
  for (const [i, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  return field;
}

function localHeader(entry: ZipEntry, { most }: ZipLimits): Buffer {
  const isLarge = entry.sizeBytes >= most;
  const name = Buffer.from(entry.name);
  // Its presence says that the sizes behind the file have 64 bits (4.3.9.2); they are not here (bit 3).
  const extra = Buffer.concat([zip64Field(isLarge ? [0, 0] : []), stamp(entry.changedAt)]);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(isLarge ? 45 : 20, 4);
  head.writeUInt16LE(FLAGS, 6);
  head.writeUInt32LE(dosTime(entry.changedAt), 10);
  head.writeUInt32LE(isLarge ? FULL_32 : 0, 18);
  head.writeUInt32LE(isLarge ? FULL_32 : 0, 22);
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(extra.length, 28);
  return Buffer.concat([head, name, extra]);
}

function descriptor(entry: ZipEntry, crc: number, { most }: ZipLimits): Buffer {
  const isLarge = entry.sizeBytes >= most;
  const tail = Buffer.alloc(isLarge ? 24 : 16);
  tail.writeUInt32LE(0x08074b50, 0);
  tail.writeUInt32LE(crc, 4);
  if (isLarge) {
    tail.writeBigUInt64LE(BigInt(entry.sizeBytes), 8);
    tail.writeBigUInt64LE(BigInt(entry.sizeBytes), 16);
  } else {
    tail.writeUInt32LE(entry.sizeBytes, 8);
    tail.writeUInt32LE(entry.sizeBytes, 12);
  }
  return tail;
}

function centralHeader(entry: ZipEntry, crc: number, offset: number, { most }: ZipLimits): Buffer {
  const isLarge = entry.sizeBytes >= most;
  const isFar = offset >= most;
  const name = Buffer.from(entry.name);
  const wide = [...(isLarge ? [entry.sizeBytes, entry.sizeBytes] : []), ...(isFar ? [offset] : [])];
  const extra = Buffer.concat([zip64Field(wide), stamp(entry.changedAt)]);
  const head = Buffer.alloc(46);
  const needed = isLarge || isFar ? 45 : 20;
  head.writeUInt32LE(0x02014b50, 0);
  // Made under UNIX (3), whose rights stand in the upper half of the attributes: a file, rw-r--r--.
  head.writeUInt16LE((3 << 8) | 45, 4);
  head.writeUInt16LE(needed, 6);
  head.writeUInt16LE(FLAGS, 8);
  head.writeUInt32LE(dosTime(entry.changedAt), 12);
  head.writeUInt32LE(crc, 16);
  head.writeUInt32LE(isLarge ? FULL_32 : entry.sizeBytes, 20);
  head.writeUInt32LE(isLarge ? FULL_32 : entry.sizeBytes, 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE((0o100644 << 16) >>> 0, 38);
  head.writeUInt32LE(isFar ? FULL_32 : offset, 42);
  return Buffer.concat([head, name, extra]);
}

function endOf(count: number, size: number, offset: number, { most }: ZipLimits): Buffer {
  const isWide = count >= FULL_16 || size >= most || offset >= most;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(isWide ? FULL_16 : count, 8);
  end.writeUInt16LE(isWide ? FULL_16 : count, 10);
  end.writeUInt32LE(isWide ? FULL_32 : size, 12);
  end.writeUInt32LE(isWide ? FULL_32 : offset, 16);
  if (!isWide) return end;
  const wide = Buffer.alloc(56 + 20);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeUInt16LE((3 << 8) | 45, 12);
  wide.writeUInt16LE(45, 14);
  wide.writeBigUInt64LE(BigInt(count), 24);
  wide.writeBigUInt64LE(BigInt(count), 32);
  wide.writeBigUInt64LE(BigInt(size), 40);
  wide.writeBigUInt64LE(BigInt(offset), 48);
  wide.writeUInt32LE(0x07064b50, 56);
  wide.writeBigUInt64LE(BigInt(offset + size), 64);
  wide.writeUInt32LE(1, 72);
  return Buffer.concat([wide, end]);
}

/** Bytes of the whole archive. */
export function zipLength(entries: readonly ZipEntry[], limits = LIMITS): number {
  let offset = 0;
  let central = 0;
  for (const entry of entries) {
    central += centralHeader(entry, 0, offset, limits).length;
    offset += localHeader(entry, limits).length + entry.sizeBytes + descriptor(entry, 0, limits).length;
  }
  return offset + central + endOf(entries.length, central, offset, limits).length;
}

/**
 * The archive, piece by piece as it is taken; of the files no more than one piece is held at a time. Throws when what `read` gives is not as long as was
 * said: then the archive ends in the middle, and every program sees that it is cut.
 */
export async function* zipStream<Entry extends ZipEntry>(
  entries: readonly Entry[],
  read: (entry: Entry) => AsyncIterable<Uint8Array>,
  limits = LIMITS,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  const written: { crc: number; offset: number }[] = [];
  for (const entry of entries) {
    const head = localHeader(entry, limits);
    yield head;
    let [crc, sizeBytes] = [0, 0];
    for await (const piece of read(entry)) {
      crc = crc32(piece, crc);
      sizeBytes += piece.length;
      yield piece;
    }
    if (sizeBytes !== entry.sizeBytes) {
      throw new Error(
        `${entry.name} has ${sizeBytes} bytes in the store and ${entry.sizeBytes} in its record`,
      );
    }
    const tail = descriptor(entry, crc, limits);
    yield tail;
    written.push({ crc, offset });
    offset += head.length + sizeBytes + tail.length;
  }
  let size = 0;
  for (const [i, entry] of entries.entries()) {
    const head = centralHeader(entry, written[i]!.crc, written[i]!.offset, limits);
    size += head.length;
    yield head;
  }
  yield endOf(entries.length, size, offset, limits);
}
