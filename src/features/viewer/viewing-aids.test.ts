import { describe, expect, test } from 'vitest';
import { curveCsv, drawnCurve, nearestIndex } from './curve-points.ts';
import { detectorPlane } from './detector-plane.ts';
import { describePixel, describePlace } from './frame-read-out.tsx';
import { stretchOf } from './frame-stretch.ts';
import { headerRows, otherRows } from './header-rows.ts';
import { nearestPreview, previewsAround } from './nearest-preview.ts';
import { overviewFactor } from './overview-factor.ts';
import { countText, visiblePixels } from './pixel-grid.ts';
import { playStep } from './play-step.ts';
import { prefetchPlan } from './prefetch-plan.ts';
import { scaleBar } from './scale-bar.ts';
import { tileLayout } from './tile-layout.ts';

test('a 16M frame on a GPU of 2048 pixels is nine tiles that cover it once, each holding what lies around it too', () => {
  const tiles = tileLayout([4362, 4148], 2048, 8);
  expect(tiles).toHaveLength(9);
  expect(tiles.reduce((sum, { width, height }) => sum + width * height, 0)).toBe(4362 * 4148);
  const held = { x: 4056, y: 2024, width: 92, height: 2048 };
  expect(tiles[5]).toEqual({ x: 4064, y: 2032, width: 84, height: 2032, held });
  for (const { held: at } of tiles) expect(Math.max(at.width, at.height)).toBeLessThanOrEqual(2048);
  const whole = { x: 0, y: 0, width: 1024, height: 512 };
  expect(tileLayout([512, 1024], 1024, 8)).toEqual([{ ...whole, held: whole }]);
});

test('an overview has blocks as large as the window allows, and none where it shows every pixel', () => {
  const window = (innerWidth: number, innerHeight: number, devicePixelRatio = 1) => ({
    ...{ innerWidth, innerHeight, devicePixelRatio },
  });
  expect(overviewFactor([4362, 4148], window(1440, 900))).toBe(4);
  expect(overviewFactor([4362, 4148], window(1440, 900, 2))).toBe(2);
  expect(overviewFactor([4362, 4148], window(390, 844))).toBe(10);
  expect(overviewFactor([512, 1024], window(1440, 900))).toBe(1);
});

test('every frame has a preview near it when forty were kept', () => {
  for (const frames of [50, 100, 999, 1000, 3600]) {
    const every = Math.ceil(frames / 40);
    const previews = Array.from({ length: Math.ceil(frames / every) }, (_, n) => ({ frame: n * every }));
    // Behind the last one there is no other.
    for (let frame = 0; frame <= previews.at(-1)!.frame; frame++)
      expect(nearestPreview(previews, frame, frames)).not.toBeNull();
  }
});

test('previews around a frame, the nearest first, those ahead before those behind', () => {
  const previews = [0, 3, 6, 9, 12].map((frame) => ({ frame }));
  expect(previewsAround(previews, 6, 3).map(({ frame }) => frame)).toEqual([6, 9, 3]);
});

describe('fetching ahead', () => {
  const room = { frames: 100, frameBytes: 1e6, budgetBytes: 1e9 };
  test('without movement: a little, forwards', () => {
    expect(prefetchPlan([{ frame: 5, atMs: 0 }], room)).toEqual([6, 7]);
    expect(prefetchPlan([], room)).toEqual([]);
  });
  test('the faster, the farther; in the direction and stride of the movement', () => {
    const at = (step: number, ms: number) => [
      { frame: 50, atMs: 0 },
      { frame: 50 + step, atMs: ms },
    ];
    expect(prefetchPlan(at(1, 250), room)).toEqual([52, 53, 54, 55]);
    expect(prefetchPlan(at(-1, 500), room)).toEqual([48, 47]);
    expect(prefetchPlan(at(10, 300), room)).toEqual([70, 80, 90]);
    expect(prefetchPlan(at(1, 1), room)).toHaveLength(24);
  });
  test('a jump long ago is no movement', () => {
    const visits = [
      { frame: 0, atMs: 0 },
      { frame: 40, atMs: 60_000 },
    ];
    expect(prefetchPlan(visits, room)).toEqual([41, 42]);
  });
  test('never more bytes than the budget', () => {
    const visits = [
      { frame: 1, atMs: 0 },
      { frame: 2, atMs: 50 },
    ];
    expect(prefetchPlan(visits, { ...room, budgetBytes: 3.5e6 })).toEqual([3, 4, 5]);
    expect(prefetchPlan(visits, { ...room, budgetBytes: 0.5e6 })).toEqual([]);
  });
});

test('playing ends at the last frame, or begins again', () => {
  expect(playStep(3, 10, false)).toBe(4);
  expect(playStep(9, 10, false)).toBeNull();
  expect(playStep(9, 10, true)).toBe(0);
  expect(playStep(0, 1, true)).toBeNull();
});

test('a scale bar has a round length that fits', () => {
  // 75 µm pixels at half size: 200 canvas pixels are 30 mm
  expect(scaleBar(0.5, 75e-6, 200)).toEqual({ lengthPx: (20 / 0.075) * 0.5, label: '20 mm' });
  expect(scaleBar(2, null, 200)).toEqual({ lengthPx: 200, label: '100 px' });
  expect(scaleBar(64, 75e-6, 100).label).toBe('0.1 mm');
});

