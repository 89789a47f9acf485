import { closeSync, existsSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { crc32c } from '@node-rs/crc32';
import { FRAME_VALUE_NAMES, type FrameValueName } from '#src/shared/model/frame-values.ts';
import { writeFully } from './write-fully.ts';

/*
 * Beside a growing data file and its chunk index: the numbers that came with its frames. One record per frame, written before
 * the frame's chunks, so that a process killed at any moment leaves no frame without them; a torn record at the end shows by
 * its CRC. The file is made with the first number: most detectors send none.
 *
 * record: u32 CRC32C of the rest · u32 row · u32 which values (bit i = FRAME_VALUE_NAMES[i]) · f32 for each of them, little
 * endian
 */

const HEAD_BYTES = 12;
const BIT_OF = new Map(FRAME_VALUE_NAMES.map((name, bit) => [name, bit]));

export type FrameNumbers = Readonly<Partial<Record<FrameValueName, number>>>;

function encodeRecord(row: number, values: readonly [FrameValueName, number][]): Buffer {
  const entries = values
    .map(([name, value]) => [BIT_OF.get(name)!, value] as const)
    .sort(([a], [b]) => a - b);
  const record = Buffer.alloc(HEAD_BYTES + 4 * entries.length);
  record.writeUInt32LE(row, 4);
  let bits = 0;
  for (const [index, [bit, value]] of entries.entries()) {
    bits |= 1 << bit;
    record.writeFloatLE(Math.fround(value), HEAD_BYTES + 4 * index);
  }
  record.writeUInt32LE(bits >>> 0, 8);
  record.writeUInt32LE(crc32c(record.subarray(4)), 0);
  return record;
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The numbers of the frames of one data file, by name and row. */
export class FrameValuesFile {
  private readonly path: string;
  private readonly rows: number;
  private readonly columns = new Map<FrameValueName, Float32Array<ArrayBuffer>>();
  private fd: number | null = null;
  private end = 0;

  /** @param rows that the data file has room for */
  private constructor(path: string, rows: number) {
    this.path = path;
    this.rows = rows;
  }

  /** For a new data file: what lies there is of none. */
  static create(path: string, rows: number): FrameValuesFile {
    rmSync(path, { force: true });
    return new FrameValuesFile(path, rows);
  }

  /** What a former process noted; a torn record at the end is cut off. */
  static recover(path: string, rows: number): FrameValuesFile {
    const file = new FrameValuesFile(path, rows);
    if (!existsSync(path)) return file;
    const bytes = readFileSync(path);
    while (file.end + HEAD_BYTES <= bytes.length) {
      const bits = bytes.readUInt32LE(file.end + 8);
      const end = file.end + HEAD_BYTES + 4 * countBits(bits);
      const record = bytes.subarray(file.end, end);
      if (end > bytes.length || crc32c(record.subarray(4)) !== record.readUInt32LE(0)) break;
      file.take(record.readUInt32LE(4), bits, record);
      file.end = end;
    }
    if (file.end !== bytes.length) truncateSync(path, file.end);
    return file;
  }

  private take(row: number, bits: number, record: Buffer): void {
    let at = HEAD_BYTES;
    for (const [bit, name] of FRAME_VALUE_NAMES.entries()) {
      if ((bits & (1 << bit)) === 0) continue;
      const column = this.columns.get(name) ?? new Float32Array(this.rows).fill(Number.NaN);
      this.columns.set(name, column);
      column[row] = record.readFloatLE(at);
      at += 4;
    }
  }

  /** Throws the file system's error (ENOSPC); the next record then overwrites what was written of this one. */
  note(row: number, values: FrameNumbers): void {
    const entries = Object.entries(values) as [FrameValueName, number][];
    if (entries.length === 0) return;
    const record = encodeRecord(row, entries);
    this.fd ??= openSync(this.path, this.end === 0 ? 'w' : 'r+', 0o600);
    writeFully(this.fd, record, this.end);
    this.end += record.length;
    this.take(row, record.readUInt32LE(8), record);
  }

  /** Of each name that any frame has: one number per row, NaN where a frame has none or is not `present`. */
  series(rows: number, present: (row: number) => boolean): { name: FrameValueName; values: Float32Array }[] {
    return FRAME_VALUE_NAMES.flatMap((name) => {
      const column = this.columns.get(name)?.slice(0, rows);
      // A process may have been killed between the numbers and the frame.
      column?.forEach((_, row) => {
        if (!present(row)) column[row] = Number.NaN;
      });
      return column ? [{ name, values: column }] : [];
    });
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }
}
