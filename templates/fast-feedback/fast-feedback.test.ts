import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeBackground } from '#hub/simulator/background-model.ts';
import { CRYSTAL_FORMS } from '#hub/simulator/crystal-forms.ts';
import { DETECTOR_MODELS, makeDetectorDefects } from '#hub/simulator/detector-models.ts';
import { FrameRenderer, normalShare } from '#hub/simulator/frame-renderer.ts';
import { BackgroundSampler } from '#hub/simulator/poisson-sampler.ts';
import { RandomSource } from '#hub/simulator/random-source.ts';
import { listSpots, randomRotation } from '#hub/simulator/rotation-geometry.ts';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import type { Geometry } from '#src/shared/contracts/geometry.ts';
import { createDtypeArray, dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { SPOT_GEOMETRY, spotFrame } from '#src/testing/spot-frames.ts';
import { FrameAnalyser } from './analyse-frame.ts';
import { FINE_SHELLS, inverseSquareDAtRadius, mapDetector, type ShellCoverage } from './detector-map.ts';
import { NO_VALUE, preparePixels } from './frame-pixels.ts';
import { FrameQueue } from './frame-queue.ts';
import { SeriesSummary } from './series-summary.ts';
import { countPerShell, estimateReach, ICE_RINGS_A, markIce } from './spot-resolution.ts';

const SETTINGS = { strongSigma: 3, dispersionSigma: 6, minSpotPixels: 2 };
const TESTDATA = process.env.BEAMDECK_TESTDATA ?? resolve(import.meta.dirname, '../../../shared/testdata');

/** Frames of the simulator with the list of what is on them. */
function simulate(backgroundCounts: number) {
  const model = DETECTOR_MODELS.find(({ name }) => name === 'eiger2-1m')!;
  const geometry = {
    wavelengthA: 0.976,
    distanceM: model.defaultDistanceM,
    pixelSizeM: model.pixelSizeM,
    columns: model.columns,
    rows: model.rows,
    beamCenterXPx: model.columns / 2 + 7.3,
    beamCenterYPx: model.rows / 2 - 11.8,
    omegaStartDeg: 0,
    oscillationDeg: 0.5,
    frames: 2,
  };
  const defects = makeDetectorDefects(model, 7);
  const background = makeBackground(geometry, backgroundCounts);
  const spots = listSpots({
    crystal: CRYSTAL_FORMS[0]!,
    orientation: randomRotation(new RandomSource(11)),
    geometry,
    mosaicityDeg: 0.08,
    countsPerReflection: 1500,
  });
  const renderer = new FrameRenderer({
    geometry,
    spots,
    background,
    sampler: new BackgroundSampler(background.meanCounts, new RandomSource(7, 1)),
    defects,
    dtype: 'u2',
    saturationValue: 60_000,
    spotSigmaPx: 0.8,
    decayPerFrame: 0,
    seed: 3,
  });
  const known: Geometry = {
    imageSizeXPx: geometry.columns,
    imageSizeYPx: geometry.rows,
    pixelSizeXM: geometry.pixelSizeM,
    beamCenterXPx: geometry.beamCenterXPx,
    beamCenterYPx: geometry.beamCenterYPx,
    detectorDistanceM: geometry.distanceM,
    wavelengthA: geometry.wavelengthA,
  };
  const mask = Uint8Array.from(defects.mask, (value) => (value === 0 ? 0 : 1));
  const map = mapDetector([geometry.rows, geometry.columns], known, mask, 40);
  /** Where spots of more than `least` counts are on a frame, masked and low-resolution ones left out. */
  const truth = (frame: number, least: number) => {
    const from = geometry.omegaStartDeg + frame * geometry.oscillationDeg;
    const found: { x: number; y: number }[] = [];
    for (let i = 0; i < spots.count; i++) {
      const share = normalShare(
        from,
        from + geometry.oscillationDeg,
        spots.omegaDeg[i]!,
        spots.sigmaOmegaDeg[i]!,
      );
      const x = spots.xPx[i]!;
      const y = spots.yPx[i]!;
      const pixel = Math.floor(y) * geometry.columns + Math.floor(x);
      const counts = (spots.counts[i]! * share * (background.transmission[pixel] ?? 0)) / 255;
      if (counts > least && map.zone[pixel] !== 0xffff && map.zone[pixel] !== undefined) found.push({ x, y });
    }
    return found;
  };
  return { map, renderer, truth };
}

describe('finding spots', () => {
  it.each([0.2, 1, 5])(
    'finds what the simulator put there, over a background of %d counts',
    (level) => {
      const { map, renderer, truth } = simulate(level);
      const analyser = new FrameAnalyser(map, SETTINGS, null);
      let strong = 0;
      let found = 0;
      let seen = 0;
      let wrong = 0;
      for (let frame = 0; frame < renderer.frames; frame++) {
        const { spots } = analyser.analyse(frame, renderer.render(frame), 'u2');
        const near = (a: { x: number; y: number }, b: { x: number; y: number }) =>
          Math.hypot(a.x - b.x, a.y - b.y) < 3;
        const known = truth(frame, 60);
        strong += known.length;
        found += known.filter((spot) => spots.some((other) => near(spot, other))).length;
        const anything = truth(frame, 3);
        seen += spots.length;
        wrong += spots.filter((spot) => !anything.some((other) => near(spot, other))).length;
      }
      expect(strong).toBeGreaterThan(200);
      expect(found / strong).toBeGreaterThan(0.93);
      expect(wrong / seen).toBeLessThan(0.03);
    },
    60_000,
  );

  it('finds nothing in noise, in darkness, or on a frame without a single good pixel', () => {
    const map = mapDetector([160, 160], SPOT_GEOMETRY, null, 1000);
    const analyser = new FrameAnalyser(map, SETTINGS, null);
    expect(analyser.analyse(0, spotFrame(0, 0), 'u2').result).toMatchObject({
      spots: 0,
      resolutionA: null,
      strongestSpot: null,
      backgroundMedian: 1,
    });
    const dark = new Uint16Array(160 * 160);
    expect(analyser.analyse(0, dark, 'u2').result).toMatchObject({ spots: 0, totalCounts: 0 });
    expect(analyser.analyse(0, dark.fill(65_535), 'u2').result).toMatchObject({ spots: 0, totalCounts: 0 });
  });

  it('finds the same spots whatever the element type', () => {
    const map = mapDetector([160, 160], SPOT_GEOMETRY, null, 1000);
    const counts = (['u2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8'] as const).map((dtype) => {
      const source = spotFrame(1, 30);
      const raw = createDtypeArray(dtype, source.length);
      for (let i = 0; i < source.length; i++) {
        raw[i] = (
          raw instanceof BigUint64Array || raw instanceof BigInt64Array ? BigInt(source[i]!) : source[i]!
        ) as never;
      }
      return new FrameAnalyser(map, SETTINGS, null).analyse(0, raw, dtype).result.spots;
    });
    expect(counts).toEqual(counts.map(() => 30));
  });

  it('leaves no trace of a frame in the next', () => {
    const map = mapDetector([160, 160], SPOT_GEOMETRY, null, 1000);
    const analyser = new FrameAnalyser(map, SETTINGS, null);
    const alone = new FrameAnalyser(map, SETTINGS, null).analyse(2, spotFrame(2, 7), 'u2').result;
    analyser.analyse(1, spotFrame(1, 90), 'u2');
    expect(analyser.analyse(2, spotFrame(2, 7), 'u2').result).toEqual(alone);
  });

  it('works without any geometry, and says why there is no resolution', () => {
    const map = mapDetector([160, 160], { imageSizeXPx: 160, imageSizeYPx: 160 }, null, 40);
    expect(map.withoutResolution).toBe(
      'The source did not say: beam centre x, beam centre y, pixel size, detector distance, wavelength.',
    );
    const { result } = new FrameAnalyser(map, SETTINGS, null).analyse(0, spotFrame(0, 50), 'u2');
    expect(result).toMatchObject({ spots: 50, resolutionA: null });
  });

  it('counts overloads', () => {
    const map = mapDetector([160, 160], SPOT_GEOMETRY, null, 1000);
    const frame = spotFrame(0, 3);
    frame[8 * 160 + 8] = 1000;
    expect(new FrameAnalyser(map, SETTINGS, 1000).analyse(0, frame, 'u2').result.saturatedPixels).toBe(1);
  });

  const capture = join(TESTDATA, 'stream_v2/eiger1m_32bit_bslz4');
  it.skipIf(!existsSync(capture))(
    'sees next to nothing in a real, nearly empty series (needs the test data)',
    () => {
      const messages = readdirSync(capture)
        .sort()
        .map((name) => decodeStreamV2(readFileSync(join(capture, name))));
      const spots: number[] = [];
      for (const message of messages) {
        if (message.type !== 'image') continue;
        const [image] = [...message.channels.values()];
        const { dtype, filter, bytes, shape } = image!;
        const raw = decodeChunk({ dtype, filter, bytes, elements: shape[0] * shape[1] });
        const size = { imageSizeXPx: shape[1], imageSizeYPx: shape[0] };
        const analyser = new FrameAnalyser(mapDetector(shape, size, null, 40), SETTINGS, null);
        spots.push(analyser.analyse(0, raw, dtype).result.spots);
      }
      expect(spots).toHaveLength(10);
      expect(Math.max(...spots)).toBeLessThanOrEqual(2);
    },
  );
});

describe('a series', () => {
  const inQueue = (frame: number) => ({ frame, path: 'raw/x.h5', version: 1, offset: 0, sizeBytes: 1 });
  const drain = (queue: FrameQueue) => {
    const order: number[] = [];
    for (let next = queue.next(); next; next = queue.next()) order.push(next.frame);
    return order;
  };

  it('is looked at from coarse to fine, the newest first, each frame once', () => {
    const queue = new FrameQueue();
    for (let frame = 0; frame < 150; frame++) queue.add(frame, inQueue(frame));
    expect(queue.size).toBe(150);
    const order = drain(queue);
    expect(order.slice(0, 7)).toEqual([128, 64, 0, 96, 32, 144, 112]);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, frame) => frame));
  });

  it('that goes on while frames wait: what comes now goes before what is left of it', () => {
    const queue = new FrameQueue();
    for (let frame = 0; frame < 64; frame++) queue.add(frame, inQueue(frame));
    for (let k = 0; k < 4; k++) queue.next();
    for (let frame = 64; frame < 128; frame++) queue.add(frame, inQueue(frame));
    const order = drain(queue);
    expect(order.slice(0, 3)).toEqual([64, 96, 112]);
    expect(order).toHaveLength(124);
  });

  it('says how many of its frames are hits, and keeps them in order', () => {
    const map = mapDetector([160, 160], SPOT_GEOMETRY, null, 1000);
    const analyser = new FrameAnalyser(map, SETTINGS, null);
    const summary = new SeriesSummary(map, 10);
    const spots = [0, 9, 10, 40];
    for (const frame of [2, 0, 3, 1])
      summary.add(analyser.analyse(frame, spotFrame(frame, spots[frame]!), 'u2'));
    expect(summary.frames.map((frame) => frame.spots)).toEqual(spots);
    expect(summary.metrics(4)).toMatchObject({ hitRate: 50, spotsMax: 40 });
    expect(new SeriesSummary(map, 10).metrics(0)).toMatchObject({ hitRate: null });
  });
});

