import type { CbfFile } from '#src/shared/codecs/cbf.ts';
import type { ReportLog } from '../agent/report-log.ts';
import { readCbfFile } from './cbf-file.ts';
import type { HashedFile } from './file-sender.ts';
import { readTiffFile, type TiffFile } from './tiff-file.ts';

/** A file with one frame: what it says of the measurement, and where its pixels are. */
export type FrameFile = CbfFile | TiffFile;

/** Null: it is no file of one frame of a detector. */
export async function readFrameFile(
  file: Pick<HashedFile, 'path' | 'openPath' | 'sizeBytes'>,
  reports: Pick<ReportLog, 'add'>,
): Promise<FrameFile | null> {
  return (await readCbfFile(file, reports)) ?? readTiffFile(file);
}
