import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AppError } from '#src/shared/errors/app-error.ts';
import { storeError } from './fs-tree.ts';
import type { StoredObject } from './served-store.port.ts';

const STREAM_BYTES = 1024 * 1024;

/** An open file of the tree. */
export class FsObject implements StoredObject {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, sizeBytes: number, etag: string) {
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
    this.etag = etag;
  }

  /** Takes over the handle. */
  static async open(handle: FileHandle): Promise<FsObject> {
    try {
      const { size, mtimeNs, ino } = await handle.stat({ bigint: true });
      const etag = `"${size.toString(36)}-${mtimeNs.toString(36)}-${ino.toString(36)}"`;
      return new FsObject(handle, Number(size), etag);
    } catch (error) {
      await handle.close();
      throw storeError(error, 'an object');
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw new AppError('UNAVAILABLE', 'The object became shorter while it was read.');
      done += bytesRead;
    }
    return bytes;
  }

  async stream(offset: number, length: number): Promise<Readable> {
    return this.#handle.createReadStream({
      start: offset,
      end: offset + length - 1,
      highWaterMark: STREAM_BYTES,
      autoClose: false,
    });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
