import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RandomSource } from '#hub/simulator/random-source.ts';
import type { FileEntry, Ledger } from '../judge/ledger.ts';

const SETTLE_S = 0.5;

export interface PutOptions {
  places: readonly string[];
  fate?: FileEntry['fate'];
}

/** Bytes that follow from the seed and do not compress away. */
export function contents(random: RandomSource, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(sizeBytes / 4) * 4);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeInt32LE(random.next32(), at);
  return bytes.subarray(0, sizeBytes);
}

/** A landing folder: every file is noted in the ledger before it is written. */
export class Landing {
  readonly root: string;
  private readonly ledger: Ledger;
  private readonly settings: readonly string[];

  /** @param settings lines of its table in hub.toml, in addition */
  constructor(root: string, ledger: Ledger, settings: readonly string[] = []) {
    mkdirSync(root, { recursive: true });
    this.root = root;
    this.ledger = ledger;
    this.settings = settings;
  }

  /** Its table of hub.toml. */
  toml(): string {
    return ['[landing]', `path = "${this.root}"`, `settle_s = ${SETTLE_S}`, ...this.settings].join('\n');
  }

  /** Where a file lies; names may be bytes that are no text. */
  at(name: string | Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.root}/`), Buffer.from(name)]);
  }

  /** Notes what is about to be there under a name. */
  note(name: string | Buffer, bytes: Uint8Array, { places, fate = 'stored' }: PutOptions): FileEntry {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return this.ledger.addFile(
      'landing',
      Buffer.from(name),
      { sha256, sizeBytes: bytes.length },
      places,
      fate,
    );
  }

  /** Notes and writes a file, with the folders above it. */
  put(name: string | Buffer, bytes: Uint8Array, options: PutOptions): FileEntry {
    const entry = this.note(name, bytes, options);
    const where = this.at(name);
    const slash = where.lastIndexOf('/');
    mkdirSync(where.subarray(0, slash), { recursive: true });
    writeFileSync(where, bytes);
    return entry;
  }

  /** Name of a place beside the folder, on the same disk, which nobody watches. */
  beside(name: string): string {
    return path.join(path.dirname(this.root), name);
  }
}
