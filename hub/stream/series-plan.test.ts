import { expect, it } from 'vitest';
import { planFramesPerFile, planOpenRequest, silentStart } from './series-plan.ts';

it.each([
  [0.1, 10],
  [0.002, 500],
  [0.0001, 1000],
  [1, 1],
  [30, 1],
  [0.7, 1],
  [null, 100],
  [0, 100],
  [Number.NaN, 100],
])('a frame time of %s s makes %s images per file', (frameTimeS, images) => {
  expect(planFramesPerFile({ frameTimeS, userData: null })).toBe(images);
});

it.each([
  [1000, 0.0005, 1000],
  [1000, 0.1, 10],
  [1000, 0.15, 8],
  [500, 0.0005, 500],
  [1, 0.001, 1],
  // Primes: nothing but 1 and themselves divides them.
  [997, 0.001, 997],
  [1009, 0.0005, 1009],
  [7, 0.1, 7],
  [1_000_003, 0.1, 1],
  // All images in one file, or nonsense: no split to keep to.
  [0, 0.1, 10],
  [-5, 0.1, 10],
  [2.5, 0.1, 10],
  ['1000', 0.1, 10],
])('a source that splits by %s images at %s s per frame: %s', (images_per_file, frameTimeS, images) => {
  expect(planFramesPerFile({ frameTimeS, userData: { images_per_file } })).toBe(images);
});

const base = {
  seriesKey: '00000000-0000-4000-8000-000000000001',
  detector: 'd',
  participants: 1,
  fallbackSerialNumber: null,
  channels: [{ name: 'default', dtype: 'u2', shape: [4, 8], filter: 'bslz4' }] as const,
  framesPerFile: 10,
  startedAt: '2026-11-20T12:00:00.000Z',
  clockOffsetMs: 0,
};

it('tells the server nothing that the source did not say', () => {
  const { request } = planOpenRequest({ ...base, start: silentStart({ seriesId: 7, seriesUniqueId: 'u' }) });
  expect(request).toMatchObject({
    prefix: '',
    framesExpected: null,
    sampleName: null,
    detectorSerialNumber: 'd',
  });
  expect(request.geometry).toMatchObject({
    imageSizeXPx: 8,
    imageSizeYPx: 4,
    beamCenterXPx: null,
    wavelengthA: null,
  });
});

it('takes a beam centre of 0/0 for unknown and leaves huge user data in the master alone', () => {
  const start = {
    ...silentStart({ seriesId: 7, seriesUniqueId: 'u' }),
    beamCenterXPx: 0,
    beamCenterYPx: 0,
    userData: { note: 'x'.repeat(100_000), file_prefix: 'a/b' },
  };
  const { request } = planOpenRequest({ ...base, start });
  expect(request.geometry.beamCenterXPx).toBeNull();
  expect(request.userData).toBeNull();
  expect(request.prefix).toBe('a/b');
});
