import type {
  ChunkTable,
  FrameRange,
  FrameValues,
  MaskLocation,
} from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';

/** Bytes of one row of a frame table: u64 LE offset, u32 LE size. */
export const ENTRY_BYTES = 12;

export interface ParsedTable {
  channel: string;
  firstFrame: number;
  rows: number;
  entries: Uint8Array;
  /** Rows with a stored frame. */
  framesStored: number;
}

export function framesIn(entries: Uint8Array): number {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  let frames = 0;
  for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
    if (view.getUint32(at + 8, true) > 0) frames++;
  }
  return frames;
}

/** Index of the last row with a stored frame; -1 when there is none. */
export function lastFrameIn(entries: Uint8Array): number {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  for (let row = Math.floor(entries.length / ENTRY_BYTES) - 1; row >= 0; row--) {
    if (view.getUint32(row * ENTRY_BYTES + 8, true) > 0) return row;
  }
  return -1;
}

/** A table says how many frames lie in a file; without entries, not where: then every row has its frame. */
export const isLocated = (table: { rows: number; entries: Uint8Array }): boolean =>
  table.entries.length === table.rows * ENTRY_BYTES;

/** Frames that a stored table counts for. */
export const framesOfTable = (table: { rows: number; entries: Uint8Array }): number =>
  isLocated(table) ? framesIn(table.entries) : table.rows;

/** The frames of a stored table as ranges of 0-based image ids, in order. */
export function rangesOfTable(table: {
  firstFrame: number;
  rows: number;
  entries: Uint8Array;
}): FrameRange[] {
  const { firstFrame, rows, entries } = table;
  if (!isLocated(table)) return [[firstFrame, firstFrame + rows - 1]];
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  const ranges: FrameRange[] = [];
  for (let row = 0; row < rows; row++) {
    if (view.getUint32(row * ENTRY_BYTES + 8, true) === 0) continue;
    const frame = firstFrame + row;
    const before = ranges.at(-1);
    if (before && before[1] === frame - 1) before[1] = frame;
    else ranges.push([frame, frame]);
  }
  return ranges;
}

const refuse = (sentence: string) => new AppError('BAD_INPUT', sentence);

/** Checks the tables of a file before anything believes them. Throws BAD_INPUT. */
export function parseTables(
  tables: readonly ChunkTable[],
  file: { sizeBytes: number; framesPerFile: number; channels: readonly string[] },
): ParsedTable[] {
  const seen = new Set<string>();
  return tables.map((table) => {
    const { channel, firstFrame, rows } = table;
    if (!file.channels.includes(channel)) throw refuse(`The dataset has no channel ${channel}.`);
    if (seen.has(channel)) throw refuse(`Channel ${channel} has two tables.`);
    seen.add(channel);
    if (rows > file.framesPerFile) {
      throw refuse(`${rows} rows are more than the ${file.framesPerFile} frames per file of the dataset.`);
    }
    const decoded = Buffer.from(table.entries, 'base64');
    if (decoded.length !== rows * ENTRY_BYTES) {
      throw refuse(`${rows} rows need ${rows * ENTRY_BYTES} bytes of entries, not ${decoded.length}.`);
    }
    const entries = new Uint8Array(decoded);
    checkEntries(entries, file.sizeBytes);
    return { channel, firstFrame, rows, entries, framesStored: framesIn(entries) };
  });
}

function checkEntries(entries: Uint8Array, sizeBytes: number): void {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  for (let at = 0; at < entries.length; at += ENTRY_BYTES) {
    const size = view.getUint32(at + 8, true);
    if (size === 0) continue;
    const offset = view.getBigUint64(at, true);
    // No frame stands first in a file but one that is the whole of it, as in a TIFF.
    const isWhole = offset === 0n && size === sizeBytes;
    if (!isWhole && (offset === 0n || offset + BigInt(size) > BigInt(sizeBytes))) {
      throw refuse(`Row ${at / ENTRY_BYTES} lies outside the file.`);
    }
  }
}

export interface ParsedValues {
  name: string;
  firstFrame: number;
  rows: number;
  /** float32 LE, NaN = none. */
  values: Uint8Array;
}

const VALUE_BYTES = 4;

/** Checks the numbers per frame that came with a file. Throws BAD_INPUT. */
export function parseFrameValues(
  given: readonly FrameValues[],
  file: { framesPerFile: number },
): ParsedValues[] {
  const seen = new Set<string>();
  return given.map(({ name, firstFrame, values: base64 }) => {
    if (seen.has(name)) throw refuse(`The values ${name} are there twice.`);
    seen.add(name);
    const values = new Uint8Array(Buffer.from(base64, 'base64'));
    const rows = values.length / VALUE_BYTES;
    if (rows === 0 || !Number.isInteger(rows) || rows > file.framesPerFile) {
      throw refuse(`The values ${name} must be four bytes for each of at most ${file.framesPerFile} frames.`);
    }
    return { name, firstFrame, rows, values };
  });
}

/** Throws BAD_INPUT unless every mask lies in the file and belongs to a channel. */
export function checkMasks(
  masks: readonly MaskLocation[],
  file: { sizeBytes: number; channels: readonly string[] },
): void {
  for (const mask of masks) {
    if (!file.channels.includes(mask.channel)) throw refuse(`The dataset has no channel ${mask.channel}.`);
    if (mask.offset + mask.sizeBytes > file.sizeBytes) {
      throw refuse(`The mask of ${mask.channel} lies outside the file.`);
    }
  }
}