describe('pixels', () => {
  it('have no value where masked, where the detector says so, and below zero', () => {
    const out = new Int32Array(4);
    for (const dtype of ['u1', 'u2', 'u4', 'u8', 'i2', 'i4', 'i8', 'f4', 'f8'] as const) {
      const raw = createDtypeArray(dtype, 4);
      raw[0] = dtypeInvalidValue(dtype) as never;
      const one = (raw instanceof BigUint64Array || raw instanceof BigInt64Array ? 1n : 1) as never;
      raw[1] = one;
      raw[2] = one;
      preparePixels(raw, dtype, new Uint8Array([0, 0, 1, 0]), out);
      expect([dtype, ...out]).toEqual([dtype, NO_VALUE, 1, NO_VALUE, 0]);
    }
    preparePixels(new Int32Array([-1, -2, 5, 0]), 'i4', new Uint8Array(4), out);
    expect([...out]).toEqual([NO_VALUE, NO_VALUE, 5, 0]);
  });
});

describe('resolution', () => {
  const even: ShellCoverage = { width: 1 / FINE_SHELLS, fraction: new Float64Array(FINE_SHELLS).fill(1) };

  it('of a place on the detector follows Bragg’s law', () => {
    // 2θ = 45°: d = λ / (2 sin 22.5°).
    const d = 1 / Math.sqrt(inverseSquareDAtRadius(0.1, 0.1, 1));
    expect(d).toBeCloseTo(1 / (2 * Math.sin(Math.PI / 8)), 10);
  });

  it('is where an even density of spots ends', () => {
    const upTo2A = Array.from({ length: 500 }, (_, k) => (k / 500) * (1 / 2 ** 2));
    const { resolutionA, limitedByDetector } = estimateReach(countPerShell(upTo2A, even), even);
    expect(resolutionA).toBeGreaterThan(1.9);
    expect(resolutionA).toBeLessThan(2.1);
    expect(limitedByDetector).toBe(false);
  });

  it('takes the parts of a shell that the detector does not see into account', () => {
    const half: ShellCoverage = {
      ...even,
      fraction: even.fraction.map((_, k) => (k < FINE_SHELLS / 8 ? 1 : 0.15)),
    };
    // Evenly many spots per covered area, to 1.5 Å: beyond 2.83 Å only 15 % of the area is seen.
    const spots = Array.from({ length: 4000 }, (_, k) => (k / 4000) * (1 / 1.5 ** 2)).filter(
      (value, k) => value < 1 / 8 || k % 20 < 3,
    );
    const { resolutionA } = estimateReach(countPerShell(spots, half), half);
    expect(resolutionA).toBeGreaterThan(1.4);
    expect(resolutionA).toBeLessThan(1.6);
  });

  it('says when the detector sets the limit, and when there are too few spots to tell', () => {
    const everywhere = Array.from({ length: 500 }, (_, k) => k / 500);
    expect(estimateReach(countPerShell(everywhere, even), even).limitedByDetector).toBe(true);
    const few = countPerShell([0.1, 0.2, 0.1], even);
    expect(estimateReach(few, even)).toEqual({ resolutionA: null, limitedByDetector: false });
  });

  it('is not taken in by ice: spots crowded on an ice ring are counted apart', () => {
    const crystal = Array.from({ length: 60 }, (_, k) => 0.002 + k * 0.0006);
    const ring = 1 / ICE_RINGS_A[4]! ** 2;
    const ice = Array.from({ length: 20 }, (_, k) => ring + (k - 10) * 0.0001);
    const marked = markIce([...crystal, ...ice]);
    expect(marked.slice(0, 60).every((mark) => mark === 0)).toBe(true);
    expect(marked.slice(60).every((mark) => mark === 1)).toBe(true);
  });

  it('keeps spots on an ice ring that is no more crowded than its surroundings', () => {
    const even500 = Array.from({ length: 500 }, (_, k) => (k / 500) * 0.3);
    expect(markIce(even500).some((mark) => mark === 1)).toBe(false);
  });
});
