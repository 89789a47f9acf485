import { CBF_HEAD_BYTES, readCbf } from '../../../shared/codecs/cbf.ts';
import { CodecError } from '../../../shared/codecs/codec-error.ts';
import type { FrameRange } from '../../../shared/contracts/agent-api.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import { ENTRY_BYTES, type ParsedTable } from './frame-entries.ts';
import type { DatasetRow } from './series.repository.ts';
import type { FileRow } from './upload.repository.ts';

/** The one frame of a CBF file, read from its head; null when it is in a form that cannot be shown. */
async function entryOfCbf(
  store: ObjectStore,
  file: FileRow,
  dataset: DatasetRow,
): Promise<Uint8Array | null> {
  if (file.sizeBytes === 0) return null;
  const head = await store.readRange(file.storeKey, 0, Math.min(CBF_HEAD_BYTES, file.sizeBytes));
  try {
    const { section } = readCbf(head, file.sizeBytes);
    const channel = dataset.channels[0]!;
    const [rows, columns] = channel.shape;
    const fits = section.shape[0] === rows && section.shape[1] === columns && section.dtype === channel.dtype;
    if (!fits || section.filter !== channel.filter) return null;
    const entry = Buffer.alloc(ENTRY_BYTES);
    entry.writeBigUInt64LE(BigInt(section.offset), 0);
    entry.writeUInt32LE(section.sizeBytes, 8);
    return new Uint8Array(entry);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

/** Frame tables of one file with the frames [first, last], one per channel of its dataset. */
async function tablesOfFrames(
  store: ObjectStore,
  dataset: DatasetRow,
  file: FileRow,
  [firstFrame, last]: FrameRange,
): Promise<ParsedTable[]> {
  const rows = last - firstFrame + 1;
  const isImage = dataset.sourceKind === 'cbf-series' && rows === 1;
  const entries = (isImage ? await entryOfCbf(store, file, dataset) : null) ?? new Uint8Array(0);
  return dataset.channels.map(({ name: channel }) => ({
    ...{ channel, firstFrame, rows, entries },
    framesStored: rows,
  }));
}

/**
 * Frame tables of files that were stored before anybody knew of their frames. Where the frame of a CBF file lies is read from the file. Of
 * HDF5 files only the number of frames is known: their tables have no entries, their frames count, and viewers are told that they cannot
 * be looked into.
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
): Promise<ParsedTable[]> {
  const [table] = former;
  if (!table) return [];
  return tablesOfFrames(store, dataset, file, [table.firstFrame, table.firstFrame + table.rows - 1]);
}
