import { closeSync, existsSync, openSync, readSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { PullEnded } from './pull-faults.ts';

const STATE = '.beamdeck-pull.state';
/** Lines beyond one per file are of former contents; so many are borne before the file is written anew. */
const SPARE_LINES = 10_000;

/** A file as it was put here. */
export interface PulledFile {
  sha256: string;
  sizeBytes: number;
  /** Of the file here, ms since 1970: whether somebody wrote to it since. */
  mtimeMs: number;
}

const PIECE_BYTES = 1024 * 1024;

/** In pieces: of millions of files it is longer than a text may be. Nothing when there is no file. */
function* linesOf(file: string): Generator<string> {
  if (!existsSync(file)) return;
  const fd = openSync(file, 'r');
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) {
      const lines = (rest + decoder.write(piece.subarray(0, count))).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
    yield rest;
  } finally {
    closeSync(fd);
  }
}

type Line =
  | { experiment: string }
  | ({ path: string } & PulledFile)
  /** The content whose beginning lies in the part file. */
  | { part: string; sha256: string };

/**
 * What a pull knows of the files it has put into a folder, in a file there: one JSON line per thing learned, the last one counts. A line that was
 * cut off costs hashing a file again, nothing else.
 */
export class PullState {
  private readonly file: string;
  private readonly files = new Map<string, PulledFile>();
  private readonly parts = new Map<string, string>();
  private experiment: string | null = null;
  private fd: number;

  constructor(dir: string) {
    this.file = path.join(dir, STATE);
    const lines = this.read();
    if (lines > this.files.size + SPARE_LINES) this.writeAnew();
    this.fd = openSync(this.file, 'a', 0o600);
    // Behind a line that was cut off.
    if (lines > 0) writeSync(this.fd, '\n');
  }

  private read(): number {
    let count = 0;
    for (const line of linesOf(this.file)) {
      this.take(line);
      count++;
    }
    return count;
  }

  private take(text: string): void {
    let line: Line;
    try {
      line = JSON.parse(text) as Line;
    } catch {
      // Empty, or cut off.
      return;
    }
    this.learn(line);
  }

  private learn(line: Line): void {
    if ('experiment' in line) this.experiment = line.experiment;
    else if ('part' in line) this.parts.set(line.part, line.sha256);
    else {
      const { path: filePath, sha256, sizeBytes, mtimeMs } = line;
      this.files.set(filePath, { sha256, sizeBytes, mtimeMs });
      this.parts.delete(filePath);
    }
  }

  private writeAnew(): void {
    const lines: Line[] = [
      ...(this.experiment === null ? [] : [{ experiment: this.experiment }]),
      ...[...this.files].map(([filePath, known]) => ({ path: filePath, ...known })),
      ...[...this.parts].map(([part, sha256]) => ({ part, sha256 })),
    ];
    writeFileSync(`${this.file}.new`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    renameSync(`${this.file}.new`, this.file);
  }

  private add(line: Line): void {
    writeSync(this.fd, `${JSON.stringify(line)}\n`);
    this.learn(line);
  }

  /** What is here, each file proved. */
  sums(): { files: number; sizeBytes: number } {
    let sizeBytes = 0;
    for (const file of this.files.values()) sizeBytes += file.sizeBytes;
    return { files: this.files.size, sizeBytes };
  }

  /** Binds the folder to the experiment. Throws PullEnded when it holds another one. */
  bind(experiment: string, dir: string): void {
    if (this.experiment === experiment) return;
    if (this.experiment !== null) {
      throw new PullEnded(
        `${dir} holds files of ${this.experiment}. Choose another folder for ${experiment}.`,
      );
    }
    this.add({ experiment });
  }

  get(filePath: string): PulledFile | null {
    return this.files.get(filePath) ?? null;
  }

  put(filePath: string, known: PulledFile): void {
    this.add({ path: filePath, ...known });
  }

  /** The hash of the content that the part file of this path begins; null when that is not known. */
  partOf(filePath: string): string | null {
    return this.parts.get(filePath) ?? null;
  }

  beginPart(filePath: string, sha256: string): void {
    if (this.parts.get(filePath) !== sha256) this.add({ part: filePath, sha256 });
  }

  close(): void {
    closeSync(this.fd);
  }
}
