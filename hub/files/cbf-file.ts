import { open } from 'node:fs/promises';
import { CBF_HEAD_BYTES, type CbfFile, readCbf } from '#src/shared/codecs/cbf.ts';
import { CodecError } from '#src/shared/codecs/codec-error.ts';
import type { ReportLog } from '../agent/report-log.ts';
import type { HashedFile } from './file-sender.ts';
import { shownPath } from './path-bytes.ts';

/**
 * The frame in a file that is named as one. Null: it has another name, or it is no CBF file of a kind that this version reads, or not whole,
 * which is told; then it is a file like any other.
 */
export async function readCbfFile(
  { path, openPath, sizeBytes }: Pick<HashedFile, 'path' | 'openPath' | 'sizeBytes'>,
  reports: Pick<ReportLog, 'add'>,
): Promise<CbfFile | null> {
  if (!/\.cbf$/i.test(path)) return null;
  const handle = await open(openPath, 'r');
  try {
    const head = Buffer.alloc(Math.min(sizeBytes, CBF_HEAD_BYTES));
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return readCbf(head.subarray(0, bytesRead), sizeBytes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    reports.add({
      level: 'warn',
      code: 'content-unread',
      message: `${shownPath(path)} is stored as it is, and as no frame of a dataset: ${error.message}.`,
    });
    return null;
  } finally {
    await handle.close();
  }
}
