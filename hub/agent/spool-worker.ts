import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { type MasterOrder, writeMaster } from './series-master.ts';

/** Read in pieces that stay in the processor's cache: hashing then costs no second trip to memory. */
const PIECE_BYTES = 256 * 1024;

export type SpoolOrder =
  | { id: number; kind: 'hash'; path: string | Uint8Array; sizeBytes: number }
  | { id: number; kind: 'master'; order: MasterOrder };

export type SpoolAnswer =
  | { id: number; result: unknown }
  | { id: number; error: string; code: string | undefined };

const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);

function hashFile(path: string | Uint8Array, sizeBytes: number): string {
  const fd = openSync(typeof path === 'string' ? path : Buffer.from(path), 'r');
  try {
    const hash = createHash('sha256');
    let position = 0;
    while (position < sizeBytes) {
      const count = readSync(fd, piece, 0, Math.min(PIECE_BYTES, sizeBytes - position), position);
      if (count === 0) throw new Error(`the file ended at ${position} of ${sizeBytes} bytes`);
      hash.update(count === PIECE_BYTES ? piece : piece.subarray(0, count));
      position += count;
    }
    return hash.digest('hex');
  } finally {
    closeSync(fd);
  }
}

parentPort?.on('message', (order: SpoolOrder) => {
  let answer: SpoolAnswer;
  try {
    const result = order.kind === 'hash' ? hashFile(order.path, order.sizeBytes) : writeMaster(order.order);
    answer = { id: order.id, result };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answer = { id: order.id, error: message, code: (error as NodeJS.ErrnoException).code };
  }
  parentPort?.postMessage(answer);
});
