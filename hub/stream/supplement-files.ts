import { readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StreamSupplement } from '#src/shared/model/stream.ts';

/*
 * Messages of a series besides start, images and end (Jungfraujoch's `calibration` with its pedestals, `metadata`): kept byte
 * for byte as files in the series' folder and stored beside its data files. Nothing reads them here.
 */

export interface SupplementFile {
  /** From 1, over all kinds. */
  number: number;
  path: string;
  sizeBytes: number;
}

const NAME = /^(?:calibration|metadata)_(\d{6})\.cbor$/;
/** Far beyond what a source sends per series; a limit keeps a broken one from filling the store with files. */
export const MAX_SUPPLEMENTS = 10_000;

/** What a series' folder holds of them. */
export function supplementsIn(dir: string): SupplementFile[] {
  return readdirSync(dir).flatMap((name) => {
    const digits = NAME.exec(name)?.[1];
    if (digits === undefined) return [];
    const file = path.join(dir, name);
    return [{ number: Number(digits), path: file, sizeBytes: statSync(file).size }];
  });
}

/** Keeps one message, whole or not at all. Throws the file system's error (ENOSPC), and can be called again then. */
export function keepSupplement(
  dir: string,
  kind: StreamSupplement['kind'],
  number: number,
  message: Uint8Array,
): SupplementFile {
  const file = path.join(dir, `${kind}_${String(number).padStart(6, '0')}.cbor`);
  writeFileSync(`${file}.partial`, message, { mode: 0o600 });
  renameSync(`${file}.partial`, file);
  return { number, path: file, sizeBytes: message.length };
}
