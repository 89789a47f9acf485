/*
 * Errors that speak of the disk and not of what was to be written: the same may work later.
 */

/** Primary result codes of SQLite: READONLY, IOERR, FULL, CANTOPEN. */
const SQLITE_DISK_CODES = new Set([8, 10, 13, 14]);

/** Why SQLite could not write, in its words ("database or disk is full"); null when the error is of another kind. */
export function journalDiskFault(error: unknown): string | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return SQLITE_DISK_CODES.has(Number(error.errcode) & 0xff) ? error.message : null;
}

/** Whether the file system refused (no room, quota, read-only): an error with the system call that failed. */
export function isFileFault(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
