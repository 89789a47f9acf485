import { byteLength, type Dtype, type DtypeArray, isDtype, typedArrayOver } from '../model/dtype.ts';
import { CodecError } from './codec-error.ts';
import { inflateZlib } from './inflate.ts';
import { decodeLzw, decodePackBits, undoFloatPredictor, undoPredictor } from './tiff-packing.ts';

/*
 * TIFF files of detectors (TIFF 6.0; BigTIFF; Technical Notes 1 and 3 on predictors and floating point): one image of one sample a pixel, in
 * strips or tiles, plain or packed by LZW, PackBits or deflate.
 */

export interface TiffImage {
  dtype: Dtype;
  shape: [rows: number, columns: number];
  /** What programs write into it of the measurement. */
  description: string | null;
}

/** Bytes [offset, offset + length) of a file; throws CodecError where they are not there. */
export type TiffBytes = (offset: number, length: number) => Uint8Array;

interface TiffLayout extends TiffImage {
  isBigEndian: boolean;
  compression: number;
  predictor: number;
  /** Of a strip or tile; those at the lower edge of strips have fewer rows, tiles never. */
  block: { rows: number; columns: number };
  isTiled: boolean;
  offsets: number[];
  sizes: number[];
}

const MAX_SIDE_PX = 2 ** 20;
/** Tiles may be larger than a small image. */
const MAX_TILE_PX = 2 ** 20;
const MAX_TAGS = 1000;
const MAX_VALUES = 2 ** 21;
const MAX_DESCRIPTION = 65_536;

const TAG = {
  columns: 256,
  rows: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  stripOffsets: 273,
  samples: 277,
  rowsPerStrip: 278,
  stripSizes: 279,
  predictor: 317,
  tileColumns: 322,
  tileRows: 323,
  tileOffsets: 324,
  tileSizes: 325,
  format: 339,
} as const;

const NONE = 1;
const LZW = 5;
const PACK_BITS = 32773;
const DEFLATES = new Set([8, 32946]);
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 16: 8, 17: 8, 18: 8 };

/** The first directory of a file, by tag. */
class Directory {
  private readonly bytes: TiffBytes;
  private readonly isBig: boolean;
  private readonly tags = new Map<number, { type: number; count: number; at: number }>();
  readonly isBigEndian: boolean;

  constructor(bytes: TiffBytes) {
    this.bytes = bytes;
    const [first, second] = bytes(0, 2);
    if (first !== second || (first !== 0x49 && first !== 0x4d)) throw new CodecError('not a TIFF file');
    this.isBigEndian = first === 0x4d;
    const version = this.number(2, 2);
    if (version !== 42 && version !== 43) throw new CodecError('not a TIFF file');
    this.isBig = version === 43;
    const start = this.isBig ? this.number(8, 8) : this.number(4, 4);
    const [countBytes, entryBytes, valueBytes] = this.isBig ? [8, 20, 8] : [2, 12, 4];
    const count = this.number(start, countBytes);
    if (count < 1 || count > MAX_TAGS) throw new CodecError(`TIFF directory of ${count} entries`);
    for (let n = 0; n < count; n++) {
      const entry = start + countBytes + n * entryBytes;
      const type = this.number(entry + 2, 2);
      const values = this.number(entry + 4, this.isBig ? 8 : 4);
      const sizeBytes = (TYPE_BYTES[type] ?? 0) * values;
      const field = entry + entryBytes - valueBytes;
      const at = sizeBytes <= valueBytes ? field : this.number(field, valueBytes);
      this.tags.set(this.number(entry, 2), { type, count: values, at });
    }
  }

