import { CBF_HEAD_BYTES, readCbf } from '#src/shared/codecs/cbf.ts';
import { CodecError } from '#src/shared/codecs/codec-error.ts';
import { geometryOfHeader } from '#src/shared/codecs/frame-geometry.ts';
import { readTiff, type TiffBytes } from '#src/shared/codecs/tiff.ts';
import { readTiffHeader } from '#src/shared/codecs/tiff-header.ts';
import { FRAME_ENTRY_BYTES } from '#src/shared/contracts/frame-index.ts';
import type { Channel, Geometry } from '#src/shared/contracts/geometry.ts';
import type { RangeSource } from '#src/shared/hdf5/byte-source.ts';
import { ownFrames } from '#src/shared/hdf5/file-frames.ts';
import { Hdf5Error } from '#src/shared/hdf5/hdf5-error.ts';
import { extensionOf, fileType } from '#src/shared/model/file-types.ts';

/** The frames of one file that stands alone: where they lie in it, by channel. */
export interface FileFrames {
  channels: Channel[];
  geometry: Geometry;
  frames: number;
  /** By channel: frames × (u64 LE offset, u32 LE size). */
  entries: Uint8Array[];
}

/** Whether a file may have frames that the viewer shows, by its name. */
export const mayHaveFrames = (name: string): boolean =>
  fileType(name) === 'hdf5' || ['cbf', 'tif', 'tiff'].includes(extensionOf(name));

const TIFF_HEAD_BYTES = 64 * 1024;
const MAX_TIFF_BYTES = 512 * 1024 * 1024;

function entryOf(offset: number, sizeBytes: number): Uint8Array {
  const entry = new Uint8Array(FRAME_ENTRY_BYTES);
  const view = new DataView(entry.buffer);
  view.setBigUint64(0, BigInt(offset), true);
  view.setUint32(8, sizeBytes, true);
  return entry;
}

async function framesOfCbf({ sizeBytes, readRange }: RangeSource): Promise<FileFrames> {
  const head = await readRange(0, Math.min(CBF_HEAD_BYTES, sizeBytes));
  const { header, section } = readCbf(head, sizeBytes);
  const { dtype, filter, offset } = section;
  const shape: [number, number] = [section.shape[0], section.shape[1]];
  return {
    channels: [{ name: 'default', dtype, shape, filter }],
    geometry: geometryOfHeader(header, shape, { frame: 0, channel: 'default' }),
    frames: 1,
    entries: [entryOf(offset, section.sizeBytes)],
  };
}

function framesOfTiffHead(head: Uint8Array, sizeBytes: number): FileFrames {
  const bytes: TiffBytes = (offset, length) => {
    if (offset + length > head.length) throw new CodecError('TIFF file is cut');
    return head.subarray(offset, offset + length);
  };
  const image = readTiff(bytes, sizeBytes);
  const header = readTiffHeader(image, bytes, sizeBytes);
  return {
    channels: [{ name: 'default', dtype: image.dtype, shape: image.shape, filter: 'tiff' }],
    geometry: geometryOfHeader(header, image.shape, { frame: 0, channel: 'default' }),
    frames: 1,
    entries: [entryOf(0, sizeBytes)],
  };
}

/** The directory of a TIFF file may stand behind its pixels: then it is read whole, as the frame will be. */
async function framesOfTiff({ sizeBytes, readRange }: RangeSource): Promise<FileFrames> {
  const head = await readRange(0, Math.min(TIFF_HEAD_BYTES, sizeBytes));
  try {
    return framesOfTiffHead(head, sizeBytes);
  } catch (error) {
    const isBehind = error instanceof CodecError && head.length < sizeBytes && sizeBytes <= MAX_TIFF_BYTES;
    if (!isBehind) throw error;
    return framesOfTiffHead(await readRange(0, sizeBytes), sizeBytes);
  }
}

async function framesOfHdf5(source: RangeSource): Promise<FileFrames> {
  const found = await ownFrames(source);
  const [first] = found;
  const frames = first!.frames;
  const alike = found.filter((one) => one.frames === frames);
  return {
    channels: alike.map(({ name, dtype, shape, filter }) => ({ name, dtype, shape, filter })),
    geometry: { imageSizeXPx: first!.shape[1], imageSizeYPx: first!.shape[0] },
    frames,
    entries: alike.map(({ entries }) => entries),
  };
}

/** Throws Error with a sentence for people where the file has no frames that can be shown. */
export async function framesOfFile(name: string, source: RangeSource): Promise<FileFrames> {
  const extension = extensionOf(name);
  const read = extension === 'cbf' ? framesOfCbf : extension.startsWith('tif') ? framesOfTiff : framesOfHdf5;
  try {
    return await read(source);
  } catch (error) {
    if (error instanceof Hdf5Error) throw new Error(error.message);
    if (error instanceof CodecError) throw new Error(`This file cannot be shown: ${error.message}.`);
    throw error;
  }
}
