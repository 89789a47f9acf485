import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import type { Channel } from '#src/shared/contracts/geometry.ts';
import type { JobInput } from '#src/shared/contracts/job-run.ts';
import type { DtypeArray } from '#src/shared/model/dtype.ts';

const ENTRY_BYTES = 12;

export interface StoredFrame {
  /** 0-based image id. */
  frame: number;
  path: string;
  offset: number;
  sizeBytes: number;
}

/**
 * The frames of a channel that are stored and can be found, in order of their image ids. Frames that never came are left out, and so are
 * those of files whose frames were only counted (`countUnlocated`).
 */
export function listStoredFrames(input: JobInput, channel: string): StoredFrame[] {
  const found: StoredFrame[] = [];
  for (const file of input.dataset?.frames ?? []) {
    if (file.channel !== channel) continue;
    const table = Buffer.from(file.entries, 'base64');
    if (table.length === 0) continue;
    for (let row = 0; row < file.rows; row++) {
      const offset = Number(table.readBigUInt64LE(row * ENTRY_BYTES));
      const sizeBytes = table.readUInt32LE(row * ENTRY_BYTES + 8);
      if (sizeBytes > 0) found.push({ frame: file.firstFrame + row, path: file.path, offset, sizeBytes });
    }
  }
  return found.sort((a, b) => a.frame - b.frame);
}

/** How many frames of a channel are stored in files of which nobody noted where their frames lie: HDF5 of other programs. */
export function countUnlocated(input: JobInput, channel: string): number {
  return (input.dataset?.frames ?? [])
    .filter((file) => file.channel === channel && file.entries === '')
    .reduce((sum, { rows }) => sum + rows, 0);
}

/** Reads and decodes frames straight from their compressed chunks; holds one file open at a time. */
export class FrameReader {
  private readonly treeDir: string;
  private readonly channel: Channel;
  private open: { path: string; handle: FileHandle } | null = null;

  constructor(treeDir: string, channel: Channel) {
    this.treeDir = treeDir;
    this.channel = channel;
  }

  private async bytes(path: string, offset: number, sizeBytes: number): Promise<Uint8Array> {
    if (this.open?.path !== path) {
      await this.close();
      this.open = { path, handle: await open(join(this.treeDir, path), 'r') };
    }
    const buffer = Buffer.allocUnsafe(sizeBytes);
    const { bytesRead } = await this.open.handle.read(buffer, 0, sizeBytes, offset);
    if (bytesRead !== sizeBytes) throw new Error(`${path} ends before byte ${offset + sizeBytes}.`);
    return buffer;
  }

  /** Pixels, row by row. Throws when the file is not there or its bytes are not a frame of this channel. */
  async read(frame: Pick<StoredFrame, 'path' | 'offset' | 'sizeBytes'>): Promise<DtypeArray> {
    const { dtype, filter, shape } = this.channel;
    const bytes = await this.bytes(frame.path, frame.offset, frame.sizeBytes);
    return decodeChunk({ filter, dtype, bytes, elements: shape[0] * shape[1] });
  }

  async close(): Promise<void> {
    const handle = this.open?.handle;
    this.open = null;
    await handle?.close();
  }
}

/** The pixel mask of a channel from the master: 1 = do not use. Null when the master holds none of this size. */
export async function readMask(input: JobInput, channel: Channel): Promise<Uint8Array | null> {
  const { dataset, treeDir } = input;
  const place = dataset?.masks.find((mask) => mask.channel === channel.name) ?? dataset?.masks[0];
  if (!dataset?.masterPath || !place) return null;
  const [rows, columns] = channel.shape;
  if (place.shape[0] !== rows || place.shape[1] !== columns) return null;
  const reader = new FrameReader(treeDir, { ...channel, dtype: place.dtype, filter: place.filter });
  try {
    const raw = await reader.read({
      path: dataset.masterPath,
      offset: place.offset,
      sizeBytes: place.sizeBytes,
    });
    // NXdetector pixel_mask: any bit set is a reason not to use the pixel.
    return Uint8Array.from(raw as ArrayLike<number>, (value) => (value === 0 ? 0 : 1));
  } finally {
    await reader.close();
  }
}
