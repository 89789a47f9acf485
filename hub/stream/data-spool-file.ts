import { closeSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { CodecError } from '#src/shared/codecs/codec-error.ts';
import type { ChunkTable, FrameRange, FrameValues } from '#src/shared/contracts/agent-api.ts';
import {
  buildDataFileHead,
  type ChannelLayout,
  type ChunkEntry,
  dataFileHeadBytes,
} from '../hdf5/data-file.ts';
import { encodeGapChunk } from '../hdf5/gap-chunk.ts';
import { ChunkIndexWriter, type ChunkRecord, recoverChunkIndex } from './chunk-index.ts';
import { type FrameNumbers, FrameValuesFile } from './frame-values-file.ts';
import { writeFully } from './write-fully.ts';

/** Name of a data file in a series' folder of the spool; `number` from 1. */
export const dataFileName = (number: number) => `data_${String(number).padStart(6, '0')}.h5`;

/** The number of a data file in a series' folder of the spool; null when the name is another file's. */
export function dataFileNumber(name: string): number | null {
  const digits = /^data_(\d+)\.h5$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

export interface DataFilePlace {
  clientId: string;
  seriesKey: string;
  /** From 1. */
  number: number;
  path: string;
  channels: readonly ChannelLayout[];
  framesPerFile: number;
}

/**
 * One growing HDF5 data file in the spool. Chunks are appended behind the room of the head in order of arrival and never
 * move; the head is written by `finish`. Beside it lies the chunk index, from which a killed process goes on.
 */
export class DataSpoolFile {
  readonly clientId: string;
  readonly seriesKey: string;
  readonly number: number;
  readonly path: string;
  /** 0-based image id of row 0. */
  readonly firstFrame: number;
  readonly headBytes: number;
  private readonly channels: readonly ChannelLayout[];
  private readonly framesPerFile: number;
  /** offset and size of (row, channel) at row · channels + channel; size 0 = not there. */
  private readonly offsets: Float64Array;
  private readonly sizes: Uint32Array;
  private readonly seen: Uint8Array;
  private readonly fd: number;
  private index: ChunkIndexWriter | null;
  private readonly numbers: FrameValuesFile;
  private end: number;
  private arrived = 0;
  private highestRow = -1;
  private firstMs = 0;
  private lastMs = 0;

  private constructor(place: DataFilePlace, fd: number, index: ChunkIndexWriter, numbers: FrameValuesFile) {
    this.clientId = place.clientId;
    this.seriesKey = place.seriesKey;
    this.number = place.number;
    this.path = place.path;
    this.channels = place.channels;
    this.framesPerFile = place.framesPerFile;
    this.firstFrame = (place.number - 1) * place.framesPerFile;
    this.headBytes = dataFileHeadBytes(place.channels, place.framesPerFile);
    this.offsets = new Float64Array(place.framesPerFile * place.channels.length);
    this.sizes = new Uint32Array(place.framesPerFile * place.channels.length);
    this.seen = new Uint8Array(place.framesPerFile);
    this.end = this.headBytes;
    this.fd = fd;
    this.index = index;
    this.numbers = numbers;
  }

  /** Makes the file, or takes over one that lies there to be overwritten (`used`). Throws the file system's error (ENOSPC). */
  static create(place: DataFilePlace, used = false): DataSpoolFile {
    const numbers = FrameValuesFile.create(valuesPathOf(place.path), place.framesPerFile);
    return DataSpoolFile.open(place, used ? 'r+' : 'w+', 0, numbers);
  }

  private static open(
    place: DataFilePlace,
    flags: string,
    records: number,
    numbers: FrameValuesFile,
  ): DataSpoolFile {
    const fd = openSync(place.path, flags, 0o600);
    try {
      return new DataSpoolFile(place, fd, new ChunkIndexWriter(indexPathOf(place.path), records), numbers);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /**
   * What a former process left of it. A chunk after the last index record was not taken over and is overwritten. After a
   * power cut (`verify`) the index may have reached the disk before the bytes it speaks of: then every chunk is decoded,
   * and those that do not decode are given up; their frames are returned.
   */
  static recover(place: DataFilePlace, verify: boolean): { file: DataSpoolFile; damaged: number[] } {
    const records = recoverChunkIndex(indexPathOf(place.path));
    const numbers = FrameValuesFile.recover(valuesPathOf(place.path), place.framesPerFile);
    const file = DataSpoolFile.open(place, 'r+', records.length, numbers);
    const damaged = new Set<number>();
    for (const record of records) {
      if (verify && !file.decodes(record)) damaged.add(file.firstFrame + record.row);
      else file.take(record);
    }
    return { file, damaged: [...damaged] };
  }

  private decodes({ channel, offset, sizeBytes }: ChunkRecord): boolean {
    const layout = this.channels[channel];
    if (layout === undefined) return false;
    const bytes = new Uint8Array(sizeBytes);
    if (readSync(this.fd, bytes, 0, sizeBytes, offset) !== sizeBytes) return false;
    try {
      const { filter, dtype, shape } = layout;
      decodeChunk({ filter, dtype, bytes, elements: shape[0] * shape[1] });
      return true;
    } catch (error) {
      if (error instanceof CodecError) return false;
      throw error;
    }
  }

  /** Bytes of the file so far, including the room of the head. */
  get sizeBytes(): number {
    return this.end;
  }

  /** Highest row in use + 1. */
  get rows(): number {
    return this.highestRow + 1;
  }

  /** Rows of which something arrived. */
  get framesArrived(): number {
    return this.arrived;
  }

  get firstFrameAtMs(): number {
    return this.firstMs;
  }

  get lastFrameAtMs(): number {
    return this.lastMs;
  }

  hasRow(row: number): boolean {
    return this.seen[row] === 1;
  }

  hasChunk(row: number, channel: number): boolean {
    return this.sizes[row * this.channels.length + channel] !== 0;
  }

  /** Image ids of which something is here; which channels of them are, the tables tell. */
  *frames(): Generator<number> {
    for (let row = 0; row < this.rows; row++) if (this.hasRow(row)) yield this.firstFrame + row;
  }

  /** Image ids of the first `rows` rows of which nothing is here. */
  absentFrames(rows: number): FrameRange[] {
    const absent: FrameRange[] = [];
    for (let row = 0; row < rows; row++) {
      if (this.hasRow(row)) continue;
      const frame = this.firstFrame + row;
      const last = absent.at(-1);
      if (last && last[1] === frame - 1) last[1] = frame;
      else absent.push([frame, frame]);
    }
    return absent;
  }

  /**
   * Numbers that came with a frame; given before its chunks, so that none is without them after a kill. Throws the file
   * system's error (ENOSPC); nothing is changed then.
   */
  noteValues(row: number, values: FrameNumbers): void {
    this.numbers.note(row, values);
  }

  /** Appends one compressed frame of one channel. Throws the file system's error (ENOSPC); nothing is changed then. */
  append(row: number, channel: number, bytes: Uint8Array, receivedAtMs: number): void {
    if (this.index === null) throw new Error(`${this.path} is finished`);
    const { index } = this;
    const record: ChunkRecord = { row, channel, offset: this.end, sizeBytes: bytes.length, receivedAtMs };
    this.orMakeRoom(() => {
      writeFully(this.fd, bytes, this.end);
      index.append(record);
    });
    this.take(record);
  }

  /** A file used again may be longer than what was written into it this time: what is behind is room when there is none. */
  private orMakeRoom(write: () => void): void {
    try {
      write();
    } catch (error) {
      ftruncateSync(this.fd, this.end);
      throw error;
    }
  }

  private take(record: ChunkRecord): void {
    const { row, channel, offset, sizeBytes, receivedAtMs } = record;
    const at = row * this.channels.length + channel;
    if (at >= this.sizes.length)
      throw new Error(`${this.path}: its index speaks of row ${row}, which it has not`);
    this.offsets[at] = offset;
    this.sizes[at] = sizeBytes;
    this.end = offset + sizeBytes;
    if (this.seen[row] === 0) {
      this.seen[row] = 1;
      this.arrived++;
    }
    if (row > this.highestRow) this.highestRow = row;
    if (this.firstMs === 0) this.firstMs = receivedAtMs;
    this.lastMs = receivedAtMs;
  }

  /** The stored bytes of one chunk; null when it never came. */
  read(row: number, channel: number): Uint8Array | null {
    const at = row * this.channels.length + channel;
    const size = this.sizes[at]!;
    if (size === 0) return null;
    const bytes = new Uint8Array(size);
    const wasClosed = this.index === null;
    const fd = wasClosed ? openSync(this.path, 'r') : this.fd;
    try {
      return readSync(fd, bytes, 0, size, this.offsets[at]!) === size ? bytes : null;
    } finally {
      if (wasClosed) closeSync(fd);
    }
  }

  /**
   * Writes the head for `rows` rows, and behind the frames what stands for those that never came, and closes the file; nothing can be
   * appended afterwards. Throws the file system's error (ENOSPC) and can be called again then; of a finished file it does nothing.
   */
  finish(rows: number): void {
    if (this.index === null) return;
    const { gaps, bytes } = this.gapChunks(rows);
    const fileBytes = this.end + bytes.length;
    const head = buildDataFileHead({
      channels: this.channels,
      framesPerFile: this.framesPerFile,
      frames: rows,
      firstImageNumber: this.firstFrame + 1,
      chunks: [...this.chunkEntries(rows), ...gaps],
      fileBytes,
    });
    this.orMakeRoom(() => {
      writeFully(this.fd, bytes, this.end);
      writeFully(this.fd, head, 0);
    });
    ftruncateSync(this.fd, fileBytes);
    this.end = fileBytes;
    this.close();
  }

  /** One chunk of invalid pixels for each channel that lacks frames; all its absent frames point at it (see gap-chunk.ts). */
  private gapChunks(rows: number): { gaps: ChunkEntry[]; bytes: Uint8Array } {
    const gaps: ChunkEntry[] = [];
    const chunks: Uint8Array[] = [];
    let offset = this.end;
    for (const [channel, layout] of this.channels.entries()) {
      const absent = Array.from({ length: rows }, (_, row) => row).filter(
        (row) => !this.hasChunk(row, channel),
      );
      if (absent.length === 0) continue;
      const chunk = encodeGapChunk(layout);
      for (const frame of absent) gaps.push({ frame, channel, offset, sizeBytes: chunk.length });
      chunks.push(chunk);
      offset += chunk.length;
    }
    return { gaps, bytes: Buffer.concat(chunks) };
  }

  /** Closes without finishing: `recover` goes on with it. */
  close(): void {
    const { index } = this;
    if (index === null) return;
    this.index = null;
    index.close();
    this.numbers.close();
    closeSync(this.fd);
  }

  private chunkEntries(rows: number): ChunkEntry[] {
    const entries: ChunkEntry[] = [];
    for (let frame = 0; frame < rows; frame++) {
      for (let channel = 0; channel < this.channels.length; channel++) {
        const at = frame * this.channels.length + channel;
        if (this.sizes[at] !== 0) {
          entries.push({ frame, channel, offset: this.offsets[at]!, sizeBytes: this.sizes[at]! });
        }
      }
    }
    return entries;
  }

  /** The numbers that came with the frames of the first `rows` rows, for the server; kept after `finish`. */
  frameValues(rows: number): FrameValues[] {
    return this.numbers
      .series(rows, (row) => this.hasRow(row))
      .map(({ name, values }) => ({
        name,
        firstFrame: this.firstFrame,
        values: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
      }));
  }

  /** Where the frames lie, one table per channel, for the server. */
  chunkTables(rows: number): ChunkTable[] {
    return this.channels.map((layout, channel) => {
      const entries = Buffer.alloc(rows * 12);
      for (let row = 0; row < rows; row++) {
        const at = row * this.channels.length + channel;
        if (this.sizes[at] === 0) continue;
        entries.writeBigUInt64LE(BigInt(this.offsets[at]!), row * 12);
        entries.writeUInt32LE(this.sizes[at]!, row * 12 + 8);
      }
      return { channel: layout.name, firstFrame: this.firstFrame, rows, entries: entries.toString('base64') };
    });
  }
}

export function indexPathOf(dataPath: string): string {
  return `${dataPath}.idx`;
}

export function valuesPathOf(dataPath: string): string {
  return `${dataPath}.values`;
}
