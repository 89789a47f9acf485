import path from 'node:path';
import { syncPath } from '../agent/file-sync.ts';
import { indexPathOf, valuesPathOf } from './data-spool-file.ts';
import { START_FILE } from './start-file.ts';

/*
 * What of the buffer has to outlive a loss of power: only what the server has been told of. The rest is named as lost, which costs less than
 * bringing every frame to the disk. A disk that refuses is no reason to keep data back, so nothing is thrown.
 */

async function syncAll(folder: string, files: readonly string[]): Promise<void> {
  await Promise.allSettled(files.map(syncPath));
  await Promise.allSettled([syncPath(folder)]);
}

/** The start of the series in this folder of the buffer. */
export const syncStart = (dir: string): Promise<void> => syncAll(dir, [path.join(dir, START_FILE)]);

/** A file of the buffer, with what lies beside it. */
export function syncSpooled({ kind, localPath }: { kind: string; localPath: string }): Promise<void> {
  const beside = kind === 'data' ? [indexPathOf(localPath), valuesPathOf(localPath)] : [];
  return syncAll(path.dirname(localPath), [localPath, ...beside]);
}
