import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { encodeBszstd } from '#src/shared/codecs/bszstd.ts';
import { BLOB_HEADER_BYTES, encodeLz4Framed, writeBlobHeader } from '#src/shared/codecs/lz4.ts';
import { byteLength, createDtypeArray, dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import type { ChannelLayout } from './data-file.ts';

/** A multiple of 8 elements of every type. */
const BLOCK_BYTES = 8192;

/**
 * A frame of nothing but invalid pixels, encoded like the channel's other frames.
 *
 * Readers built on the HDF5 library show the fill value for a frame without a chunk. neggia does not: it follows the
 * undefined address and takes XDS down. So a file with gaps gets this chunk once, behind its frames, and every missing
 * frame's entry points at it. Pixel values are the same either way; which frames are real is known from the chunk index
 * of the hub, not from the file.
 */
export function encodeGapChunk(layout: ChannelLayout): Uint8Array {
  const bytes = layout.shape[0] * layout.shape[1] * byteLength(layout.dtype);
  if (layout.filter === 'none') return invalidPixels(layout, bytes);
  // All full blocks are alike, and blocks know nothing of each other: one is encoded and repeated.
  const block = encodeBlocks(layout, Math.min(bytes, BLOCK_BYTES));
  const full = Math.floor(bytes / BLOCK_BYTES);
  const rest = full === 0 ? block : encodeBlocks(layout, bytes % BLOCK_BYTES);
  const chunk = new Uint8Array(BLOB_HEADER_BYTES + full * block.length + rest.length);
  writeBlobHeader(chunk, bytes, BLOCK_BYTES);
  for (let n = 0; n < full; n++) chunk.set(block, BLOB_HEADER_BYTES + n * block.length);
  chunk.set(rest, chunk.length - rest.length);
  return chunk;
}

/** `bytes` of invalid pixels as the filter stores them, without the header before them. */
function encodeBlocks(layout: ChannelLayout, bytes: number): Uint8Array {
  const pixels = invalidPixels(layout, bytes);
  return encode(layout, pixels).subarray(BLOB_HEADER_BYTES);
}

function encode({ filter, dtype }: ChannelLayout, pixels: Uint8Array): Uint8Array {
  switch (filter) {
    case 'bslz4':
      return encodeBslz4(pixels, byteLength(dtype), BLOCK_BYTES);
    case 'bszstd':
      return encodeBszstd(pixels, byteLength(dtype), BLOCK_BYTES);
    case 'lz4':
      return encodeLz4Framed(pixels, BLOCK_BYTES);
    case 'none':
      return pixels;
  }
}

function invalidPixels({ dtype }: ChannelLayout, bytes: number): Uint8Array {
  const pixels = createDtypeArray(dtype, bytes / byteLength(dtype));
  const invalid = dtypeInvalidValue(dtype);
  if (pixels instanceof BigUint64Array || pixels instanceof BigInt64Array) pixels.fill(BigInt(invalid));
  else pixels.fill(Number(invalid));
  return new Uint8Array(pixels.buffer);
}
