import { closeSync, openSync, readSync } from 'node:fs';
import type { CbfHeader } from '#src/shared/codecs/cbf-header.ts';
import { CodecError } from '#src/shared/codecs/codec-error.ts';
import { readTiff } from '#src/shared/codecs/tiff.ts';
import { readTiffHeader } from '#src/shared/codecs/tiff-header.ts';
import { byteLength, type Dtype } from '#src/shared/model/dtype.ts';
import type { HashedFile } from './file-sender.ts';

export interface TiffFile {
  header: CbfHeader;
  /** The whole file. */
  section: {
    offset: number;
    sizeBytes: number;
    dtype: Dtype;
    shape: readonly [rows: number, columns: number];
    filter: 'tiff';
  };
}

/**
 * The frame in a file that is named as a TIFF. Null: it has another name, or its image is none of a detector, such as a camera's: in colours,
 * or of 8 bits and without a word about a detector. Nothing is told of these, since they are as common beside the data.
 */
export function readTiffFile({
  path,
  openPath,
  sizeBytes,
}: Pick<HashedFile, 'path' | 'openPath' | 'sizeBytes'>): TiffFile | null {
  if (!/\.tiff?$/i.test(path)) return null;
  const handle = openSync(openPath, 'r');
  try {
    const bytes = (offset: number, length: number) => {
      const found = new Uint8Array(offset + length <= sizeBytes ? length : 0);
      if (found.length < length || readSync(handle, found, 0, length, offset) < length)
        throw new CodecError('TIFF file is cut');
      return found;
    };
    const image = readTiff(bytes, sizeBytes);
    const header = readTiffHeader(image, bytes, sizeBytes);
    if (byteLength(image.dtype) === 1 && header.detector === null && header.pixelSizeXM === null) return null;
    const { dtype, shape } = image;
    return { header, section: { offset: 0, sizeBytes, dtype, shape, filter: 'tiff' } };
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  } finally {
    closeSync(handle);
  }
}
