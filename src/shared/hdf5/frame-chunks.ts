import type { ChunkFilterName } from '../codecs/chunk.ts';
import { FRAME_ENTRY_BYTES } from '../contracts/frame-index.ts';
import { byteLength, type Dtype } from '../model/dtype.ts';
import { damaged, Hdf5Error, unsupported } from './hdf5-error.ts';
import type { Hdf5Dataset, Hdf5File } from './hdf5-file.ts';
import type { Hdf5Filter } from './layout.ts';

/** Frames of one channel in one dataset: where each of them lies. */
export interface FrameChunks {
  dtype: Dtype;
  /** [rows (slow), columns (fast)] */
  shape: [number, number];
  filter: ChunkFilterName;
  frames: number;
  /** frames × (u64 LE offset, u32 LE size), as in a frame table; size 0: never written. */
  entries: Uint8Array;
}

const SHUFFLE = 2;
const DEFLATE = 1;
const LZ4 = 32004;
const BITSHUFFLE = 32008;
const BITSHUFFLE_LZ4 = 2;
const BITSHUFFLE_ZSTD = 3;
const MAX_FRAMES = 10_000_000;

/** Throws Hdf5Error for filters that are not decoded here, with their numbers. */
export function chunkFilterOf(filters: readonly Hdf5Filter[]): ChunkFilterName {
  const ids = filters.map(({ id }) => id).join(' ');
  if (ids === '') return 'none';
  if (ids === `${DEFLATE}`) return 'gzip';
  if (ids === `${SHUFFLE} ${DEFLATE}`) return 'shuffle-gzip';
  if (ids === `${LZ4}`) return 'lz4';
  // Client value 4 of bitshuffle says what compresses behind it (bitshuffle, "bshuf_h5filter.c").
  const inner = filters[0]!.values[4] ?? 0;
  if (ids === `${BITSHUFFLE}` && inner === BITSHUFFLE_LZ4) return 'bslz4';
  if (ids === `${BITSHUFFLE}` && inner === BITSHUFFLE_ZSTD) return 'bszstd';
  throw unsupported(`Its pixels are packed by HDF5 filter ${filters.map(({ id }) => id).join(', then ')}.`);
}

/** Of a dataset [frame, y, x], [frame, channel, y, x] or [y, x]. Throws Hdf5Error when it is none with pixels of a known type. */
export function frameFormOf({ shape, type }: Hdf5Dataset): {
  frames: number;
  channels: number;
  dtype: Dtype;
  shape: [number, number];
} {
  if (type.kind !== 'number' || type.dtype === null)
    throw unsupported('Its elements are not numbers of 1 to 8 bytes.');
  if (type.isBigEndian) throw unsupported('Its numbers are big-endian.');
  if (shape.length < 2 || shape.length > 4)
    throw unsupported(`It has ${shape.length} axes: frames have 2 to 4.`);
  const [columns, rows] = [shape.at(-1)!, shape.at(-2)!];
  const frames = shape.length > 2 ? shape[0]! : 1;
  const channels = shape.length === 4 ? shape[1]! : 1;
  if (rows < 1 || columns < 1 || channels < 1) throw unsupported('Its frames have no pixels.');
  if (frames > MAX_FRAMES) throw new Hdf5Error('too-large', `It has ${frames} frames.`);
  return { frames, channels, dtype: type.dtype, shape: [rows, columns] };
}

class FrameTable {
  readonly entries: Uint8Array;
  private readonly view: DataView;

  constructor(frames: number) {
    this.entries = new Uint8Array(frames * FRAME_ENTRY_BYTES);
    this.view = new DataView(this.entries.buffer);
  }

  set(frame: number, offset: number, sizeBytes: number): void {
    if (sizeBytes < 1 || sizeBytes >= 2 ** 32) throw damaged(`Frame ${frame} has ${sizeBytes} bytes.`);
    this.view.setBigUint64(frame * FRAME_ENTRY_BYTES, BigInt(offset), true);
    this.view.setUint32(frame * FRAME_ENTRY_BYTES + 8, sizeBytes, true);
  }
}

const PARTS = 'Its chunks are parts of frames or hold several: single frames cannot be fetched.';

/**
 * Where the frames of one channel lie in a dataset of the file. Throws Hdf5Error when they cannot be fetched one by one, or are packed in a
 * way that is not decoded here.
 */
export async function frameChunks(file: Hdf5File, dataset: Hdf5Dataset, channel = 0): Promise<FrameChunks> {
  const { layout, filters } = dataset;
  const { frames, channels, dtype, shape } = frameFormOf(dataset);
  if (channel >= channels) throw new Hdf5Error('absent', `It has no channel ${channel}.`);
  const frameBytes = shape[0] * shape[1] * byteLength(dtype);
  const filter = chunkFilterOf(filters);
  const table = new FrameTable(frames);
  const plain = { dtype, shape, filter, frames, entries: table.entries };
  switch (layout.kind) {
    case 'virtual':
      throw unsupported('It is a view of frames in other files.');
    case 'compact':
      throw unsupported('Its frames stand in its header.');
    case 'contiguous':
      if (layout.address === null) return plain;
      for (let frame = 0; frame < frames; frame++) {
        const offset = layout.address + (frame * channels + channel) * frameBytes;
        if (offset + frameBytes > file.sizeBytes) throw damaged(`Frame ${frame} lies outside the file.`);
        table.set(frame, offset, frameBytes);
      }
      return plain;
    case 'chunked': {
      const { chunk } = layout;
      const isWhole = chunk.at(-1) === shape[1] && chunk.at(-2) === shape[0];
      const perChunk = chunk.length > 2 ? chunk[0]! : 1;
      const channelsPerChunk = chunk.length === 4 ? chunk[1]! : 1;
      // Without a filter a chunk may hold several frames: each of them is a range of it.
      if (!isWhole || (filter !== 'none' && perChunk * channelsPerChunk > 1)) throw unsupported(PARTS);
      await file.visitChunks(dataset, ({ at, offset, sizeBytes, filterMask }) => {
        if (filterMask !== 0) throw unsupported(`Chunk ${at.join(', ')} lacks the filters of its dataset.`);
        const first = at.length > 2 ? at[0]! * perChunk : 0;
        const within = channel - (at.length === 4 ? at[1]! * channelsPerChunk : 0);
        if (within < 0 || within >= channelsPerChunk) return;
        if (filter !== 'none') return table.set(first, offset, sizeBytes);
        for (let n = 0; n < perChunk && first + n < frames; n++) {
          table.set(first + n, offset + (n * channelsPerChunk + within) * frameBytes, frameBytes);
        }
      });
      return plain;
    }
  }
}
