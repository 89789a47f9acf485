import { crc32c } from '@node-rs/crc32';
import type { StoredPart } from '#src/shared/contracts/agent-api.ts';
import { Signal } from './slots.ts';

export interface GrowingFileOrigin {
  clientId: string;
  /** Bytes where a name is no UTF-8. */
  localPath: string | Buffer;
  partBytes: number;
  sizeBytes: number;
  settled: boolean;
  /** Parts the store has confirmed already (taken over from the journal). */
  stored?: readonly StoredPart[];
}

/**
 * A local file that is uploaded while it grows. Part 1 holds the head, which is written when everything else is known,
 * so it goes last, together with whatever is left. Shared by all kinds of sources; knows nothing of detectors.
 */
export class GrowingFile {
  readonly clientId: string;
  readonly localPath: string | Buffer;
  readonly partBytes: number;
  readonly changed = new Signal();
  readonly stored = new Map<number, StoredPart>();
  private size: number;
  private complete: boolean;
  private readonly inFlight = new Set<number>();
  /** Lowest part that was never taken; everything below is stored, in flight or was given back. */
  private nextNew = 2;
  private readonly givenBack: number[] = [];
  private wakeAt: number;
  private readonly arrivalCrcs = new Map<number, number>();
  private arriving = { partNumber: 1, sizeBytes: 0, crc: 0, fromStart: false };

  constructor(origin: GrowingFileOrigin) {
    this.clientId = origin.clientId;
    this.localPath = origin.localPath;
    this.partBytes = origin.partBytes;
    this.size = origin.sizeBytes;
    this.complete = origin.settled;
    for (const part of origin.stored ?? []) this.stored.set(part.partNumber, part);
    this.wakeAt = 2 * this.partBytes;
  }

  get sizeBytes(): number {
    return this.size;
  }

  get isSettled(): boolean {
    return this.complete;
  }

  get partCount(): number {
    return Math.max(1, Math.ceil(this.size / this.partBytes));
  }

  grew(sizeBytes: number): void {
    this.size = sizeBytes;
    if (sizeBytes < this.wakeAt) return;
    this.wakeAt = (Math.floor(sizeBytes / this.partBytes) + 1) * this.partBytes;
    this.changed.notify();
  }

  /**
   * `bytes` were written at the end. Their CRC is taken here, from memory and while they are in the processor's cache: it
   * then covers everything behind, the spool included, at half the price of reading them again for it.
   */
  appended(bytes: Uint8Array, sizeBytes: number): void {
    let position = sizeBytes - bytes.length;
    let done = 0;
    while (done < bytes.length) {
      const inPart = position % this.partBytes;
      const count = Math.min(bytes.length - done, this.partBytes - inPart);
      const piece = count === bytes.length ? bytes : bytes.subarray(done, done + count);
      this.addArrived(Math.floor(position / this.partBytes) + 1, inPart, piece);
      done += count;
      position += count;
    }
    this.grew(sizeBytes);
  }

  private addArrived(partNumber: number, inPart: number, piece: Uint8Array): void {
    // The head of part 1 is not there yet, so its CRC cannot be known before it is sent.
    if (partNumber === 1) return;
    if (inPart === 0) this.arriving = { partNumber, sizeBytes: 0, crc: 0, fromStart: true };
    const { arriving } = this;
    if (!arriving.fromStart) return;
    arriving.crc = crc32c(piece, arriving.crc);
    arriving.sizeBytes += piece.length;
    if (arriving.sizeBytes === this.partBytes) this.arrivalCrcs.set(partNumber, arriving.crc);
  }

  /** CRC32C of a part as its bytes arrived; undefined when it was not seen arriving as a whole. */
  arrivalCrc(partNumber: number): number | undefined {
    const { arriving } = this;
    const isLast = arriving.partNumber === partNumber && arriving.sizeBytes === this.partSize(partNumber);
    return this.arrivalCrcs.get(partNumber) ?? (isLast ? arriving.crc : undefined);
  }

  /** Nothing more will be written, the head included. */
  settle(sizeBytes: number): void {
    this.size = sizeBytes;
    this.complete = true;
    this.changed.notify();
  }

  partSize(partNumber: number): number {
    return Math.min(this.partBytes, this.size - (partNumber - 1) * this.partBytes);
  }

  private isReady(partNumber: number): boolean {
    if (this.complete) return partNumber <= this.partCount;
    return partNumber > 1 && partNumber * this.partBytes <= this.size;
  }

  /** The next part whose bytes are final, marked as being sent; null when there is none now. */
  takeReadyPart(): number | null {
    const returned = this.givenBack.pop();
    if (returned !== undefined) return this.take(returned);
    while (this.isReady(this.nextNew)) {
      const part = this.nextNew++;
      if (!this.stored.has(part)) return this.take(part);
    }
    const headDue = this.complete && !this.stored.has(1) && !this.inFlight.has(1);
    return headDue ? this.take(1) : null;
  }

  private take(partNumber: number): number {
    this.inFlight.add(partNumber);
    return partNumber;
  }

  /** Parts likely needed next, for signing several at once: none that a file will not have, which a store may refuse to sign. */
  upcoming(partNumber: number, count: number): number[] {
    const last = this.isSettled ? this.partCount : Number.POSITIVE_INFINITY;
    const ahead = Array.from({ length: count - 1 }, (_, index) => this.nextNew + index).filter(
      (number) => number <= last,
    );
    return [...new Set([partNumber, ...ahead, 1])].slice(0, count);
  }

  markStored(part: StoredPart): void {
    this.inFlight.delete(part.partNumber);
    this.stored.set(part.partNumber, part);
    this.arrivalCrcs.delete(part.partNumber);
    this.changed.notify();
  }

  /** The part was not stored (or is no longer): it is to be sent again. */
  giveBack(partNumber: number): void {
    this.inFlight.delete(partNumber);
    this.stored.delete(partNumber);
    if (partNumber > 1) this.givenBack.push(partNumber);
    this.changed.notify();
  }

  get isStored(): boolean {
    return this.complete && this.inFlight.size === 0 && this.stored.size === this.partCount;
  }

  get hasInFlight(): boolean {
    return this.inFlight.size > 0;
  }

  storedParts(): StoredPart[] {
    return [...this.stored.values()].sort((a, b) => a.partNumber - b.partNumber);
  }
}
