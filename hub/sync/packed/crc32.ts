import { loadPackedNative } from '../packed-natives.ts';
import { crc32cByTable } from './crc32c-table.ts';

/* Stands in the single executable for the package `@node-rs/crc32`: its native module, else a table. */

type Crc32c = (bytes: Uint8Array, initial?: number) => number;

function fastest(): Crc32c {
  try {
    return (loadPackedNative('crc32.node') as { crc32c: Crc32c }).crc32c;
  } catch {
    // Told once by `layDownNatives`, or the disk is mounted noexec: slower, and the same numbers.
    return crc32cByTable;
  }
}

let chosen: Crc32c | null = null;

/** CRC32C of `bytes`, or goes on from `initial`. */
export function crc32c(bytes: Uint8Array, initial = 0): number {
  // Chosen at the first use: only then it is known where the modules lie.
  chosen ??= fastest();
  return chosen(bytes, initial);
}
