/**
 * Spots of frames in one file (`.spots`), of which a reader takes those of a frame by one range. Little endian:
 *
 *     8 bytes  "BDSPOTS1"
 *     u32      number of frames in the index
 *     u32      bytes of a spot: 16, or 24 with indices
 *     index    for each frame, ascending: u32 frame (from 1), u32 spots, u64 offset of its first spot in the file
 *     spots    f32 fast, f32 slow (pixels; the centre of the first at 0.5), f32 intensity (NaN: not told), u8 kinds, u8 width, u8 height of what
 *              it covers (pixels; 0: not told), u8 0; with indices then i16 h, k, l, i16 0
 *
 * Kinds are bits: 1 found, 2 indexed, 4 predicted, 8 in an ice ring.
 */
export const SPOTS_MAGIC = 'BDSPOTS1';
export const SPOTS_HEAD_BYTES = 16;
export const SPOTS_ENTRY_BYTES = 16;
/** More than this no template of ours writes, and no table is converted to. */
export const MAX_SPOTS_FILE_BYTES = 64 * 1024 * 1024;
/** Of a frame with more the strongest are kept. */
export const MAX_SPOTS_OF_FRAME = 5000;

export const SPOT_KINDS = ['found', 'indexed', 'predicted', 'ice'] as const;
/** One each: what is predicted was not found there, what lies in an ice ring is not indexed. */
export type SpotKind = (typeof SPOT_KINDS)[number];

export interface FrameSpot {
  /** Pixels, fractional. */
  fast: number;
  slow: number;
  /** Null: not told. */
  intensity: number | null;
  hkl: readonly [number, number, number] | null;
  kind: SpotKind;
  /** Width and height of what it covers, in pixels; null: not told. */
  box: readonly [number, number] | null;
}

export const SPOT_BYTES = { plain: 16, indexed: 24 } as const;
export type SpotBytes = (typeof SPOT_BYTES)[keyof typeof SPOT_BYTES];

const FOUND = 1;
const INDEXED = 2;
const PREDICTED = 4;
const ICE = 8;
const BITS: Readonly<Record<SpotKind, number>> = {
  found: FOUND,
  indexed: FOUND | INDEXED,
  predicted: PREDICTED,
  ice: FOUND | ICE,
};

function kindOfBits(bits: number): SpotKind {
  if (bits & PREDICTED) return 'predicted';
  if (bits & ICE) return 'ice';
  return bits & INDEXED ? 'indexed' : 'found';
}

/** Of many, those that count most; the others would hide the picture. */
function strongest(spots: readonly FrameSpot[]): readonly FrameSpot[] {
  if (spots.length <= MAX_SPOTS_OF_FRAME) return spots;
  const strength = ({ intensity }: FrameSpot) => intensity ?? Number.NEGATIVE_INFINITY;
  return spots.toSorted((a, b) => strength(b) - strength(a)).slice(0, MAX_SPOTS_OF_FRAME);
}

const inByte = (value: number) => Math.max(1, Math.min(255, Math.round(value)));

/** The spots of one frame as they stand in the file. */
export function packSpots(all: readonly FrameSpot[], spotBytes: SpotBytes): Uint8Array {
  const spots = strongest(all);
  const bytes = new Uint8Array(spots.length * spotBytes);
  const view = new DataView(bytes.buffer);
  for (const [index, { fast, slow, intensity, hkl, kind, box }] of spots.entries()) {
    const at = index * spotBytes;
    view.setFloat32(at, fast, true);
    view.setFloat32(at + 4, slow, true);
    view.setFloat32(at + 8, intensity ?? Number.NaN, true);
    view.setUint8(at + 12, BITS[kind]);
    view.setUint8(at + 13, box ? inByte(box[0]) : 0);
    view.setUint8(at + 14, box ? inByte(box[1]) : 0);
    if (spotBytes === SPOT_BYTES.indexed) {
      for (const [axis, value] of (hkl ?? [0, 0, 0]).entries())
        view.setInt16(at + 16 + 2 * axis, value, true);
    }
  }
  return bytes;
}

