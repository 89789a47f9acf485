import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import type { Channel } from '#src/shared/contracts/geometry.ts';
import type { JobDataset } from '#src/shared/contracts/job-run.ts';
import type { DtypeArray } from '#src/shared/model/dtype.ts';

const ENTRY_BYTES = 12;

export interface StoredFrame {
  /** 0-based image id. */
  frame: number;
  path: string;
  /** Of the file. */
  version: number;
  offset: number;
  sizeBytes: number;
}

/** Where the bytes of a frame are; without the version of a file that is never rewritten. */
type FramePlace = Pick<StoredFrame, 'path' | 'offset' | 'sizeBytes'> & Partial<Pick<StoredFrame, 'version'>>;

/**
 * The frames of a channel that are stored and can be found, in order of their image ids. Frames that never came are left out, and so are
 * those of files whose frames were only counted (`countUnlocated`).
 */
export function listStoredFrames({ frames }: Pick<JobDataset, 'frames'>, channel: string): StoredFrame[] {
  const found: StoredFrame[] = [];
  for (const file of frames) {
    if (file.channel !== channel) continue;
    const table = Buffer.from(file.entries, 'base64');
    if (table.length === 0) continue;
    for (let row = 0; row < file.rows; row++) {
      const offset = Number(table.readBigUInt64LE(row * ENTRY_BYTES));
      const sizeBytes = table.readUInt32LE(row * ENTRY_BYTES + 8);
      const { path, version } = file;
      if (sizeBytes > 0) found.push({ frame: file.firstFrame + row, path, version, offset, sizeBytes });
    }
  }
  return found.sort((a, b) => a.frame - b.frame);
}

/** How many frames of a channel are stored in files of which nobody noted where their frames lie: HDF5 of other programs. */
export function countUnlocated({ frames }: Pick<JobDataset, 'frames'>, channel: string): number {
  return frames
    .filter((file) => file.channel === channel && file.entries === '')
    .reduce((sum, { rows }) => sum + rows, 0);
}

/** Reads and decodes frames straight from their compressed chunks; holds one file open at a time, and the pixels of one frame. */
export class FrameReader {
  private readonly treeDir: string;
  private readonly channel: Channel;
  private open: { path: string; version: number | undefined; handle: FileHandle } | null = null;
  private memory: ArrayBuffer | undefined;

  constructor(treeDir: string, channel: Channel) {
    this.treeDir = treeDir;
    this.channel = channel;
  }

  private async bytes({ path, version, offset, sizeBytes }: FramePlace): Promise<Uint8Array> {
    if (this.open?.path !== path || this.open.version !== version) {
      await this.close();
      this.open = { path, version, handle: await open(join(this.treeDir, path), 'r') };
    }
    const buffer = Buffer.allocUnsafe(sizeBytes);
    const { bytesRead } = await this.open.handle.read(buffer, 0, sizeBytes, offset);
    if (bytesRead !== sizeBytes) throw new Error(`${path} ends before byte ${offset + sizeBytes}.`);
    return buffer;
  }

  /** Pixels, row by row, until the next is read. Throws when the file is not there or its bytes are not a frame of this channel. */
  async read(frame: FramePlace): Promise<DtypeArray> {
    const { dtype, filter, shape } = this.channel;
    const bytes = await this.bytes(frame);
    const pixels = decodeChunk({ filter, dtype, bytes, elements: shape[0] * shape[1] }, this.memory);
    this.memory = pixels.buffer as ArrayBuffer;
    return pixels;
  }

  async close(): Promise<void> {
    const handle = this.open?.handle;
    this.open = null;
    await handle?.close();
  }
}

/** The pixel mask of a channel from the master: 1 = do not use. Null when the master holds none of this size. */
export async function readMask(
  treeDir: string,
  dataset: Pick<JobDataset, 'masks' | 'masterPath'>,
  channel: Channel,
): Promise<Uint8Array | null> {
  const place = dataset.masks.find((mask) => mask.channel === channel.name) ?? dataset.masks[0];
  if (!dataset.masterPath || !place) return null;
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
