import { CBF_HEAD_BYTES, readCbf } from '../../../shared/codecs/cbf.ts';
import { CodecError } from '../../../shared/codecs/codec-error.ts';
import { readTiff } from '../../../shared/codecs/tiff.ts';
import type { FrameRange } from '../../../shared/contracts/agent-api.ts';
import type { FileChannel } from '../../../shared/contracts/geometry.ts';
import type { Hdf5Limits } from '../../../shared/hdf5/byte-source.ts';
import { framesOfFile } from '../../../shared/hdf5/file-frames.ts';
import { type FrameChunks, frameChunks, frameFormOf } from '../../../shared/hdf5/frame-chunks.ts';
import { Hdf5Error } from '../../../shared/hdf5/hdf5-error.ts';
import { Hdf5File } from '../../../shared/hdf5/hdf5-file.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import { ENTRY_BYTES, framesIn, type ParsedTable } from './frame-entries.ts';
import type { DatasetRow } from './series.repository.ts';
import type { FileRow } from './upload.repository.ts';

/** Where the frames of a channel lie in a file, or why that cannot be told: sentences for people. */
export type Located = { entries: Uint8Array } | { why: string };

/** Where the directory of most TIFF files is; of others they are read whole. */
const TIFF_HEAD_BYTES = 64 * 1024;
const MAX_TIFF_BYTES = 256 * 1024 * 1024;

type FramePlace = {
  offset: number;
  sizeBytes: number;
  dtype: string;
  shape: readonly number[];
  filter: string;
};

async function placeInTiff(store: ObjectStore, { storeKey, sizeBytes }: FileRow): Promise<FramePlace> {
  const readable = async (length: number) => {
    const head = await store.readRange(storeKey, 0, length);
    return (offset: number, count: number) => {
      if (offset + count > head.length) throw new CodecError('TIFF file is cut');
      return head.subarray(offset, offset + count);
    };
  };
  const found = async (length: number) => readTiff(await readable(length), sizeBytes);
  const head = Math.min(TIFF_HEAD_BYTES, sizeBytes);
  const image = await found(head).catch((error: unknown) => {
    const isBehind = error instanceof CodecError && head < sizeBytes && sizeBytes <= MAX_TIFF_BYTES;
    if (!isBehind) throw error;
    return found(sizeBytes);
  });
  return { ...image, offset: 0, sizeBytes, filter: 'tiff' };
}

async function placeInCbf(store: ObjectStore, { storeKey, sizeBytes }: FileRow): Promise<FramePlace> {
  const head = await store.readRange(storeKey, 0, Math.min(CBF_HEAD_BYTES, sizeBytes));
  return readCbf(head, sizeBytes).section;
}

/** The one frame of a file of a series, read from its head. */
async function entryOfImage(store: ObjectStore, file: FileRow, dataset: DatasetRow): Promise<Located> {
  if (file.sizeBytes === 0) return { why: 'It is empty.' };
  const channel = dataset.channels[0]!;
  const [what, read] =
    channel.filter === 'tiff' ? (['TIFF', placeInTiff] as const) : (['CBF', placeInCbf] as const);
  try {
    const { shape, dtype, filter, offset, sizeBytes } = await read(store, file);
    const [rows, columns] = channel.shape;
    const fits = shape[0] === rows && shape[1] === columns && dtype === channel.dtype;
    if (!fits || filter !== channel.filter) return { why: 'It is not like the frames of its dataset.' };
    const entry = Buffer.alloc(ENTRY_BYTES);
    entry.writeBigUInt64LE(BigInt(offset), 0);
    entry.writeUInt32LE(sizeBytes, 8);
    return { entries: new Uint8Array(entry) };
  } catch (error) {
    if (error instanceof CodecError) return { why: `It cannot be read as ${what}: ${error.message}.` };
    throw error;
  }
}

/** An agent waits meanwhile. A file of 100,000 frames has 3 MB of index. */
const HDF5_LIMITS: Hdf5Limits = {
  fetchedBytes: 64 * 1024 * 1024,
  structures: 200_000,
  structureBytes: 32 * 1024 * 1024,
};

/** What keeps it from being told is said. */
async function orWhy<T extends object>(work: () => Promise<T>): Promise<T | { why: string }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Hdf5Error) return { why: error.message };
    throw error;
  }
}