/** What `packSpots` made; bytes of an incomplete last spot are passed over. */
export function unpackSpots(bytes: Uint8Array, spotBytes: SpotBytes): FrameSpot[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / spotBytes) }, (_, index) => {
    const at = index * spotBytes;
    const intensity = view.getFloat32(at + 8, true);
    const [width, height] = [view.getUint8(at + 13), view.getUint8(at + 14)];
    const hkl = [0, 2, 4].map((by) =>
      spotBytes === SPOT_BYTES.indexed ? view.getInt16(at + 16 + by, true) : 0,
    ) as [number, number, number];
    return {
      fast: view.getFloat32(at, true),
      slow: view.getFloat32(at + 4, true),
      intensity: Number.isFinite(intensity) ? intensity : null,
      // No reflection is 0 0 0: that is the direct beam.
      hkl: hkl.some((each) => each !== 0) ? hkl : null,
      kind: kindOfBits(view.getUint8(at + 12)),
      box: width > 0 && height > 0 ? [width, height] : null,
    };
  });
}

/** A whole file. @param frames packed spots by the number of the frame, from 1 */
export function writeSpotsFile(frames: ReadonlyMap<number, Uint8Array>, spotBytes: SpotBytes): Uint8Array {
  const sorted = [...frames].sort(([a], [b]) => a - b);
  const start = SPOTS_HEAD_BYTES + sorted.length * SPOTS_ENTRY_BYTES;
  const file = new Uint8Array(sorted.reduce((sum, [, spots]) => sum + spots.length, start));
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode(SPOTS_MAGIC));
  view.setUint32(8, sorted.length, true);
  view.setUint32(12, spotBytes, true);
  let offset = start;
  for (const [index, [frame, spots]] of sorted.entries()) {
    const at = SPOTS_HEAD_BYTES + index * SPOTS_ENTRY_BYTES;
    view.setUint32(at, frame, true);
    view.setUint32(at + 4, spots.length / spotBytes, true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    file.set(spots, offset);
    offset += spots.length;
  }
  return file;
}

export interface SpotsHead {
  frames: number;
  spotBytes: SpotBytes;
  /** Head and index together: so much must be read to know where spots lie. */
  indexEnd: number;
}

/** Throws what a person can read when this is not the beginning of a file of spots. */
export function readSpotsHead(bytes: Uint8Array): SpotsHead {
  const isSpots =
    bytes.length >= SPOTS_HEAD_BYTES && new TextDecoder().decode(bytes.subarray(0, 8)) === SPOTS_MAGIC;
  if (!isSpots) throw new Error('This is not a file of spots: it does not begin with BDSPOTS1.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames = view.getUint32(8, true);
  const spotBytes = view.getUint32(12, true);
  if (spotBytes !== SPOT_BYTES.plain && spotBytes !== SPOT_BYTES.indexed) {
    throw new Error(`Its spots have ${spotBytes} bytes each; this version reads those of 16 and 24.`);
  }
  return { frames, spotBytes, indexEnd: SPOTS_HEAD_BYTES + frames * SPOTS_ENTRY_BYTES };
}

export interface SpotsPlace {
  offset: number;
  sizeBytes: number;
}

/** Where the spots of each frame (from 1) lie. @param bytes the file at least to the end of its index */
export function readSpotsIndex(bytes: Uint8Array): Map<number, SpotsPlace> {
  const { frames, spotBytes, indexEnd } = readSpotsHead(bytes);
  if (bytes.length < indexEnd) throw new Error('The file of spots ends in the middle of its index.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = new Map<number, SpotsPlace>();
  for (let index = 0; index < frames; index++) {
    const at = SPOTS_HEAD_BYTES + index * SPOTS_ENTRY_BYTES;
    places.set(view.getUint32(at, true), {
      offset: Number(view.getBigUint64(at + 8, true)),
      sizeBytes: Math.min(MAX_SPOTS_OF_FRAME, view.getUint32(at + 4, true)) * spotBytes,
    });
  }
  return places;
}

/** All spots of a file that is there whole, by frames from 1. */
export function readSpotsFile(bytes: Uint8Array): Map<number, FrameSpot[]> {
  const { spotBytes } = readSpotsHead(bytes);
  return new Map(
    [...readSpotsIndex(bytes)].map(([frame, { offset, sizeBytes }]) => [
      frame,
      unpackSpots(bytes.subarray(offset, offset + sizeBytes), spotBytes),
    ]),
  );
}

const withoutEnding = (path: string) => path.replace(/\.[A-Za-z0-9]+$/, '');
/** Where the spots of a declared output lie as a file of this format: a table is converted to one beside it. */
export const spotsPathOf = (path: string): string => `${withoutEnding(path)}.spots`;
/** While a job runs it may leave them in parts, each a whole file of some frames; of a frame in several parts the last by name counts. */
export const spotsPartsOf = (path: string): string => `${withoutEnding(path)}.parts/`;
