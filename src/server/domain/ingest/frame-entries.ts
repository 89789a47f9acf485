import type { ChunkTable, MaskLocation } from '../../../shared/contracts/agent-api.ts';
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
    if (offset === 0n || offset + BigInt(size) > BigInt(sizeBytes)) {
      throw refuse(`Row ${at / ENTRY_BYTES} lies outside the file.`);
    }
  }
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
