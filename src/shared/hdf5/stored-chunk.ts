/** A stored chunk. Chunks that were never written are in no index. */
export interface Chunk {
  /** Position in the grid of chunks, slowest axis first. */
  at: readonly number[];
  /** In the file. */
  offset: number;
  sizeBytes: number;
  /** Bit n: filter n was left out. */
  filterMask: number;
}

export type ChunkVisitor = (chunk: Chunk) => void;
