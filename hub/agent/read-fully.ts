import type { FileHandle } from 'node:fs/promises';
import { SourceChanged } from './upload-order.ts';

/** Fills `buffer` up to `length` from `position` on. Throws SourceChanged when the file ends before. */
export async function readFully(
  handle: FileHandle,
  buffer: Buffer,
  length: number,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw new SourceChanged(`the file ended at ${position + done}`);
    done += bytesRead;
  }
}
