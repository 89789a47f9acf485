import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { encodeBszstd } from '#src/shared/codecs/bszstd.ts';
import { encodeLz4Framed } from '#src/shared/codecs/lz4.ts';
import { byteLength, createDtypeArray, dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import type { ChannelLayout } from './data-file.ts';

/**
 * A frame of nothing but invalid pixels, encoded like the channel's other frames.
 *
 * Readers built on the HDF5 library show the fill value for a frame without a chunk. neggia does not: it follows the
 * undefined address and takes XDS down. So a file with gaps gets this chunk once, behind its frames, and every missing
 * frame's entry points at it. Pixel values are the same either way; which frames are real is known from the chunk index
 * of the hub, not from the file.
 */
export function encodeGapChunk(layout: ChannelLayout): Uint8Array {
  const pixels = createDtypeArray(layout.dtype, layout.shape[0] * layout.shape[1]);
  const invalid = dtypeInvalidValue(layout.dtype);
  if (pixels instanceof BigUint64Array || pixels instanceof BigInt64Array) pixels.fill(BigInt(invalid));
  else pixels.fill(Number(invalid));
  const bytes = new Uint8Array(pixels.buffer);
  switch (layout.filter) {
    case 'bslz4':
      return encodeBslz4(bytes, byteLength(layout.dtype));
    case 'bszstd':
      return encodeBszstd(bytes, byteLength(layout.dtype));
    case 'lz4':
      return encodeLz4Framed(bytes);
    case 'none':
      return bytes;
  }
}