/** Of one channel, `rows` frames of it. Throws Hdf5Error where they are not where they should be. */
async function framesOfChannel(hdf5: Hdf5File, channel: FileChannel, rows: number): Promise<FrameChunks> {
  const { dtype, shape, place } = channel;
  if (!place) return framesOfFile(hdf5, { dtype, shape, frames: rows });
  const dataset = await hdf5.dataset(place.object);
  if (dataset === null) throw new Hdf5Error('absent', `There is no ${place.object}.`);
  // Before its index is read: a file may claim any number.
  const form = frameFormOf(dataset);
  const isSame =
    form.frames === rows &&
    form.dtype === dtype &&
    form.shape.every((side, axis) => side === shape[axis]) &&
    place.index < form.channels;
  if (!isSame) throw new Hdf5Error('absent', `${place.object} does not have the frames of ${channel.name}.`);
  return frameChunks(hdf5, dataset, place.index);
}

/**
 * Where the frames of an HDF5 file of another program lie, by channel, read from its metadata. That cannot be told where they are packed in
 * a way that is not decoded, several in a chunk, or not as many as the dataset takes from it, of which then nobody knows which they are.
 */
export async function entriesOfHdf5(
  store: Pick<ObjectStore, 'readRange'>,
  file: Pick<FileRow, 'storeKey' | 'sizeBytes'>,
  { channels }: Pick<DatasetRow, 'channels'>,
  rows: number,
): Promise<Located[]> {
  const unknown = (why: string) => channels.map(() => ({ why }));
  const isTold = channels.length === 1 || channels.every(({ place }) => place !== undefined);
  if (!isTold) return unknown('Nothing says where it has which of its channels.');
  if (file.sizeBytes === 0) return unknown('It is empty.');
  const readRange = (offset: number, length: number) => store.readRange(file.storeKey, offset, length);
  const hdf5 = await orWhy(() => Hdf5File.open({ sizeBytes: file.sizeBytes, readRange }, HDF5_LIMITS));
  if ('why' in hdf5) return unknown(hdf5.why);
  const found: Located[] = [];
  for (const channel of channels) {
    const frames = await orWhy(() => framesOfChannel(hdf5, channel, rows));
    if ('why' in frames || frames.filter === channel.filter) found.push(frames);
    else
      found.push({
        why: `Its pixels are packed by ${frames.filter}, those of its dataset by ${channel.filter}.`,
      });
  }
  return found;
}

/** By channel. */
async function entriesOf(
  store: ObjectStore,
  dataset: DatasetRow,
  file: FileRow,
  rows: number,
): Promise<Located[]> {
  if (dataset.sourceKind === 'hdf5-master') return entriesOfHdf5(store, file, dataset, rows);
  const isImage = dataset.sourceKind === 'cbf-series' && rows === 1;
  return isImage ? [await entryOfImage(store, file, dataset)] : [];
}

/** A table of which nobody knows where its frames lie says why. */
export type LocatedTable = ParsedTable & { why: string | null };

/** Frame tables of one file with the frames [first, last], one per channel of its dataset. */
async function tablesOfFrames(
  store: ObjectStore,
  dataset: DatasetRow,
  file: FileRow,
  [firstFrame, last]: FrameRange,
): Promise<LocatedTable[]> {
  const rows = last - firstFrame + 1;
  const located = await entriesOf(store, dataset, file, rows);
  return dataset.channels.map(({ name: channel }, n) => {
    const found = located[n] ?? { why: 'It is no file of frames.' };
    const table = { channel, firstFrame, rows };
    if ('why' in found) {
      return { ...table, entries: new Uint8Array(0), framesStored: rows, why: found.why };
    }
    return { ...table, entries: found.entries, framesStored: framesIn(found.entries), why: null };
  });
}

/**
 * Frame tables of files that were stored before anybody knew of their frames. Where they lie is read from the files. Where that cannot be
 * told, a table has no entries: its frames count, and viewers are told that they cannot be looked into.
 */
export async function tablesOfStored(
  store: ObjectStore,
  dataset: DatasetRow,
  files: readonly { file: FileRow; frames: FrameRange | null }[],
): Promise<ParsedTable[][]> {
  const tables: ParsedTable[][] = [];
  for (const { file, frames } of files) {
    tables.push(frames === null ? [] : await tablesOfFrames(store, dataset, file, frames));
  }
  return tables;
}

/** Frame tables of a file that has other bytes now and, as far as anybody said, the same frames. */
export async function tablesAgain(
  store: ObjectStore,
  dataset: DatasetRow,
  file: FileRow,
  former: readonly { firstFrame: number; rows: number }[],
): Promise<LocatedTable[]> {
  const [table] = former;
  if (!table) return [];
  return tablesOfFrames(store, dataset, file, [table.firstFrame, table.firstFrame + table.rows - 1]);
}
