import { encodeBslz4 } from '../shared/codecs/bslz4.ts';
import type { ChunkTable } from '../shared/contracts/agent-api.ts';
import type { Channel, Geometry } from '../shared/contracts/geometry.ts';

/*
 * Small detector frames whose spots are known exactly. The "data file" is nothing but compressed frames one after the
 * other: what reads frames by offset and length need not care that it is no HDF5.
 */
const SIDE = 160;
export const SPOT_CHANNEL: Channel = {
  name: 'threshold_1',
  dtype: 'u2',
  shape: [SIDE, SIDE],
  filter: 'bslz4',
};
export const SPOT_GEOMETRY: Geometry = {
  imageSizeXPx: SIDE,
  imageSizeYPx: SIDE,
  pixelSizeXM: 0.000_5,
  pixelSizeYM: 0.000_5,
  beamCenterXPx: SIDE / 2,
  beamCenterYPx: SIDE / 2,
  detectorDistanceM: 0.1,
  wavelengthA: 1,
  saturationValue: 60_000,
};

/** The small generator mulberry32: the same numbers on every machine. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Spots on a grid 16 pixels apart, over a background of 0, 1, 2 or 3 counts; `spots` of them. */
export function spotFrame(frame: number, spots: number): Uint16Array<ArrayBuffer> {
  const random = randomNumbers(frame + 1);
  const pixels = new Uint16Array(SIDE * SIDE);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.floor(random() * 4);
  const across = SIDE / 16;
  for (let k = 0; k < spots; k++) {
    const x = 8 + 16 * (k % across);
    const y = 8 + 16 * Math.floor(k / across);
    for (const [dx, dy, counts] of [
      [0, 0, 90],
      [1, 0, 40],
      [-1, 0, 40],
      [0, 1, 40],
      [0, -1, 40],
    ] as const) {
      pixels[(y + dy) * SIDE + x + dx]! += counts;
    }
  }
  return pixels;
}

/** One data file of frames [first, first + counts.length) with `counts[i]` spots each, and where they lie in it. */
export function spotFile(
  first: number,
  counts: readonly number[],
): { bytes: Uint8Array; chunks: ChunkTable[] } {
  const blobs = counts.map((spots, row) =>
    encodeBslz4(new Uint8Array(spotFrame(first + row, spots).buffer), 2),
  );
  const entries = Buffer.alloc(blobs.length * 12);
  // No HDF5 file begins with a frame, and the server knows it.
  const head = new Uint8Array(512);
  let offset = head.length;
  for (const [row, blob] of blobs.entries()) {
    entries.writeBigUInt64LE(BigInt(offset), row * 12);
    entries.writeUInt32LE(blob.length, row * 12 + 8);
    offset += blob.length;
  }
  return {
    bytes: new Uint8Array(Buffer.concat([head, ...blobs])),
    chunks: [
      {
        channel: SPOT_CHANNEL.name,
        firstFrame: first,
        rows: counts.length,
        entries: entries.toString('base64'),
      },
    ],
  };
}
