import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DtypeArray } from '#src/shared/model/dtype.ts';
import {
  type EngineSeries,
  IMAGES,
  layout,
  MASK,
  makeEngineSeries,
  PIXELS,
  SHAPE,
} from './testing/engine-series.ts';
import {
  dialsPixels,
  hasDials,
  hasH5py,
  neggiaPixels,
  neggiaPlugin,
  readWithDials,
  readWithH5py,
  readWithNeggia,
  sha256,
} from './testing/engines.ts';
import { testPixels } from './testing/test-frames.ts';

/** NXmx v2024.2: three channels, of which image 2 lacks the first and image 7 the last. */
const CHANNELS = ['threshold_1', 'threshold_2', 'difference'].map((name) => layout('u4', 'bslz4', name));
const LACKING = [
  [2, 0],
  [7, 2],
] as const;

let folder: string;
let series: EngineSeries;
/** [channel][image] */
let expected: DtypeArray[][];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hdf5-channels-'));
  series = makeEngineSeries(folder, 'channels', CHANNELS, { missingChannels: LACKING, fillGaps: true });
  const invalid = testPixels('u4', PIXELS, 0).fill((2 ** 32 - 1) as never);
  expected = CHANNELS.map((_, channel) =>
    series.pixels.map((perChannel, image) =>
      LACKING.some(([lacking, of]) => lacking === image && of === channel) ? invalid : perChannel[channel]!,
    ),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(!hasH5py)('h5py: one array of all channels, and each channel for itself', () => {
  const report = readWithH5py(series.written.masterPath);
  const hashes = expected.map((images) => images.map((pixels) => sha256(pixels)));
  expect(report.all).toEqual({
    name: 'data',
    axes: ['image_id', 'channel', '.', '.'],
    shape: [IMAGES, 3, ...SHAPE],
    virtual: true,
    frames: { threshold_1: hashes[0], threshold_2: hashes[1], difference: hashes[2] },
  });
  for (const [channel, { name }] of CHANNELS.entries()) {
    expect(report.channels[name]).toMatchObject({
      shape: [IMAGES, ...SHAPE],
      virtual: true,
      frames: hashes[channel],
    });
  }
  expect(Object.values(report.links).map(([, path, shape]) => [path, shape[0]])).toEqual(
    [4, 4, 2].map((rows) => ['/entry/data/data', rows]),
  );
});

test.skipIf(!hasDials)('DIALS: the first channel as a rotation series, with geometry and mask', () => {
  const report = readWithDials(series.written.masterPath);
  expect(report).toMatchObject({ images: IMAGES, experiments: 1, imageset: 'ImageSequence', wavelength: 1 });
  expect(report.frames).toEqual(expected[0]!.map((pixels) => sha256(dialsPixels('u4', pixels))));
  expect(report.oscillation![1]).toBeCloseTo(0.1, 9);
  expect(report.distance).toBeCloseTo(180, 9);
  expect(report.masked).toBe(MASK.reduce((count, bits) => count + (bits === 0 ? 0 : 1), 0));
});

describe.skipIf(neggiaPlugin === undefined)('neggia (XDS), set BEAMDECK_NEGGIA_PLUGIN', () => {
  test('the first channel through the links', () => {
    const report = readWithNeggia(series.written.masterPath, neggiaPlugin!);
    expect(report).toMatchObject({ size: [...SHAPE], images: IMAGES, bytes: 4 });
    expect(report.frames).toEqual(expected[0]!.map((pixels) => sha256(neggiaPixels('u4', pixels, MASK))));
  });
});
