import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { crc32c } from '@node-rs/crc32';
import { type MasterOrder, writeMaster } from './series-master.ts';

/** Read in pieces that stay in the processor's cache: hashing then costs no second trip to memory. */
const PIECE_BYTES = 256 * 1024;

export type SpoolOrder =
  | { id: number; kind: 'hash'; path: string | Uint8Array; sizeBytes: number }
  | { id: number; kind: 'parts'; order: PartsOrder }
  | { id: number; kind: 'master'; order: MasterOrder };

/** A file to be hashed as a whole and in parts. */
export interface PartsOrder {
  path: string;
  sizeBytes: number;
  partBytes: number;
  /** Of what it is asked whether it begins with; null: of nothing. */
  prefixBytes: number | null;
}

/** Hashes in hex; of the parts CRC32C, in their order. */
export interface PartsHashed {
  sha256: string;
  prefixSha256: string | null;
  crcs: string[];
}

export type SpoolAnswer =
  | { id: number; result: unknown }
  | { id: number; error: string; code: string | undefined };

const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);

/** @param until so far a piece may reach at most, from this position on */
function readPieces(
  path: string | Uint8Array,
  sizeBytes: number,
  hear: (bytes: Uint8Array, position: number) => void,
  until: (position: number) => number = () => sizeBytes,
): void {
  const fd = openSync(typeof path === 'string' ? path : Buffer.from(path), 'r');
  try {
    let position = 0;
    while (position < sizeBytes) {
      const wanted = Math.min(PIECE_BYTES, sizeBytes - position, until(position) - position);
      const count = readSync(fd, piece, 0, wanted, position);
      if (count === 0) throw new Error(`the file ended at ${position} of ${sizeBytes} bytes`);
      hear(count === PIECE_BYTES ? piece : piece.subarray(0, count), position);
      position += count;
    }
  } finally {
    closeSync(fd);
  }
}

function hashFile(path: string | Uint8Array, sizeBytes: number): string {
  const hash = createHash('sha256');
  readPieces(path, sizeBytes, (bytes) => hash.update(bytes));
  return hash.digest('hex');
}

function hashParts({ path, sizeBytes, partBytes, prefixBytes }: PartsOrder): PartsHashed {
  const hash = createHash('sha256');
  const crcs: number[] = Array(Math.max(1, Math.ceil(sizeBytes / partBytes))).fill(0);
  let prefixSha256: string | null = null;
  const hear = (bytes: Uint8Array, position: number) => {
    const part = Math.floor(position / partBytes);
    crcs[part] = crc32c(bytes, crcs[part]);
    hash.update(bytes);
    if (position + bytes.length === prefixBytes) prefixSha256 = hash.copy().digest('hex');
  };
  if (prefixBytes === 0) prefixSha256 = hash.copy().digest('hex');
  const until = (position: number) => {
    const endOfPart = (Math.floor(position / partBytes) + 1) * partBytes;
    return prefixBytes !== null && prefixBytes > position ? Math.min(endOfPart, prefixBytes) : endOfPart;
  };
  readPieces(path, sizeBytes, hear, until);
  return {
    sha256: hash.digest('hex'),
    prefixSha256,
    crcs: crcs.map((crc) => crc.toString(16).padStart(8, '0')),
  };
}

function obey(order: SpoolOrder): unknown {
  if (order.kind === 'hash') return hashFile(order.path, order.sizeBytes);
  return order.kind === 'parts' ? hashParts(order.order) : writeMaster(order.order);
}

parentPort?.on('message', (order: SpoolOrder) => {
  let answer: SpoolAnswer;
  try {
    answer = { id: order.id, result: obey(order) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answer = { id: order.id, error: message, code: (error as NodeJS.ErrnoException).code };
  }
  parentPort?.postMessage(answer);
});
