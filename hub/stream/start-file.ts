import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const START_FILE = 'start.cbor';

/** The start is needed again for the master file, maybe by the next process: there whole (up to 150 MB) or not at all. */
export function keepStart(dir: string, start: Uint8Array): void {
  const file = path.join(dir, START_FILE);
  writeFileSync(`${file}.partial`, start, { mode: 0o600 });
  renameSync(`${file}.partial`, file);
}
