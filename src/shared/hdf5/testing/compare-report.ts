import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { decodeChunk } from '../../codecs/chunk.ts';
import { FRAME_ENTRY_BYTES } from '../../contracts/frame-index.ts';
import { byteLength } from '../../model/dtype.ts';
import type { RangeSource } from '../byte-source.ts';
import { type FrameChunks, frameChunks } from '../frame-chunks.ts';
import { Hdf5File } from '../hdf5-file.ts';

/** What `write_layouts.py` tells of one dataset. */
export interface ReportedDataset {
  dtype: string;
  shape: number[];
  channels: number;
  /** By image and channel, the channel going faster; SHA-256 of the pixels, null: never written. */
  frames: Record<string, string | null>;
  chunks?: Record<string, [offset: number, sizeBytes: number] | null>;
}

export type Report = Record<string, ReportedDataset>;

export function sourceOf(bytes: Uint8Array): RangeSource {
  return {
    sizeBytes: bytes.length,
    readRange: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

export const openFile = (path: string) => Hdf5File.open(sourceOf(readFileSync(path)));

export function entryOf({ entries }: FrameChunks, frame: number): [offset: number, sizeBytes: number] | null {
  const view = new DataView(
    entries.buffer,
    entries.byteOffset + frame * FRAME_ENTRY_BYTES,
    FRAME_ENTRY_BYTES,
  );
  const sizeBytes = view.getUint32(8, true);
  return sizeBytes === 0 ? null : [Number(view.getBigUint64(0, true)), sizeBytes];
}

export function pixelHash(bytes: Uint8Array, found: FrameChunks, frame: number): string | null {
  const entry = entryOf(found, frame);
  if (entry === null) return null;
  const [offset, sizeBytes] = entry;
  const { dtype, filter, shape } = found;
  const chunk = { dtype, filter, bytes: bytes.subarray(offset, offset + sizeBytes) };
  const pixels = decodeChunk({ ...chunk, elements: shape[0] * shape[1] });
  return createHash('sha256').update(new Uint8Array(pixels.buffer)).digest('hex');
}

function zerosHash({ shape, dtype }: FrameChunks): string {
  return createHash('sha256')
    .update(new Uint8Array(shape[0] * shape[1] * byteLength(dtype)))
    .digest('hex');
}

/** Finds every dataset of the report in the file, with the chunks and the pixels that h5py has; returns how many frames were compared. */
export async function compareWithReport(path: string, report: Report): Promise<number> {
  const bytes = new Uint8Array(readFileSync(path));
  const file = await Hdf5File.open(sourceOf(bytes));
  let compared = 0;
  for (const [name, told] of Object.entries(report)) {
    const dataset = await file.dataset(name);
    expect(dataset?.shape, name).toEqual(told.shape);
    for (let channel = 0; channel < told.channels; channel++) {
      const found = await frameChunks(file, dataset!, channel);
      expect(found.dtype, name).toBe(told.dtype);
      expect(found.shape, name).toEqual(told.shape.slice(-2));
      for (const [key, hash] of Object.entries(told.frames)) {
        if (Number(key) % told.channels !== channel) continue;
        const frame = Math.floor(Number(key) / told.channels);
        if (told.chunks) expect(entryOf(found, frame), `${name} ${key}`).toEqual(told.chunks[key]);
        // Where h5py does not tell chunks, it shows frames that were never written as zeros.
        const absent = told.chunks ? null : zerosHash(found);
        expect(pixelHash(bytes, found, frame) ?? absent, `${name} ${key}`).toBe(hash);
        compared++;
      }
    }
  }
  return compared;
}
