import {
  encodeStreamV1End,
  encodeStreamV1Image,
  encodeStreamV1Start,
  type StreamV1StartInput,
} from '#src/shared/codecs/stream-v1-encode.ts';
import { type TestSeries, testArray } from './test-messages.ts';

/* The same small series as Stream V1: each message is a list of parts. Its unique id is not sent. */

export function startPartsV1(series: TestSeries, changes: Partial<StreamV1StartInput> = {}): Uint8Array[] {
  return encodeStreamV1Start({
    seriesId: series.seriesId,
    armDate: `2026-05-0${series.seriesId}T10:00:00.000000`,
    imageSizeX: series.columns,
    imageSizeY: series.rows,
    detectorSerialNumber: 'TEST-V1',
    frameTimeS: 0.1,
    ...changes,
  });
}

export function imagePartsV1(series: TestSeries, imageId: number): Uint8Array[] {
  return encodeStreamV1Image({ seriesId: series.seriesId, imageId, pixels: testArray(series, imageId) });
}

export function endPartsV1(series: TestSeries): Uint8Array[] {
  return encodeStreamV1End(series.seriesId);
}

export function wholeSeriesV1(
  series: TestSeries,
  frames: number,
  changes: Partial<StreamV1StartInput> = {},
): Uint8Array[][] {
  const images = Array.from({ length: frames }, (_, imageId) => imagePartsV1(series, imageId));
  return [startPartsV1(series, { numberOfImages: frames, ...changes }), ...images, endPartsV1(series)];
}
