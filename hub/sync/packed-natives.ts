import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { getAsset, isSea } from 'node:sea';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { ReportLog } from '../agent/report-log.ts';

/*
 * Native modules of the single executable (docs/decisions/0015). The system loads such a module from a file alone, so it is packed as an
 * asset and laid into the state folder; where programs may not be loaded from there (a disk mounted noexec), the SYNC goes on without.
 */

/** Each an asset of the executable. */
export const PACKED_NATIVES = ['koffi.node', 'crc32.node'] as const;
export type PackedNative = (typeof PACKED_NATIVES)[number];

/** Under this name threads know the folder: what is set before a thread starts is known to it. */
const FOLDER_KEY = 'beamdeck-native-folder';

/** Lays the modules where they can be loaded; in a checkout they are in their packages. Throws what the file system says. */
export function layDownNativesIn(folder: string): void {
  if (!isSea()) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of PACKED_NATIVES) layDown(folder, name);
  setEnvironmentData(FOLDER_KEY, folder);
}

/** Lays them into the state folder; what stands against it is told. */
export function layDownNatives(stateDir: string, reports: Pick<ReportLog, 'add'>): void {
  const folder = path.join(stateDir, 'native');
  try {
    layDownNativesIn(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    reports.add({
      level: 'warn',
      code: 'native-unavailable',
      message: `The folder ${folder} cannot be written (${why}): changes in folders are looked for every few seconds, not told.`,
    });
  }
}

/** Named by its content: a newer version does not write over what an older process has loaded, and a damaged file is written again. */
function layDown(folder: string, name: PackedNative): void {
  const bytes = Buffer.from(getAsset(name));
  const file = path.join(folder, fileNameOf(name, bytes));
  try {
    if (readFileSync(file).equals(bytes)) return;
  } catch {
    // Not there yet.
  }
  writeFileSync(`${file}.new`, bytes, { mode: 0o700 });
  renameSync(`${file}.new`, file);
}

const fileNameOf = (name: PackedNative, bytes: Uint8Array) =>
  `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}-${name}`;

/** Loads a module. Throws when it was not laid down, or the system does not load programs from there. */
export function loadPackedNative(name: PackedNative): unknown {
  const folder = getEnvironmentData(FOLDER_KEY);
  if (typeof folder !== 'string') throw new Error(`the module ${name} is not available`);
  const module = { exports: {} };
  try {
    process.dlopen(module, path.join(folder, fileNameOf(name, Buffer.from(getAsset(name)))));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `programs cannot be loaded from ${folder}: mount its disk without noexec, or choose another state_dir (${why})`,
      { cause: error },
    );
  }
  return module.exports;
}