  private number(at: number, length: number): number {
    const bytes = this.bytes(at, length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    if (length === 2) return view.getUint16(0, !this.isBigEndian);
    if (length === 4) return view.getUint32(0, !this.isBigEndian);
    const value = Number(view.getBigUint64(0, !this.isBigEndian));
    if (!Number.isSafeInteger(value)) throw new CodecError('TIFF file with an impossible number');
    return value;
  }

  list(tag: number): number[] {
    const found = this.tags.get(tag);
    if (!found) return [];
    const { type, count, at } = found;
    const size = TYPE_BYTES[type];
    if (size === undefined || count > MAX_VALUES) throw new CodecError(`TIFF tag ${tag} cannot be read`);
    const bytes = this.bytes(at, size * count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: count }, (_, n) => {
      if (size === 1) return view.getUint8(n);
      if (size === 2) return view.getUint16(n * 2, !this.isBigEndian);
      if (size === 4) return view.getUint32(n * 4, !this.isBigEndian);
      return Number(view.getBigUint64(n * 8, !this.isBigEndian));
    });
  }

  one(tag: number, otherwise: number): number {
    return this.list(tag)[0] ?? otherwise;
  }

  text(tag: number): string | null {
    const found = this.tags.get(tag);
    if (found?.type !== 2 || found.count > MAX_DESCRIPTION) return null;
    let text = '';
    for (const code of this.bytes(found.at, found.count)) {
      if (code === 0) break;
      text += String.fromCharCode(code);
    }
    return text;
  }
}

function side(value: number, what: string): number {
  if (!Number.isInteger(value) || value < 1 || value > MAX_SIDE_PX)
    throw new CodecError(`TIFF image of ${value} ${what}`);
  return value;
}

function dtypeOf(directory: Directory): Dtype {
  const samples = directory.one(TAG.samples, 1);
  if (samples !== 1 || directory.one(TAG.photometric, 1) > 1)
    throw new CodecError('TIFF image in colours, not of counts');
  const bits = directory.one(TAG.bits, 1);
  const kind = ['', 'u', 'i', 'f'][directory.one(TAG.format, 1)] ?? '';
  const dtype = `${kind}${bits / 8}`;
  if (!isDtype(dtype)) throw new CodecError(`TIFF pixels of ${bits} bits are not supported`);
  return dtype;
}

