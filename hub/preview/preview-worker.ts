import { setPriority } from 'node:os';
import path from 'node:path';
import { parentPort } from 'node:worker_threads';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { CodecError } from '#src/shared/codecs/codec-error.ts';
import { readStart } from '../agent/series-master.ts';
import { START_FILE } from '../stream/start-file.ts';
import { makePreview } from './preview-picture.ts';
import type { ShownChannel } from './preview-series.ts';

export interface PreviewOrder {
  id: number;
  seriesKey: string;
  channel: ShownChannel;
  /** Folder of the series with its start message; null = none. */
  dir: string | null;
  /** The encoded frame. */
  bytes: Uint8Array;
}

export type PreviewAnswer = { id: number; png: Uint8Array<ArrayBuffer> } | { id: number; error: string };

/** Masks of the last series, one byte per pixel: a second detector's series may alternate with it. */
const masks = new Map<string, Uint8Array | null>();
const MAX_MASKS = 2;

/** Null when the source sent none, or one that does not fit or cannot be read: type extremes are left out even then. */
function readMask({ dir, channel }: PreviewOrder): Uint8Array | null {
  const array =
    dir === null ? undefined : readStart(path.join(dir, START_FILE))?.pixelMasks.get(channel.name);
  const [rows, columns] = channel.shape;
  if (!array || array.shape[0] !== rows || array.shape[1] !== columns) return null;
  const { filter, dtype, bytes } = array;
  try {
    const bits = decodeChunk({ filter, dtype, bytes, elements: rows * columns });
    const mask = new Uint8Array(bits.length);
    for (let i = 0; i < mask.length; i++) mask[i] = Number(bits[i]) === 0 ? 0 : 1;
    return mask;
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

function maskOf(order: PreviewOrder): Uint8Array | null {
  const known = masks.get(order.seriesKey);
  if (known !== undefined) return known;
  const mask = readMask(order);
  masks.set(order.seriesKey, mask);
  if (masks.size > MAX_MASKS) masks.delete(masks.keys().next().value as string);
  return mask;
}

/** Of the frame before: fresh memory for each frame cost a search of the whole heap for every other one. */
let frameMemory: ArrayBuffer | undefined;

function preview(order: PreviewOrder): Uint8Array<ArrayBuffer> {
  const { dtype, shape, filter } = order.channel;
  const chunk = { filter, dtype, bytes: order.bytes, elements: shape[0] * shape[1] };
  const pixels = decodeChunk(chunk, frameMemory);
  frameMemory = pixels.buffer;
  const negativeIsMasked = filter === 'byte-offset';
  const { png } = makePreview({ pixels, dtype, shape, mask: maskOf(order), negativeIsMasked });
  return new Uint8Array(png);
}

// On Linux a priority belongs to the thread: previews take only the processor time that receiving and sending leave.
const NICENESS = 10;
if (process.platform === 'linux') setPriority(0, NICENESS);

parentPort?.on('message', (order: PreviewOrder | null) => {
  // Nothing follows: the thread ends by itself.
  if (order === null) {
    parentPort?.close();
    return;
  }
  try {
    const png = preview(order);
    parentPort?.postMessage({ id: order.id, png } satisfies PreviewAnswer, [png.buffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ id: order.id, error: message } satisfies PreviewAnswer);
  }
});
