/** Why bytes did not come; the message is for people. `changed`: they are no longer those of the file that was opened. */
export class BytesFault extends Error {
  readonly reason: 'unreachable' | 'refused' | 'changed';
  constructor(reason: BytesFault['reason'], message: string) {
    super(message);
    this.name = 'BytesFault';
    this.reason = reason;
  }
}

/** A file that is read by ranges, at once: the library that asks for bytes cannot wait for a promise. */
export interface StoredBytes {
  sizeBytes: number;
  /** Bytes [offset, offset + length), which lie within the file. Throws BytesFault. */
  fetch(offset: number, length: number): Uint8Array;
}

/** Finds a file of the experiment by its path; null: there is none. Throws BytesFault. */
export type FindStored = (path: string) => StoredBytes | null;

/** Metadata lie scattered: small blocks, and more at a time once they are read one after the other. */
export const BLOCK_BYTES = 64 * 1024;
const MOST_AHEAD_BLOCKS = 16;

/** Blocks of several files, the least recently used given up first. */
export class BlockCache {
  private readonly blocks = new Map<string, Uint8Array>();
  private keptBytes = 0;
  private readonly budgetBytes: number;

  constructor(budgetBytes = 96 * 1024 * 1024) {
    this.budgetBytes = budgetBytes;
  }

  get(key: string): Uint8Array | undefined {
    const block = this.blocks.get(key);
    if (block) {
      this.blocks.delete(key);
      this.blocks.set(key, block);
    }
    return block;
  }

  has(key: string): boolean {
    return this.blocks.has(key);
  }

  set(key: string, block: Uint8Array): void {
    this.blocks.set(key, block);
    this.keptBytes += block.length;
    for (const [oldest, old] of this.blocks) {
      if (this.keptBytes <= this.budgetBytes || oldest === key) break;
      this.blocks.delete(oldest);
      this.keptBytes -= old.length;
    }
  }
}

/** One file through the cache. */
export class CachedFile {
  readonly sizeBytes: number;
  private readonly bytes: StoredBytes;
  private readonly cache: BlockCache;
  private readonly name: string;
  private nextBlock = -1;
  private ahead = 1;

  constructor(name: string, bytes: StoredBytes, cache: BlockCache) {
    this.name = name;
    this.bytes = bytes;
    this.cache = cache;
    this.sizeBytes = bytes.sizeBytes;
  }

  private keyOf(block: number): string {
    return `${block} ${this.name}`;
  }

  /** Blocks [first, last] and, where the file is read on and on, some behind them; in one range. */
  private fetch(first: number, last: number, into: Map<number, Uint8Array>): void {
    this.ahead = first === this.nextBlock ? Math.min(MOST_AHEAD_BLOCKS, this.ahead * 2) : 1;
    const end = Math.ceil(this.sizeBytes / BLOCK_BYTES) - 1;
    let until = Math.min(end, Math.max(last, first + this.ahead - 1));
    for (let block = last + 1; block <= until; block++) {
      if (this.cache.has(this.keyOf(block))) until = block - 1;
    }
    this.nextBlock = until + 1;
    const offset = first * BLOCK_BYTES;
    const wanted = Math.min((until + 1) * BLOCK_BYTES, this.sizeBytes) - offset;
    const got = this.bytes.fetch(offset, wanted);
    if (got.length !== wanted) {
      throw new BytesFault('changed', `Only ${got.length} of ${wanted} bytes came of ${this.name}.`);
    }
    for (let block = first; block <= until; block++) {
      const from = (block - first) * BLOCK_BYTES;
      // A copy: a view would keep the whole answer in memory after its neighbours are given up.
      const piece = got.slice(from, from + BLOCK_BYTES);
      this.cache.set(this.keyOf(block), piece);
      into.set(block, piece);
    }
  }

  /** Copies bytes from `offset` on to `into`; fewer at the end of the file. Returns how many. */
  read(into: Uint8Array, offset: number): number {
    const length = Math.max(0, Math.min(into.length, this.sizeBytes - offset));
    if (length === 0) return 0;
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((offset + length - 1) / BLOCK_BYTES);
    const found = new Map<number, Uint8Array>();
    for (let block = first; block <= last; block++) {
      const kept = this.cache.get(this.keyOf(block));
      if (kept) found.set(block, kept);
    }
    for (let block = first; block <= last; block++) {
      if (found.has(block)) continue;
      let end = block;
      while (end < last && !found.has(end + 1)) end++;
      this.fetch(block, end, found);
    }
    for (let block = first; block <= last; block++) {
      const piece = found.get(block)!;
      const at = block * BLOCK_BYTES - offset;
      const part = at < 0 ? piece.subarray(-at) : piece;
      const start = Math.max(0, at);
      into.set(part.subarray(0, length - start), start);
    }
    return length;
  }
}