function layoutOf(bytes: TiffBytes): TiffLayout {
  const directory = new Directory(bytes);
  const dtype = dtypeOf(directory);
  const columns = side(directory.one(TAG.columns, 0), 'columns');
  const rows = side(directory.one(TAG.rows, 0), 'rows');
  const compression = directory.one(TAG.compression, NONE);
  if (![NONE, LZW, PACK_BITS].includes(compression) && !DEFLATES.has(compression))
    throw new CodecError(`TIFF compression ${compression} is not supported`);
  const predictor = directory.one(TAG.predictor, 1);
  const isOfFloats = dtype[0] === 'f';
  // A predictor stands in files that pack nothing too, and means nothing there.
  const packs = compression !== NONE && compression !== PACK_BITS;
  if (packs && predictor !== 1 && !(predictor === 2 && !isOfFloats) && !(predictor === 3 && isOfFloats))
    throw new CodecError(`TIFF predictor ${predictor} is not supported`);
  if (directory.one(TAG.fillOrder, 1) !== 1) throw new CodecError('TIFF bits in reverse are not supported');
  const tileColumns = directory.one(TAG.tileColumns, 0);
  const isTiled = tileColumns > 0;
  const block = isTiled
    ? { rows: side(directory.one(TAG.tileRows, 0), 'tile rows'), columns: side(tileColumns, 'tile columns') }
    : {
        rows: Math.min(rows, side(Math.min(directory.one(TAG.rowsPerStrip, rows), rows), 'strip rows')),
        columns,
      };
  if (block.rows * block.columns > Math.max(MAX_TILE_PX, rows * columns))
    throw new CodecError(`TIFF tiles of ${block.columns} × ${block.rows} pixels`);
  const offsets = directory.list(isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const sizes = directory.list(isTiled ? TAG.tileSizes : TAG.stripSizes);
  const blocks = Math.ceil(rows / block.rows) * Math.ceil(columns / block.columns);
  // Old programs leave the size of a single plain strip out.
  if (sizes.length === 0 && offsets.length === 1 && compression === NONE)
    sizes.push(rows * columns * byteLength(dtype));
  if (offsets.length !== blocks || sizes.length !== blocks)
    throw new CodecError(`TIFF image of ${blocks} parts names ${offsets.length} of them`);
  return {
    ...{ dtype, shape: [rows, columns], description: directory.text(TAG.description) },
    ...{ isBigEndian: directory.isBigEndian, compression, predictor: packs ? predictor : 1 },
    ...{ block, isTiled, offsets, sizes },
  };
}

/**
 * What the image in a file is.
 * @param fileBytes size of the whole file: one that ends before its pixels is refused (being written, or cut)
 * @throws CodecError when it is no TIFF file, or its image is in a form this version does not read
 */
export function readTiff(bytes: TiffBytes, fileBytes: number): TiffImage {
  const { dtype, shape, description, offsets, sizes } = layoutOf(bytes);
  const end = offsets.reduce((most, offset, n) => Math.max(most, offset + sizes[n]!), 0);
  if (end > fileBytes) {
    throw new CodecError(`TIFF file has ${fileBytes} bytes, its pixels end at ${end}: it is not whole`);
  }
  return { dtype, shape, description };
}

function swap(bytes: Uint8Array, elementBytes: number): void {
  for (let from = 0; from + elementBytes <= bytes.length; from += elementBytes) {
    bytes.subarray(from, from + elementBytes).reverse();
  }
}

/** The pixels of a strip or tile, little-endian. */
function unpacked(layout: TiffLayout, stored: Uint8Array, rows: number): Uint8Array<ArrayBuffer> {
  const { compression, predictor, block, dtype, isBigEndian } = layout;
  const elementBytes = byteLength(dtype);
  const bytes = new Uint8Array(rows * block.columns * elementBytes);
  if (compression === LZW) decodeLzw(stored, bytes);
  else if (compression === PACK_BITS) decodePackBits(stored, bytes);
  else if (compression !== NONE) inflateZlib(stored, bytes);
  else if (stored.length >= bytes.length) bytes.set(stored.subarray(0, bytes.length));
  else throw new CodecError(`TIFF strip has ${stored.length} bytes instead of ${bytes.length}`);
  // The bytes of predicted floating point numbers stand highest first in any file.
  if (predictor === 3) undoFloatPredictor(bytes, block.columns, elementBytes);
  else if (isBigEndian) swap(bytes, elementBytes);
  if (predictor === 2) undoPredictor(typedArrayOver(dtype, bytes.buffer), block.columns);
  return bytes;
}

/**
 * The pixels of a whole file.
 * @throws CodecError when the file is damaged or does not hold exactly `elements` pixels of `dtype`
 */
export function decodeTiff(file: Uint8Array, dtype: Dtype, elements: number): DtypeArray {
  const layout = layoutOf((offset, length) => {
    if (offset < 0 || offset + length > file.length) throw new CodecError('TIFF file is cut');
    return file.subarray(offset, offset + length);
  });
  const [rows, columns] = layout.shape;
  if (layout.dtype !== dtype || rows * columns !== elements)
    throw new CodecError(`TIFF image of ${columns} × ${rows} pixels of type ${layout.dtype} is another one`);
  const { block, isTiled, offsets, sizes } = layout;
  const elementBytes = byteLength(dtype);
  const out = new Uint8Array(elements * elementBytes);
  const across = Math.ceil(columns / block.columns);
  for (const [n, offset] of offsets.entries()) {
    if (offset + sizes[n]! > file.length) throw new CodecError('TIFF file is cut');
    const top = Math.floor(n / across) * block.rows;
    const left = (n % across) * block.columns;
    const shown = {
      rows: Math.min(block.rows, rows - top),
      columns: Math.min(block.columns, columns - left),
    };
    const stored = file.subarray(offset, offset + sizes[n]!);
    const pixels = unpacked(layout, stored, isTiled ? block.rows : shown.rows);
    for (let row = 0; row < shown.rows; row++) {
      const from = row * block.columns * elementBytes;
      const part = pixels.subarray(from, from + shown.columns * elementBytes);
      out.set(part, ((top + row) * columns + left) * elementBytes);
    }
  }
  return typedArrayOver(dtype, out.buffer, 0, elements);
}
