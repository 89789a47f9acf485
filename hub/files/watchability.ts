import { statfs, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { bytesOf, joinPath, type PathBytes } from './path-bytes.ts';

/*
 * File systems that do not tell of changes that other machines make, and say nothing of it: linux/magic.h, and for GPFS and BeeGFS their
 * clients.
 */
const SILENT_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x47504653, 'GPFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x19830326, 'BeeGFS'],
  [0x00c36400, 'CephFS'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
]);

/** Name of a file system that tells nothing; null where changes are told. Throws when nothing is there. */
export async function silentFileSystem(folder: PathBytes): Promise<string | null> {
  const { type } = await statfs(bytesOf(folder));
  return SILENT_FILE_SYSTEMS.get(type >>> 0) ?? null;
}

/** Longest time for an event of the canary. */
const CANARY_MS = 3000;
/** Hidden, and never taken for data. */
const CANARY_PREFIX = '.beamdeck-canary-';

export const isCanary = (path: PathBytes): boolean => path.startsWith(CANARY_PREFIX);

/**
 * Makes a file and waits for its event. True also where no file can be made: then nothing is known against events.
 * @param heard resolves when the event has come
 */
export async function isCanaryHeard(folder: PathBytes, heard: Promise<void>): Promise<boolean> {
  const file = bytesOf(joinPath(folder, `${CANARY_PREFIX}${process.pid}`));
  const patience = new AbortController();
  try {
    await writeFile(file, '');
    return await Promise.race([heard.then(() => true), sleep(CANARY_MS, false, { signal: patience.signal })]);
  } catch {
    // Not allowed to write, or full.
    return true;
  } finally {
    patience.abort();
    await unlink(file).catch(() => undefined);
  }
}
