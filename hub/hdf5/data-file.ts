import type { Channel } from '#src/shared/contracts/geometry.ts';
import { byteLength, type Dtype, dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import type { ChunkFilter } from './chunk-filters.ts';
import type { StoredChunk } from './format/fixed-array.ts';
import { type ChunkedDatasetNode, group, scalar, scalarOf, text } from './tree-nodes.ts';
import { encodeTree } from './tree-writer.ts';

/** One detector channel as a dataset (frames, ny, nx), one chunk per frame. */
export interface ChannelLayout {
  name: string;
  dtype: Dtype;
  shape: readonly [ny: number, nx: number];
  filter: ChunkFilter;
}

/** Channels as the server was told them. Frames as only files hold them stay in the files they came in. @throws Error for such */
export function channelLayouts(channels: readonly Channel[]): ChannelLayout[] {
  return channels.map(({ name, dtype, shape, filter }) => {
    if (filter === 'byte-offset' || filter === 'tiff' || filter === 'gzip' || filter === 'shuffle-gzip') {
      throw new Error(`channel "${name}" is compressed by ${filter}, which no detector sends`);
    }
    return { name, dtype, shape, filter };
  });
}

export interface ChunkEntry {
  /** Row within this file, from 0. */
  frame: number;
  /** Index into the channel list. */
  channel: number;
  /** Absolute position in the file, behind the head. */
  offset: number;
  sizeBytes: number;
}

export interface DataFileHeadInput {
  channels: readonly ChannelLayout[];
  /** The number the head was sized for; the same for all files of a series. */
  framesPerFile: number;
  /** Rows of this file, at most `framesPerFile`; fewer in the last file of a series. */
  frames: number;
  /** 1-based number of the first row within the series (attribute image_nr_low). */
  firstImageNumber: number;
  /**
   * In any order; a frame without an entry reads as the fill value, except in neggia: see gap-chunk.ts. Several frames may
   * point at the same bytes.
   */
  chunks: readonly ChunkEntry[];
  /** Size of the finished file including the head. */
  fileBytes: number;
}

/** Files with more frames than any detector writes; keeps the head below a few megabytes. */
export const MAX_FRAMES_PER_FILE = 100_000;

const HEAD_ALIGNMENT_BYTES = 4096;

/** Name of a channel's dataset in `/entry/data`: the first channel is `data`, as readers expect. */
export function channelDatasetName(channels: readonly { name: string }[], channel: number): string {
  return channel === 0 ? 'data' : channels[channel]!.name;
}

/**
 * Size of the head (superblock, object headers, chunk index) of every data file of a series, a multiple of 4096.
 * Chunk data start right behind it, so their offsets are known while frames arrive and the head is written last.
 */
export function dataFileHeadBytes(channels: readonly ChannelLayout[], framesPerFile: number): number {
  checkChannels(channels);
  checkCount('frames per file', framesPerFile);
  const root = dataFileTree(channels, framesPerFile, 1, emptyIndexes(channels, framesPerFile));
  return Math.ceil(encodeTree(root).bytes.length / HEAD_ALIGNMENT_BYTES) * HEAD_ALIGNMENT_BYTES;
}

/** The head's bytes, exactly `dataFileHeadBytes(channels, framesPerFile)` long. Throws Error on input that contradicts itself. */
export function buildDataFileHead(input: DataFileHeadInput): Uint8Array<ArrayBuffer> {
  const headBytes = dataFileHeadBytes(input.channels, input.framesPerFile);
  checkCount('frames', input.frames);
  if (input.frames > input.framesPerFile) {
    throw new Error(`${input.frames} frames do not fit into a head made for ${input.framesPerFile}`);
  }
  const { firstImageNumber } = input;
  if (
    !Number.isInteger(firstImageNumber) ||
    firstImageNumber < 1 ||
    firstImageNumber + input.frames > 2 ** 31
  ) {
    throw new Error(`first image number must be a positive 32-bit integer, got ${firstImageNumber}`);
  }
  if (!Number.isSafeInteger(input.fileBytes) || input.fileBytes < headBytes) {
    throw new Error(`a file of ${input.fileBytes} bytes cannot hold its head of ${headBytes} bytes`);
  }
  const indexes = indexChunks(input, headBytes);
  const root = dataFileTree(input.channels, input.frames, firstImageNumber, indexes);
  const head = new Uint8Array(headBytes);
  head.set(encodeTree(root, input.fileBytes).bytes);
  return head;
}

type ChunkIndex = (StoredChunk | undefined)[];

function emptyIndexes(channels: readonly ChannelLayout[], frames: number): ChunkIndex[] {
  return channels.map(() => new Array<StoredChunk | undefined>(frames).fill(undefined));
}

function dataFileTree(
  channels: readonly ChannelLayout[],
  frames: number,
  firstImageNumber: number,
  indexes: readonly ChunkIndex[],
) {
  const datasets: Record<string, ChunkedDatasetNode> = {};
  for (const [channel, layout] of channels.entries()) {
    datasets[channelDatasetName(channels, channel)] = {
      kind: 'chunkedDataset',
      attributes: {
        image_nr_low: scalar('i4', firstImageNumber),
        image_nr_high: scalar('i4', firstImageNumber + frames - 1),
        channel: text(layout.name),
      },
      dtype: layout.dtype,
      shape: [frames, ...layout.shape],
      chunkShape: [1, ...layout.shape],
      filter: layout.filter,
      fillValue: scalarOf(layout.dtype, dtypeInvalidValue(layout.dtype)),
      source: { place: 'stored', chunks: indexes[channel]! },
    };
  }
  const data = group('NXdata', datasets, { signal: text('data') });
  const entry = group('NXentry', { data }, { default: text('data') });
  return group('NXroot', { entry }, { default: text('entry') });
}

function indexChunks(input: DataFileHeadInput, headBytes: number): ChunkIndex[] {
  const indexes = emptyIndexes(input.channels, input.frames);
  for (const { frame, channel, offset, sizeBytes } of input.chunks) {
    const layout = input.channels[channel];
    const where = `chunk of frame ${frame}, channel ${channel}`;
    if (layout === undefined) throw new Error(`${where}: there are ${input.channels.length} channels`);
    if (!Number.isInteger(frame) || frame < 0 || frame >= input.frames) {
      throw new Error(`${where}: the file has ${input.frames} frames`);
    }
    const index = indexes[channel]!;
    if (index[frame] !== undefined) throw new Error(`${where}: given twice`);
    const inside =
      Number.isSafeInteger(offset) &&
      Number.isSafeInteger(sizeBytes) &&
      sizeBytes > 0 &&
      offset >= headBytes &&
      offset + sizeBytes <= input.fileBytes;
    if (!inside) {
      throw new Error(
        `${where}: ${sizeBytes} bytes at ${offset} lie outside the data area ${headBytes}…${input.fileBytes}`,
      );
    }
    const rawBytes = layout.shape[0] * layout.shape[1] * byteLength(layout.dtype);
    if (layout.filter === 'none' && sizeBytes !== rawBytes) {
      throw new Error(`${where}: an uncompressed frame has ${rawBytes} bytes, got ${sizeBytes}`);
    }
    index[frame] = { address: offset, sizeBytes };
  }
  return indexes;
}

function checkCount(what: string, count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MAX_FRAMES_PER_FILE) {
    throw new Error(`${what} must be an integer from 1 to ${MAX_FRAMES_PER_FILE}, got ${count}`);
  }
}

function checkChannels(channels: readonly ChannelLayout[]): void {
  if (channels.length === 0) throw new Error('a data file needs at least one channel');
  const names = new Set<string>();
  for (const [channel, { name, shape }] of channels.entries()) {
    const datasetName = channelDatasetName(channels, channel);
    if (names.has(datasetName)) throw new Error(`two channels would both be /entry/data/${datasetName}`);
    names.add(datasetName);
    if (name === '') throw new Error(`channel ${channel} has no name`);
    if (shape.length !== 2 || shape.some((extent) => !Number.isInteger(extent) || extent < 1)) {
      throw new Error(`channel "${name}" has the impossible shape [${shape.join(', ')}]`);
    }
  }
}
