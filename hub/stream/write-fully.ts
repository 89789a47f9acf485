import { writeSync } from 'node:fs';

/** Writes all of `bytes` at `position`: a nearly full file system takes the first of them and says so only by their number. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
