import type { Readable } from 'node:stream';
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

/** What a part PUT says of its bytes before they come; CRC32C (RFC 3720) as eight lower-case hex digits. */
export interface AnnouncedPart {
  sizeBytes: number;
  crc32c: string;
}

/** Takes the bytes of one part as they come. */
export interface PartSink {
  /** Takes a piece, which must not be changed before `onWritten`. False: pause until `onDrain`. */
  write(piece: Uint8Array, onWritten?: () => void): boolean;
  onDrain: () => void;
  /** Records the part if its bytes are the announced ones. Throws CHECKSUM_MISMATCH, STORE_FULL, UNAVAILABLE; then nothing is recorded. */
  finish(announced: AnnouncedPart): Promise<PartReceipt>;
  /** Gives up: the part stays unrecorded. */
  abort(): Promise<void>;
}

/** An object opened for reading: what it holds stays the same until it is closed, or reading throws. */
export interface StoredObject {
  readonly sizeBytes: number;
  /** Entity tag (RFC 9110 §8.8.3), quoted; another whenever the bytes are others. */
  readonly etag: string;
  /** Exactly these bytes, which lie inside the object. Throws UNAVAILABLE when they cannot be had. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same as a stream, which is destroyed when it is not read to its end. */
  stream(offset: number, length: number): Promise<Readable>;
  close(): Promise<void>;
}

/** A store whose bytes can go through our own data server: the port, and what that server needs beyond it. */
export interface ServedStore extends ObjectStore {
  /** The grant an address carries; `forged` for anything that was not signed by this installation, `expired` when its time is over. */
  verifyAddress(url: URL): Grant | 'forged' | 'expired';
  /** Opens a part for writing. Throws NOT_FOUND when the upload is not open (never was, completed, being completed, aborted). */
  openPart(grant: PartGrant, announced: AnnouncedPart): Promise<PartSink>;
  /** A regular object of the store, opened for reading; the caller closes it. Throws NOT_FOUND. */
  openObject(key: string): Promise<StoredObject>;
}
