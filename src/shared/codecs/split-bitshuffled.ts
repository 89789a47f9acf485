import { BITSHUFFLE_BLOCK_BYTES } from './bitshuffle.ts';
import { CodecError } from './codec-error.ts';
import { BLOB_HEADER_BYTES, readBlobHeader, readUint32Be, writeBlobHeader } from './lz4.ts';

/** A run of blocks of a blob, as a blob of its own. */
export interface BlobPart {
  blob: Uint8Array<ArrayBuffer>;
  /** Where its elements belong among those of the whole, in bytes. */
  offset: number;
  /** Uncompressed. */
  sizeBytes: number;
}

/**
 * Splits a bitshuffled blob (LZ4 or Zstandard) between its blocks into at most `parts` of about the same size, for as many workers: each
 * decodes its own with the decoder of the whole. Blocks are not looked into.
 * @throws CodecError when the blocks' lengths lead beyond the blob
 */
export function splitBitshuffled(blob: Uint8Array, maxExpansion: number, parts: number): BlobPart[] {
  const { uncompressedBytes, blockBytes: announced } = readBlobHeader(blob, maxExpansion);
  const blockBytes = announced === 0 ? BITSHUFFLE_BLOCK_BYTES : announced;
  const blocks = Math.floor(uncompressedBytes / blockBytes);
  const perPart = Math.max(1, Math.ceil(blocks / Math.max(1, parts)));
  const found: BlobPart[] = [];
  let position = BLOB_HEADER_BYTES;
  for (let first = 0; first === 0 || first < blocks; first += perPart) {
    const from = position;
    const isLast = first + perPart >= blocks;
    for (let block = first; !isLast && block < first + perPart; block++) {
      if (blob.length - position < 4)
        throw new CodecError(`the blob ends before block ${block} of ${blocks}`);
      position += 4 + readUint32Be(blob, position);
      if (position > blob.length) throw new CodecError(`the blob ends inside block ${block} of ${blocks}`);
    }
    // The last has what is left: the block that is cut down, and elements behind it.
    if (isLast) position = blob.length;
    const offset = first * blockBytes;
    const sizeBytes = isLast ? uncompressedBytes - offset : perPart * blockBytes;
    const part = new Uint8Array(BLOB_HEADER_BYTES + position - from);
    writeBlobHeader(part, sizeBytes, blockBytes);
    part.set(blob.subarray(from, position), BLOB_HEADER_BYTES);
    found.push({ blob: part, offset, sizeBytes });
  }
  return found;
}