test('a preview stands in for frames close to it alone', () => {
  const previews = [{ frame: 0 }, { frame: 500 }, { frame: 1000 }];
  expect(nearestPreview(previews, 508, 2000)).toEqual({ frame: 500 });
  expect(nearestPreview(previews, 530, 2000)).toBeNull();
  expect(nearestPreview(previews, 2, 10)).toBeNull();
  expect(nearestPreview([], 0, 10)).toBeNull();
});

test('counts fit into their pixel, and the visible pixels are those in the window', () => {
  expect([12, 99_999, 1_234_567, 4_294_967_294, -3, 0.567, 1234.5, Number.NaN].map(countText)).toEqual([
    '12',
    '99999',
    '1.2M',
    '4.3G',
    '-3',
    '0.567',
    '1235',
    '–',
  ]);
  const view = { scale: 20, x: -30, y: 10 };
  expect(visiblePixels(view, [4, 100], { width: 200, height: 300 })).toEqual({ fast: [1, 12], slow: [0, 4] });
});

test('the stored frames of a stack, without those that never came', () => {
  const location = { url: '', offset: 0, sizeBytes: 1 };
  const locator = { locate: (frame: number) => (frame === 4 || frame > 6 ? null : location) };
  expect(stretchOf(locator, 3, 5).map(({ frame }) => frame)).toEqual([3, 5, 6]);
});

test('a curve begins at zero, breaks where nothing was measured, and is copied as it is', () => {
  const curve = { x: [0, 1, 2, 3], y: [4, Number.NaN, 2, 0] };
  expect(drawnCurve(curve)).toEqual({
    path: 'M0.00 0.00h0.01M66.67 50.00h0.01L100.00 100.00',
    from: { x: 0, y: 0 },
    to: { x: 3, y: 4 },
  });
  expect(drawnCurve({ x: [0, 1], y: [Number.NaN, Number.NaN] })).toBeNull();
  expect(nearestIndex(curve.x, 0.6)).toBe(2);
  expect(curveCsv('px', 'counts', curve)).toBe('px,counts\n0,4\n1,\n2,2\n3,0');
});

test('the header says what is known, in the units of a beamline, and whatever else was sent along', () => {
  const rows = headerRows(
    {
      imageSizeXPx: 1030,
      imageSizeYPx: 514,
      pixelSizeXM: 75e-6,
      pixelSizeYM: 75e-6,
      detectorDistanceM: 0.18,
      countTimeS: 0.0099,
      wavelengthA: null,
      thresholdsEv: { threshold_1: 6199.2 },
    },
    [{ name: 'threshold_1', dtype: 'u2', shape: [514, 1030], filter: 'bslz4' }],
  );
  const value = Object.fromEntries(rows.map((row) => [row.name, row.value]));
  expect(value).toEqual({
    image: '1030 × 514 px (fast × slow)',
    'pixel size': '75 × 75 µm',
    distance: '180 mm',
    exposure: '9.9 ms',
    'threshold 1': '6199.2 eV',
    'channel threshold_1': 'u2, bslz4',
  });
  expect(otherRows({ plate: { well: 'A3', drops: [1, 2] }, note: null })).toEqual([
    { name: 'plate.well', value: 'A3' },
    { name: 'plate.drops.0', value: '1' },
    { name: 'plate.drops.1', value: '2' },
  ]);
});

test('what the geometry says of a point stands in the read-out', () => {
  const plane = detectorPlane({
    imageSizeXPx: 1000,
    imageSizeYPx: 1000,
    pixelSizeXM: 75e-6,
    pixelSizeYM: 75e-6,
    beamCenterXPx: 500,
    beamCenterYPx: 500,
    detectorDistanceM: 0.18,
    wavelengthA: 1,
  });
  // 60 mm off at 180 mm and 1 Å: 2θ = atan(60/180) = 18.43°, d = 1 / (2 sin 9.2175°) = 3.12 Å, q = 2π / d
  expect(describePlace(plane, { fastPx: 500 + 800, slowPx: 500 })).toEqual({
    d: '3.12 Å',
    q: '2.013 Å⁻¹',
    twoTheta: '18.43°',
    radius: '800.0 px',
  });
  expect(describePlace(plane, { fastPx: 500, slowPx: 500 }).d).toBe('∞');
  expect(describePlace(null, { fastPx: 1, slowPx: 1 }).q).toBe('–');
});

test('a pixel says its value, or why it has none', () => {
  const layout = {
    dtype: 'u2',
    shape: [2, 3],
    statistics: null,
    fetchedBytes: 0,
    fetchMs: 0,
    decodeMs: 0,
    overview: null,
  } as const;
  const frame = { ...layout, pixels: Uint16Array.from([0, 7, 65535, 3, 40_000, 5]) };
  const bits = { ...layout, pixels: Uint16Array.from([0, 0, 0, 1, 0, 18]) };
  const displayed = { frame, mask: { reduced: new Uint8Array(6), bits } };
  const say = (fast: number, slow: number) => describePixel(displayed, 30_000, { fast, slow });
  expect(say(1, 0)).toBe('7');
  expect(say(2, 0)).toBe('65535 (no measurement)');
  expect(say(0, 1)).toBe('3 (gap)');
  expect(say(1, 1)).toBe('40000 (saturated)');
  expect(say(2, 1)).toBe('5 (dead, noisy)');
  // Beyond the row is not the next row.
  expect(say(3, 0)).toBe('–');
  expect(describePixel({ frame: null, mask: null }, null, { fast: 0, slow: 0 })).toBe('–');
});
