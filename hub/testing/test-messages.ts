import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import {
  encodeStreamV2End,
  encodeStreamV2Image,
  encodeStreamV2Start,
  type StreamStartInput,
} from '#src/shared/codecs/stream-v2-encode.ts';
import type { StreamImageArray } from '#src/shared/model/stream.ts';

/** Small messages with pixels that tell series, frame and channel, so that a mix-up shows. */
export interface TestSeries {
  seriesId: number;
  seriesUniqueId: string;
  rows: number;
  columns: number;
  channels: string[];
}

export function testSeries(seriesId: number, changes: Partial<TestSeries> = {}): TestSeries {
  return {
    seriesId,
    seriesUniqueId: `unique-${seriesId}`,
    rows: 16,
    columns: 24,
    channels: ['threshold_1'],
    ...changes,
  };
}

/** Pixels that look random (so that they do not compress) and tell where they belong. */
export function testPixels(series: TestSeries, imageId: number, channel = 0): Uint16Array<ArrayBuffer> {
  const seed = series.seriesId * 7919 + imageId * 31 + channel * 101;
  return Uint16Array.from({ length: series.rows * series.columns }, (_, pixel) => {
    const mixed = Math.imul(seed + pixel, 0x9e3779b1);
    return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 16;
  });
}

export function testArray(series: TestSeries, imageId: number, channel = 0): StreamImageArray {
  const pixels = testPixels(series, imageId, channel);
  return {
    dtype: 'u2',
    shape: [series.rows, series.columns],
    filter: 'bslz4',
    elementSize: 2,
    bytes: encodeBslz4(new Uint8Array(pixels.buffer), 2),
  };
}

export function startMessage(series: TestSeries, changes: Partial<StreamStartInput> = {}): Uint8Array {
  return encodeStreamV2Start({
    seriesId: series.seriesId,
    seriesUniqueId: series.seriesUniqueId,
    channels: series.channels,
    imageSizeX: series.columns,
    imageSizeY: series.rows,
    imageDtype: 'u2',
    detectorSerialNumber: 'TEST-1',
    frameTimeS: 0.1,
    ...changes,
  });
}

export function imageMessage(
  series: TestSeries,
  imageId: number,
  channels: ReadonlyMap<string, StreamImageArray> = new Map(
    series.channels.map((name, channel) => [name, testArray(series, imageId, channel)]),
  ),
): Uint8Array {
  return encodeStreamV2Image({
    seriesId: series.seriesId,
    seriesUniqueId: series.seriesUniqueId,
    imageId,
    channels,
  });
}

export function imageMessages(series: TestSeries, ...imageIds: number[]): Uint8Array[] {
  return imageIds.map((imageId) => imageMessage(series, imageId));
}

export function endMessage(series: TestSeries): Uint8Array {
  return encodeStreamV2End({ seriesId: series.seriesId, seriesUniqueId: series.seriesUniqueId });
}

export function wholeSeries(
  series: TestSeries,
  frames: number,
  changes: Partial<StreamStartInput> = {},
): Uint8Array[] {
  const images = Array.from({ length: frames }, (_, imageId) => imageMessage(series, imageId));
  return [startMessage(series, { numberOfImages: frames, ...changes }), ...images, endMessage(series)];
}
