/** Up to this size an object is put in one request, and else in parts, the first of this size. */
export const PUT_BYTES = 16 * 1024 * 1024;
const LARGEST_BYTES = 512 * 1024 * 1024;
const EQUAL_BLOCKS = 1000;

/**
 * Size of the nth block, from 0: they grow, since S3 takes 10,000 parts at most and the size of an object is not known before its end. So
 * one may have 3 TB.
 */
export function blockBytes(index: number): number {
  return Math.min(LARGEST_BYTES, PUT_BYTES * 2 ** Math.floor(index / EQUAL_BLOCKS));
}

/** The same bytes in blocks, the last one shorter. */
export async function* blocksOf(
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  see: (piece: Uint8Array) => void,
  sizeOf: (index: number) => number = blockBytes,
): AsyncGenerator<Uint8Array, void> {
  let index = 0;
  let pieces: Uint8Array[] = [];
  let fill = 0;
  for await (const piece of body) {
    see(piece);
    for (let at = 0; at < piece.length; ) {
      const size = sizeOf(index);
      const taken = piece.subarray(at, at + size - fill);
      pieces.push(taken);
      fill += taken.length;
      at += taken.length;
      if (fill < size) continue;
      yield Buffer.concat(pieces);
      index++;
      pieces = [];
      fill = 0;
    }
  }
  if (fill > 0) yield Buffer.concat(pieces);
}
