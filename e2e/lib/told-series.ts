import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageSender } from '#hub/simulator/message-sender.ts';
import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import {
  encodeStreamV2End,
  encodeStreamV2Image,
  encodeStreamV2Start,
  type StreamStartInput,
} from '#src/shared/codecs/stream-v2-encode.ts';
import { makeSeriesUniqueId } from '#src/shared/model/series-unique-id.ts';
import type { StreamImageArray } from '#src/shared/model/stream.ts';
import { demo } from '../demo-facility.ts';

/** A detector for journeys: its pixels follow from series and frame, so that loss, doubling and mix-up all show. */

export const CHANNEL = 'threshold_1';
const PIXEL_SIZE_M = 75e-6;

/** Fingerprint of the pixels of a frame, as little-endian bytes. */
export const fingerprint = (pixels: ArrayBufferView): string =>
  createHash('sha256')
    .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
    .digest('base64');

export interface ToldSeriesOptions {
  prefix: string;
  frames: number;
  rateHz: number;
  size?: number;
}

let seriesCount = 0;

/** One series with all its messages, made before the first is sent so that the pace is the stream's alone. */
export class ToldSeries {
  readonly frames: number;
  readonly rateHz: number;
  readonly size: number;
  readonly prefix: string;
  readonly seriesId: number;
  readonly seriesUniqueId: string;
  /** Of the pixels sent, by image id. */
  readonly fingerprints: readonly string[];
  readonly images: readonly Uint8Array[];

  constructor({ prefix, frames, rateHz, size = 512 }: ToldSeriesOptions) {
    this.frames = frames;
    this.rateHz = rateHz;
    this.size = size;
    // A name nobody has used, so that the dataset is found by it.
    this.prefix = `${prefix}_${randomBytes(4).toString('hex')}`;
    seriesCount += 1;
    this.seriesId = 9000 + seriesCount;
    this.seriesUniqueId = makeSeriesUniqueId(Date.now(), randomBytes(16));
    const made = Array.from({ length: frames }, (_, imageId) => this.pixels(imageId));
    this.fingerprints = made.map(fingerprint);
    this.images = made.map((pixels, imageId) => this.image(imageId, this.array(pixels)));
  }

  /** Eight random bits per pixel: a background that does not compress away, other in every series and frame. */
  private pixels(imageId: number): Uint16Array<ArrayBuffer> {
    let state = (Math.imul(this.seriesId, 7919) + Math.imul(imageId + 1, 104_729)) | 0;
    const pixels = new Uint16Array(this.size * this.size);
    for (let pixel = 0; pixel < pixels.length; pixel++) {
      // xorshift32 (Marsaglia 2003)
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      pixels[pixel] = state & 0xff;
    }
    return pixels;
  }

  array(pixels: Uint16Array<ArrayBuffer>, size = this.size): StreamImageArray {
    const bytes = encodeBslz4(new Uint8Array(pixels.buffer), 2);
    return { dtype: 'u2', shape: [size, size], filter: 'bslz4', elementSize: 2, bytes };
  }

  start(changes: Partial<StreamStartInput> = {}): Uint8Array {
    return encodeStreamV2Start({
      ...this.ids,
      channels: [CHANNEL],
      numberOfImages: this.frames,
      imageSizeX: this.size,
      imageSizeY: this.size,
      imageDtype: 'u2',
      frameTimeS: 1 / this.rateHz,
      countTimeS: 0.999 / this.rateHz,
      detectorSerialNumber: 'JOURNEY-0001',
      detectorDescription: 'Detector of the journeys',
      detectorDistanceM: 0.15,
      beamCenterXPx: this.size / 2,
      beamCenterYPx: this.size / 2,
      pixelSizeXM: PIXEL_SIZE_M,
      pixelSizeYM: PIXEL_SIZE_M,
      energyEv: 12_700,
      goniometer: { omega: { startDeg: 0, incrementDeg: 0.1 } },
      saturationValue: 65_533,
      userData: { file_prefix: this.prefix },
      ...changes,
    });
  }

  image(imageId: number, array: StreamImageArray): Uint8Array {
    return encodeStreamV2Image({ ...this.ids, imageId, channels: new Map([[CHANNEL, array]]) });
  }

  end(): Uint8Array {
    return encodeStreamV2End(this.ids);
  }

  get ids() {
    return { seriesId: this.seriesId, seriesUniqueId: this.seriesUniqueId };
  }
}

/** The sender's end of the replay connection, on which the HUB pulls. */
export const openBeamline = (): Promise<MessageSender> =>
  MessageSender.bind({
    endpoint: demo.hub.replay,
    queueMessages: 8,
    lingerMs: 10_000,
    onWaiting: () => undefined,
  });

/** Sends frames at the rate of the series; `before` is called before each, and may do harm. */
export async function sendFrames(
  sender: MessageSender,
  series: ToldSeries,
  range: { from: number; to: number },
  before: (imageId: number) => void | Promise<void> = () => undefined,
): Promise<void> {
  const startedMs = performance.now();
  for (let imageId = range.from; imageId < range.to; imageId++) {
    const waitMs = startedMs + ((imageId - range.from) * 1000) / series.rateHz - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    await before(imageId);
    await sender.send(series.images[imageId]!);
  }
}
