import { MAX_ZSTD_BLOCK_BYTES, ZSTD_BLOCK_HEADER_BYTES, ZSTD_MAGIC } from './zstd.ts';

/** Shorter runs cost more as blocks of their own than as stored bytes. */
const MIN_RUN_BYTES = 8;
/** Magic number, descriptor, content size. */
const RUNS_HEADER_BYTES = 4 + 1 + 4;

/** Most bytes `encodeZstdRuns` makes: a run and the stored bytes before it cost seven bytes of headers, never more than they save. */
export function maxZstdRunsBytes(sourceBytes: number): number {
  return (
    RUNS_HEADER_BYTES +
    sourceBytes +
    ZSTD_BLOCK_HEADER_BYTES * (2 + Math.ceil(sourceBytes / MAX_ZSTD_BLOCK_BYTES))
  );
}

/**
 * Encodes `source[from, to)` as a Zstandard frame of runs and stored bytes: what remains of pixels after bitshuffle is
 * mostly rows of zeros. Valid for every decoder; compresses less than Zstandard's own encoder. (Detectors that compress in
 * an FPGA do the same.)
 */
export function encodeZstdRuns(source: Uint8Array, from: number, to: number): Uint8Array {
  const blocks: { type: 0 | 1; from: number; to: number }[] = [];
  const add = (type: 0 | 1, first: number, behind: number) => {
    for (let at = first; at < behind; at += MAX_ZSTD_BLOCK_BYTES) {
      blocks.push({ type, from: at, to: Math.min(behind, at + MAX_ZSTD_BLOCK_BYTES) });
    }
  };
  let plain = from;
  for (let at = from; at < to; ) {
    let end = at + 1;
    while (end < to && source[end] === source[at]) end++;
    if (end - at >= MIN_RUN_BYTES) {
      add(0, plain, at);
      add(1, at, end);
      plain = end;
    }
    at = end;
  }
  add(0, plain, to);
  if (blocks.length === 0) blocks.push({ type: 0, from, to: from });
  const bytes = blocks.reduce(
    (sum, block) => sum + ZSTD_BLOCK_HEADER_BYTES + (block.type === 1 ? 1 : block.to - block.from),
    0,
  );
  const frame = new Uint8Array(RUNS_HEADER_BYTES + bytes);
  const view = new DataView(frame.buffer);
  view.setUint32(0, ZSTD_MAGIC, true);
  const contentSizeOfFourBytes = 2 << 6;
  frame[4] = contentSizeOfFourBytes | 0x20;
  view.setUint32(5, to - from, true);
  let out = RUNS_HEADER_BYTES;
  for (const [index, block] of blocks.entries()) {
    const size = block.to - block.from;
    const header = (index === blocks.length - 1 ? 1 : 0) | (block.type << 1) | (size << 3);
    view.setUint16(out, header & 0xffff, true);
    frame[out + 2] = header >> 16;
    out += ZSTD_BLOCK_HEADER_BYTES;
    if (block.type === 1) frame[out++] = source[block.from]!;
    else {
      frame.set(source.subarray(block.from, block.to), out);
      out += size;
    }
  }
  return frame;
}
