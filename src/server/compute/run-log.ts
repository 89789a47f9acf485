import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { freeBytes, wordsOfBytes } from './output-watch.ts';

/** Of what comes when the log is full, the end is kept: there a program says why it failed. */
const TAIL_BYTES = 256 * 1024;
/** Between two looks at how much is free on the disk. */
const LOOK_BYTES = 4 * 1024 * 1024;

export interface RunLogLimits {
  /** More of it is not kept but for the last words. */
  maxBytes: number;
  /** With less than this free on its disk the log grows no more: it must not be what ends the run. */
  freeBytes: number;
}

/** The log file of a run: what its program prints, as valid UTF-8 without NUL (neither a database text nor a browser takes it). */
export class RunLog {
  private readonly path: string;
  private readonly file: number;
  private readonly limits: RunLogLimits;
  private written = 0;
  private lookAt = 0;
  /** Why it grows no more, as it stands in the log. */
  private full: string | null = null;
  /** Newest pieces of what came when there was no room any more, and how much came since then. */
  private tail: Uint8Array[] = [];
  private tailBytes = 0;
  private beyondBytes = 0;

  constructor(path: string, limits: RunLogLimits) {
    this.path = path;
    this.file = openSync(path, 'a', 0o600);
    this.limits = limits;
  }

  /** What it takes on the disk. */
  get sizeBytes(): number {
    return this.written;
  }

  /** Takes what one of the program's streams prints; the streams are decoded apart, since a character may come in two pieces. */
  stream(): { write(piece: Uint8Array): void; end(): void } {
    const decoder = new TextDecoder();
    return {
      write: (piece) => {
        // Unread: a program that prints without end must not keep the supervisor busy.
        if (this.full !== null) this.keepTail(piece);
        else this.append(decoder.decode(piece, { stream: true }));
      },
      end: () => this.append(decoder.decode()),
    };
  }

  /** Throws nothing: how the run ended is worth more than the end of its log. */
  close(): void {
    try {
      if (this.beyondBytes > 0) {
        const tail = Buffer.concat(this.tail).subarray(-TAIL_BYTES);
        const leftOut = this.beyondBytes - tail.length;
        if (leftOut > 0)
          this.put(Buffer.from(`\n[${leftOut} bytes of the log are left out here: ${this.full}.]\n`));
        this.put(clean(new TextDecoder().decode(tail)));
      }
      fsyncSync(this.file);
    } catch {
      // Not a byte is free.
    } finally {
      closeSync(this.file);
    }
  }

  private append(text: string): void {
    if (text === '') return;
    const bytes = clean(text);
    this.full ??= this.reasonAgainst(bytes.length);
    const put = this.full === null ? this.put(bytes) : 0;
    if (put < bytes.length) {
      this.full ??= DISK_FULL;
      this.keepTail(bytes.subarray(put));
    }
  }

  private reasonAgainst(bytes: number): string | null {
    const { maxBytes } = this.limits;
    if (this.written + bytes > maxBytes) return `it grew beyond ${wordsOfBytes(maxBytes)}`;
    if (this.written < this.lookAt) return null;
    this.lookAt = this.written + LOOK_BYTES;
    return freeBytes(this.path) < this.limits.freeBytes ? DISK_FULL : null;
  }

  /** Writes what there is room for; returns how much that was. */
  private put(bytes: Uint8Array): number {
    let put = 0;
    try {
      while (put < bytes.length) put += writeSync(this.file, bytes, put);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOSPC' && code !== 'EDQUOT' && code !== 'EFBIG') throw error;
    }
    const whole = wholeCharacters(bytes, put);
    this.written += whole;
    // Whoever reads it takes whole characters alone, so nobody has seen what goes.
    if (whole < put) ftruncateSync(this.file, this.written);
    return whole;
  }

  private keepTail(piece: Uint8Array): void {
    this.beyondBytes += piece.length;
    this.tail.push(piece);
    this.tailBytes += piece.length;
    while (this.tail.length > 1 && this.tailBytes - this.tail[0]!.length >= TAIL_BYTES) {
      this.tailBytes -= this.tail.shift()!.length;
    }
  }
}

const DISK_FULL = 'the disk of the machine that runs jobs was nearly full';

const clean = (text: string) => Buffer.from(text.replaceAll('\0', '\ufffd'));

/** How many of the first `count` bytes are whole characters. */
function wholeCharacters(bytes: Uint8Array, count: number): number {
  if (count === bytes.length) return count;
  let whole = count;
  while (whole > 0 && (bytes[whole]! & 0xc0) === 0x80) whole--;
  return whole;
}
