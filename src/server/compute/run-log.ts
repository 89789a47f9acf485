import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** Of what comes when the log is full, the end is kept: there a program says why it failed. */
const TAIL_BYTES = 256 * 1024;

/** The log file of a run: what its program prints, as valid UTF-8 without NUL (neither a database text nor a browser takes it). */
export class RunLog {
  private readonly file: number;
  private readonly maxBytes: number;
  private room: number;
  /** Newest pieces of what came when there was no room any more, and how much came since then. */
  private tail: Uint8Array[] = [];
  private tailBytes = 0;
  private beyondBytes = 0;

  constructor(path: string, maxBytes: number) {
    this.file = openSync(path, 'a', 0o600);
    this.maxBytes = maxBytes;
    this.room = maxBytes;
  }

  /** Takes what one of the program's streams prints; the streams are decoded apart, since a character may come in two pieces. */
  stream(): { write(piece: Uint8Array): void; end(): void } {
    const decoder = new TextDecoder();
    return {
      write: (piece) => {
        // Unread: a program that prints without end must not keep the supervisor busy.
        if (this.room === 0) this.keepTail(piece);
        else this.append(decoder.decode(piece, { stream: true }));
      },
      end: () => this.append(decoder.decode()),
    };
  }

  close(): void {
    if (this.beyondBytes > 0) {
      const tail = Buffer.concat(this.tail).subarray(-TAIL_BYTES);
      const leftOut = this.beyondBytes - tail.length;
      if (leftOut > 0) {
        const grewBeyond = `it grew beyond ${this.maxBytes / 1024 ** 2} MiB`;
        writeSync(this.file, `\n[${leftOut} bytes of the log are left out here: ${grewBeyond}.]\n`);
      }
      writeSync(this.file, clean(new TextDecoder().decode(tail)));
    }
    fsyncSync(this.file);
    closeSync(this.file);
  }

  private append(text: string): void {
    if (text === '') return;
    const bytes = clean(text);
    if (this.room > 0 && bytes.length <= this.room) {
      this.room -= bytes.length;
      writeSync(this.file, bytes);
      return;
    }
    this.room = 0;
    this.keepTail(bytes);
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

const clean = (text: string) => Buffer.from(text.replaceAll('\0', '\ufffd'));
