import type { FileHandle } from 'node:fs/promises';
import type { ObjectStore, PartReceipt } from './object-store.port.ts';

/** What a signed address of the data server allows. */
export interface PartGrant {
  kind: 'part';
  key: string;
  uploadRef: string;
  partNumber: number;
  partBytes: number;
  /** Seconds since 1970. */
  expiresAtS: number;
}
export interface ReadGrant {
  kind: 'read';
  key: string;
  /** Name for Content-Disposition: attachment; null shows the object in place. */
  download: string | null;
  expiresAtS: number;
}
export type Grant = PartGrant | ReadGrant;

/** Takes the bytes of one part as they come. */
export interface PartSink {
  /** Takes a piece, which must not be changed before `onWritten`. False: pause until `onDrain`. */
  write(piece: Uint8Array, onWritten?: () => void): boolean;
  onDrain: () => void;
  /** Records the part if its bytes are the announced ones. Throws CHECKSUM_MISMATCH, STORE_FULL, UNAVAILABLE; then nothing is recorded. */
  finish(announced: { sizeBytes: number; crc32c: string }): Promise<PartReceipt>;
  /** Gives up: the part stays unrecorded. */
  abort(): Promise<void>;
}

/** A store whose bytes go through our own data server: the port, and what that server needs beyond it. */
export interface LocalStore extends ObjectStore {
  /** The grant an address carries; `forged` for anything that was not signed by this installation, `expired` when its time is over. */
  verifyAddress(url: URL): Grant | 'forged' | 'expired';
  /** Opens a part for writing. Throws NOT_FOUND when the upload is not open (never was, completed, being completed, aborted). */
  openPart(uploadRef: string, partNumber: number, partBytes: number): Promise<PartSink>;
  /** A regular file inside the store, opened for reading; the caller closes it. Throws NOT_FOUND. */
  openObject(key: string): Promise<FileHandle>;
}
