import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import {
  encodeStreamV2End,
  encodeStreamV2Image,
  encodeStreamV2Start,
  type StreamStartInput,
} from '#src/shared/codecs/stream-v2-encode.ts';
import { makeSeriesUniqueId } from '#src/shared/model/series-unique-id.ts';
import type { StreamImageArray } from '#src/shared/model/stream.ts';
import type { MessageSender } from '../simulator/message-sender.ts';
import { hashIntegers } from '../simulator/random-source.ts';

/** A detector for journeys and faults: its pixels follow from series, channel and frame, so that loss, doubling and mix-up all show. */

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
  /** At which `sendFrames` sends. */
  rateHz: number;
  /** What the start message says; as the rate when left out. A HUB makes a data file per second of it. */
  frameTimeS?: number;
  /** Pixels per row and column. */
  size?: number;
  channels?: readonly string[];
  /** Counted when left out. */
  seriesId?: number;
  /** The prefix is a name that others may have had before, not to be made unique. */
  repeated?: boolean;
}

let seriesCount = 0;

/** One series with all its messages, made before the first is sent so that the pace is the stream's alone. */
export class ToldSeries {
  readonly frames: number;
  readonly rateHz: number;
  readonly frameTimeS: number;
  readonly size: number;
  readonly prefix: string;
  readonly channels: readonly string[];
  readonly seriesId: number;
  readonly seriesUniqueId: string;
  readonly images: readonly Uint8Array[];
  /** Of this process; what the pixels follow from. */
  private readonly seriesNumber: number;
  private readonly prints: ReadonlyMap<string, readonly string[]>;

  constructor(options: ToldSeriesOptions) {
    const { prefix, frames, rateHz, size = 512, channels = [CHANNEL] } = options;
    this.frames = frames;
    this.rateHz = rateHz;
    this.frameTimeS = options.frameTimeS ?? 1 / rateHz;
    this.size = size;
    this.channels = channels;
    // A name nobody has used, so that the dataset is found by it.
    this.prefix = options.repeated ? prefix : `${prefix}_${randomBytes(4).toString('hex')}`;
    seriesCount += 1;
    this.seriesNumber = seriesCount;
    this.seriesId = options.seriesId ?? 9000 + seriesCount;
    this.seriesUniqueId = makeSeriesUniqueId(Date.now(), randomBytes(16));
    const prints = new Map(channels.map((channel) => [channel, [] as string[]]));
    this.images = Array.from({ length: frames }, (_, imageId) => {
      for (const channel of channels)
        prints.get(channel)!.push(fingerprint(this.pixels(imageId, channels.indexOf(channel))));
      return this.imageOf(imageId, channels);
    });
    this.prints = prints;
  }

  /** Of the pixels sent, by image id. */
  get fingerprints(): readonly string[] {
    return this.fingerprintsOf(this.channels[0]!);
  }

  fingerprintsOf(channel: string): readonly string[] {
    return this.prints.get(channel)!;
  }

  /** Eight random bits per pixel: a background that does not compress away, other in every series, channel and frame. */
  private pixels(imageId: number, channelIndex: number): Uint16Array<ArrayBuffer> {
    let state = hashIntegers(this.seriesNumber, imageId, channelIndex, process.pid) | 1;
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
      channels: [...this.channels],
      numberOfImages: this.frames,
      imageSizeX: this.size,
      imageSizeY: this.size,
      imageDtype: 'u2',
      frameTimeS: this.frameTimeS,
      countTimeS: 0.999 * this.frameTimeS,
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

  /** A frame as it is in `images`, with some of the channels. */
  imageOf(imageId: number, channels: readonly string[]): Uint8Array {
    const arrays = channels.map((channel) => {
      const pixels = this.pixels(imageId, this.channels.indexOf(channel));
      return [channel, this.array(pixels)] as const;
    });
    return encodeStreamV2Image({ ...this.ids, imageId, channels: new Map(arrays) });
  }

  /** A frame with this array in the first channel alone. */
  image(imageId: number, array: StreamImageArray): Uint8Array {
    return encodeStreamV2Image({
      ...this.ids,
      imageId,
      channels: new Map([[this.channels[0]!, array]]),
    });
  }

  end(): Uint8Array {
    return encodeStreamV2End(this.ids);
  }

  get ids() {
    return { seriesId: this.seriesId, seriesUniqueId: this.seriesUniqueId };
  }
}

/** Sends frames at the rate of the series; `before` is called before each, and may do harm. */
export async function sendFrames(
  sender: Pick<MessageSender, 'send'>,
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
