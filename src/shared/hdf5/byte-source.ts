import { damaged, Hdf5Error } from './hdf5-error.ts';

/** A file that is read by ranges: of a store, of the web, of a disk. */
export interface RangeSource {
  sizeBytes: number;
  /** Bytes [offset, offset + length), which lie within the file. */
  readRange(offset: number, length: number): Promise<Uint8Array>;
}

/** What reading the metadata of one file may take; honest files need far less. */
export interface Hdf5Limits {
  /** Bytes fetched from the source. */
  fetchedBytes: number;
  /** Structures looked at: stops files whose parts lead to each other in circles. */
  structures: number;
  /** Longest single structure. */
  structureBytes: number;
}

export const DEFAULT_LIMITS: Hdf5Limits = {
  fetchedBytes: 256 * 1024 * 1024,
  structures: 1_000_000,
  structureBytes: 64 * 1024 * 1024,
};

/** Nodes of an index lie scattered between the chunks: larger pieces would fetch pixels with them. */
const PIECE_BYTES = 8192;
/** Superblock, groups and headers mostly lie at the start. */
const FIRST_PIECES = 8;
const MAX_KEPT_PIECES = 4096;

/** Reads structures of a file, in pieces that are kept. Throws Hdf5Error; what the source throws goes through. */
export class ByteSource {
  readonly sizeBytes: number;
  private readonly source: RangeSource;
  private readonly limits: Hdf5Limits;
  private readonly pieces = new Map<number, Uint8Array>();
  private fetchedBytes = 0;
  private structures = 0;

  constructor(source: RangeSource, limits: Hdf5Limits) {
    this.source = source;
    this.sizeBytes = source.sizeBytes;
    this.limits = limits;
  }

  private async fetch(first: number, last: number): Promise<void> {
    const offset = first * PIECE_BYTES;
    const length = Math.min((last + 1) * PIECE_BYTES, this.sizeBytes) - offset;
    this.fetchedBytes += length;
    if (this.fetchedBytes > this.limits.fetchedBytes) {
      throw new Hdf5Error('too-large', `Its metadata are more than ${this.limits.fetchedBytes} bytes.`);
    }
    const bytes = await this.source.readRange(offset, length);
    if (bytes.length !== length) throw damaged(`The file ends at byte ${offset + bytes.length}.`);
    while (this.pieces.size > MAX_KEPT_PIECES) this.pieces.delete(this.pieces.keys().next().value!);
    for (let piece = first; piece <= last; piece++) {
      const from = (piece - first) * PIECE_BYTES;
      this.pieces.set(piece, bytes.subarray(from, from + PIECE_BYTES));
    }
  }

  /** Pieces [first, last], as they are kept; missing neighbours are fetched in one range. */
  private async piecesOf(first: number, last: number): Promise<Uint8Array[]> {
    const found: Uint8Array[] = [];
    for (let piece = first; piece <= last; piece++) {
      if (!this.pieces.has(piece)) {
        let end = piece;
        while (end < last && !this.pieces.has(end + 1)) end++;
        const isStart = piece === 0 && this.fetchedBytes === 0;
        const ahead = Math.min(FIRST_PIECES, Math.ceil(this.sizeBytes / PIECE_BYTES)) - 1;
        await this.fetch(piece, isStart ? Math.max(end, ahead) : end);
      }
      found.push(this.pieces.get(piece)!);
    }
    return found;
  }

  /** Bytes [offset, offset + length), not to be written to. @param what names the structure when the file does not hold them */
  async bytes(offset: number, length: number, what: string): Promise<Uint8Array> {
    if (++this.structures > this.limits.structures) {
      throw new Hdf5Error('too-large', `It has more than ${this.limits.structures} structures.`);
    }
    if (length > this.limits.structureBytes) {
      throw new Hdf5Error('too-large', `${what} has ${length} bytes.`);
    }
    if (offset < 0 || length < 0 || offset + length > this.sizeBytes) {
      throw damaged(
        `${what} (${length} bytes at ${offset}) lies outside the file of ${this.sizeBytes} bytes.`,
      );
    }
    if (length === 0) return new Uint8Array(0);
    const first = Math.floor(offset / PIECE_BYTES);
    const last = Math.floor((offset + length - 1) / PIECE_BYTES);
    const pieces = await this.piecesOf(first, last);
    const from = offset - first * PIECE_BYTES;
    if (first === last) return pieces[0]!.subarray(from, from + length);
    const joined = new Uint8Array(length);
    for (const [n, piece] of pieces.entries()) {
      const at = n * PIECE_BYTES - from;
      const part = at < 0 ? piece.subarray(-at) : piece;
      const start = Math.max(at, 0);
      joined.set(part.subarray(0, length - start), start);
    }
    return joined;
  }

  /** Up to `length` bytes from `offset` on, fewer at the end of the file. */
  async atMost(offset: number, length: number, what: string): Promise<Uint8Array> {
    return this.bytes(offset, Math.max(0, Math.min(length, this.sizeBytes - offset)), what);
  }
}
