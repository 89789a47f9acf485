import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AgentProgram } from '#hub/agent/agent-program.ts';
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

export interface LandingSettings {
  /** Looked through instead of watched. */
  polling?: boolean;
  scanS?: number;
  /** So long without a new frame is the end of a series. */
  seriesTimeoutS?: number;
}

type AgentKind = AgentProgram['kind'];

/** How each program calls it, and the first lines of its table. */
const TABLES: Readonly<Record<AgentKind, { source: string; head: string[]; polling: string }>> = {
  hub: { source: 'landing', head: ['[landing]'], polling: 'watch = "polling"' },
  sync: { source: 'raw', head: ['[[folder]]', 'folder = "raw"'], polling: 'polling = "on"' },
};

/** The landing folder of a HUB, or a folder that a SYNC watches: every file is noted in the ledger before it is written. */
export class Landing {
  readonly root: string;
  /** As the agent calls it. */
  readonly source: string;
  private readonly ledger: Ledger;
  private readonly kind: AgentKind;
  private readonly settings: LandingSettings;

  constructor(root: string, ledger: Ledger, kind: AgentKind, settings: LandingSettings = {}) {
    mkdirSync(root, { recursive: true });
    this.root = root;
    this.source = TABLES[kind].source;
    this.ledger = ledger;
    this.kind = kind;
    this.settings = settings;
  }

  /** Its table of the agent's configuration. */
  toml(): string {
    const { head, polling } = TABLES[this.kind];
    const { polling: isPolled = false, scanS, seriesTimeoutS } = this.settings;
    return [
      ...head,
      `path = "${this.root}"`,
      `settle_s = ${SETTLE_S}`,
      ...(isPolled ? [polling] : []),
      ...(scanS === undefined ? [] : [`scan_s = ${scanS}`]),
      ...(seriesTimeoutS === undefined ? [] : [`series_timeout_s = ${seriesTimeoutS}`]),
    ].join('\n');
  }

  /** Where a file lies; names may be bytes that are no text. */
  at(name: string | Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.root}/`), Buffer.from(name)]);
  }

  /** Notes what is about to be there under a name. */
  note(name: string | Buffer, bytes: Uint8Array, { places, fate = 'stored' }: PutOptions): FileEntry {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return this.ledger.addFile(
      this.source,
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
