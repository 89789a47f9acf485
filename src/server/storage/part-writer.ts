import { constants as O, writev } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import { AppError } from '#src/shared/errors/app-error.ts';
import { crcHex } from './crc-hex.ts';
import { errnoOf, storeError } from './fs-tree.ts';
import type { PartReceipt } from './object-store.port.ts';
import type { PartSink } from './served-store.port.ts';
import { ReceiptLog } from './upload-folder.ts';

/** Socket reads arrive in pieces of at most 64 KiB; written one by one they cost more in calls than in copying. */
const BATCH_BYTES = 512 * 1024;
/** Beyond this much unwritten the sender has to wait, so that a slow disk does not fill the memory. */
const HIGH_WATER_BYTES = 8 * BATCH_BYTES;

interface Batch {
  pieces: Uint8Array[];
  bytes: number;
  onWritten: (() => void)[];
}

/**
 * Writes one part into its upload while the bytes arrive; the checksum is computed on the way. No promise per piece: `write` returns
 * false when the sender should pause until `onDrain`.
 *
 * Against completion at the same moment, without a lock: the writer opens the folder, appends "void" to the receipts and only
 * then looks whether the folder still has its name. The completion first takes the name away, then reads the receipts. Either the
 * writer finds the name gone and writes nothing, or the completion reads the "void" and refuses.
 */
export class PartWriter implements PartSink {
  readonly #data: FileHandle;
  readonly #log: ReceiptLog;
  readonly #partNumber: number;
  readonly #offset: number;
  #crc = 0;
  #receivedBytes = 0;
  #handedBytes = 0;
  #batch: Batch = { pieces: [], bytes: 0, onWritten: [] };
  #unwrittenBytes = 0;
  #fault: Error | undefined;
  #paused = false;
  #idle: (() => void) | undefined;
  onDrain: () => void = () => undefined;

  private constructor(data: FileHandle, log: ReceiptLog, partNumber: number, offset: number) {
    this.#data = data;
    this.#log = log;
    this.#partNumber = partNumber;
    this.#offset = offset;
  }

  /** Throws NOT_FOUND when the upload is not open (never was, completed, being completed, aborted). */
  static async open(folder: string, partNumber: number, partBytes: number): Promise<PartWriter> {
    const handles: { close(): Promise<void> }[] = [];
    try {
      const data = await open(join(folder, 'data'), O.O_WRONLY | O.O_NOFOLLOW);
      handles.push(data);
      const log = await ReceiptLog.open(folder);
      handles.push(log);
      await log.void(partNumber);
      if (!(await log.named(folder))) throw new AppError('NOT_FOUND', 'The upload is no longer open.');
      return new PartWriter(data, log, partNumber, (partNumber - 1) * partBytes);
    } catch (error) {
      await Promise.all(handles.map((handle) => handle.close()));
      if (errnoOf(error) === 'ENOENT') throw new AppError('NOT_FOUND', 'The upload is not open.');
      throw storeError(error, 'a part');
    }
  }

  write(piece: Uint8Array, onWritten?: () => void): boolean {
    const batch = this.#batch;
    this.#crc = crc32c(piece, this.#crc);
    this.#receivedBytes += piece.length;
    this.#unwrittenBytes += piece.length;
    batch.pieces.push(piece);
    batch.bytes += piece.length;
    if (onWritten) batch.onWritten.push(onWritten);
    if (batch.bytes >= BATCH_BYTES) this.#writeBatch();
    this.#paused = this.#unwrittenBytes >= HIGH_WATER_BYTES;
    return !this.#paused;
  }

  #writeBatch(): void {
    const batch = this.#batch;
    this.#batch = { pieces: [], bytes: 0, onWritten: [] };
    if (this.#fault) {
      this.#settled(batch);
      return;
    }
    const position = this.#offset + this.#handedBytes;
    this.#handedBytes += batch.bytes;
    this.#writeAt(batch, batch.pieces, batch.bytes, position);
  }

  #writeAt(batch: Batch, pieces: Uint8Array[], bytes: number, position: number): void {
    writev(this.#data.fd, pieces, position, (error, writtenBytes) => {
      if (error) this.#fault ??= error;
      if (error || writtenBytes === bytes) {
        this.#settled(batch);
      } else {
        // A short write: a nearly full disk. The rest either fits or says ENOSPC.
        const rest = Buffer.concat(pieces).subarray(writtenBytes);
        this.#writeAt(batch, [rest], rest.length, position + writtenBytes);
      }
    });
  }

  #settled(batch: Batch): void {
    this.#unwrittenBytes -= batch.bytes;
    for (const written of batch.onWritten) written();
    if (this.#paused && this.#unwrittenBytes < HIGH_WATER_BYTES / 2) {
      this.#paused = false;
      this.onDrain();
    }
    if (this.#unwrittenBytes === 0) this.#idle?.();
  }

  async #close(): Promise<void> {
    // A handle must not be closed under a write: its number could by then mean another file.
    if (this.#unwrittenBytes > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await Promise.all([this.#data.close(), this.#log.close()]);
  }

  async finish(announced: { sizeBytes: number; crc32c: string }): Promise<PartReceipt> {
    try {
      if (this.#batch.bytes > 0) this.#writeBatch();
      if (this.#unwrittenBytes > 0) {
        await new Promise<void>((resolve) => {
          this.#idle = resolve;
        });
      }
      if (this.#fault) throw storeError(this.#fault, 'a part');
      const receipt = {
        partNumber: this.#partNumber,
        sizeBytes: this.#receivedBytes,
        crc32c: crcHex(this.#crc),
      };
      if (receipt.sizeBytes !== announced.sizeBytes || receipt.crc32c !== announced.crc32c) {
        throw new AppError('CHECKSUM_MISMATCH', { details: { announced, received: receipt } });
      }
      await this.#log.stored(receipt).catch((error) => {
        throw storeError(error, 'a part');
      });
      return receipt;
    } finally {
      await this.#close();
    }
  }

  async abort(): Promise<void> {
    // What is not on its way to the disk yet is dropped.
    this.#fault ??= new Error('the part was given up');
    if (this.#batch.bytes > 0) this.#writeBatch();
    await this.#close();
  }
}
