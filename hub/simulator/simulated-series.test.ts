import { describe, expect, it } from 'vitest';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import type { StreamImage, StreamStart } from '#src/shared/model/stream.ts';
import { geometry, meanAndVariance } from '../testing/simulated-experiment.ts';
import { makeBackground } from './background-model.ts';
import { planSeries } from './beamline-programme.ts';
import { DETECTOR_MODELS, MASK_DEAD, MASK_GAP, MASK_NOISY, makeDetectorDefects } from './detector-models.ts';
import { deriveChannels } from './energy-channels.ts';
import { FrameRenderer } from './frame-renderer.ts';
import { BackgroundSampler, poisson } from './poisson-sampler.ts';
import { RandomSource } from './random-source.ts';
import type { SpotList } from './rotation-geometry.ts';
import { SimulatedDetector, SimulatedSeries } from './simulated-series.ts';
import { parseSimulatorOptions } from './simulator-options.ts';

describe('detectors', () => {
  it('have the pixel counts of the real ones', () => {
    const sizes = Object.fromEntries(
      DETECTOR_MODELS.map(({ name, columns, rows }) => [name, [columns, rows]]),
    );
    expect(sizes).toEqual({
      'eiger2-500k': [1028, 512],
      'eiger2-1m': [1028, 1062],
      'eiger2-4m': [2068, 2162],
      'eiger2-16m': [4148, 4362],
      'jungfrau-4m': [2068, 2164],
      'jungfrau-9m': [3106, 3264],
      selun: [190, 190],
    });
  });

  it('have gaps between modules, dead and noisy pixels, always the same', () => {
    const model = DETECTOR_MODELS.find(({ name }) => name === 'eiger2-1m')!;
    const { mask, maskedPixels, hotPixels } = makeDetectorDefects(model, 1);
    const count = (bits: number) => mask.reduce((sum, value) => sum + (value === bits ? 1 : 0), 0);
    expect(count(MASK_GAP)).toBe(38 * 1028);
    expect(count(MASK_DEAD)).toBeGreaterThan(5);
    expect(count(MASK_NOISY)).toBeGreaterThan(5);
    expect(maskedPixels).toHaveLength(mask.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0));
    expect(hotPixels.length).toBeGreaterThan(2);
    expect(Buffer.from(makeDetectorDefects(model, 1).mask.buffer).equals(Buffer.from(mask.buffer))).toBe(
      true,
    );
  });
});

describe('frames', () => {
  const noDefects = { mask: new Uint32Array(0), maskedPixels: new Uint32Array(0), hotPixels: [] };
  const withBackground = (level: number) => {
    const background = makeBackground(geometry, level);
    return { background, sampler: new BackgroundSampler(background.meanCounts, new RandomSource(1)) };
  };
  const oneSpot: SpotList = {
    count: 1,
    xPx: Float32Array.of(330.3),
    yPx: Float32Array.of(60.7),
    omegaDeg: Float32Array.of(15.1),
    sigmaOmegaDeg: Float32Array.of(0.3),
    counts: Float32Array.of(400_000),
    indices: Int16Array.of(1, 2, 3),
  };
  const options = {
    geometry,
    spots: oneSpot,
    ...withBackground(0),
    defects: noDefects,
    dtype: 'u4' as const,
    saturationValue: 1e6,
    spotSigmaPx: 0.9,
    decayPerFrame: 0,
    seed: 6,
  };

  it('spread a reflection over frames and pixels without losing counts, centred where it was predicted', () => {
    const renderer = new FrameRenderer(options);
    let total = 0;
    let [x, y, omega] = [0, 0, 0];
    for (let frame = 0; frame < geometry.frames; frame++) {
      renderer.render(frame).forEach((counts, pixel) => {
        total += counts;
        x += counts * ((pixel % 400) + 0.5);
        y += counts * (Math.floor(pixel / 400) + 0.5);
        omega += counts * (10.25 + 0.5 * frame);
      });
    }
    expect(Math.abs(total / 400_000 - 1)).toBeLessThan(5 / Math.sqrt(400_000) + 1e-3);
    expect(x / total).toBeCloseTo(330.3, 1);
    expect(y / total).toBeCloseTo(60.7, 1);
    expect(omega / total).toBeCloseTo(15.1, 1);
  });

  it('come out the same in any order, and differ by seed', () => {
    const renderer = new FrameRenderer({ ...options, ...withBackground(1) });
    const late = renderer.render(9);
    renderer.render(2);
    expect(Buffer.compare(Buffer.from(renderer.render(9).buffer), Buffer.from(late.buffer))).toBe(0);
    const other = new FrameRenderer({ ...options, ...withBackground(1), seed: 7 });
    expect(Buffer.compare(Buffer.from(other.render(9).buffer), Buffer.from(late.buffer))).not.toBe(0);
  });

  it('fade with radiation damage and never exceed saturation', () => {
    const sum = (decayPerFrame: number) => {
      const image = new FrameRenderer({ ...options, decayPerFrame }).render(10);
      return meanAndVariance(image).mean * image.length;
    };
    expect(sum(0.05) / sum(0)).toBeCloseTo(0.95 ** 10, 1);
    const cut = new FrameRenderer({ ...options, saturationValue: 1000 }).render(10);
    expect(Math.max(...cut)).toBe(1000);
  });

  it('have a water ring, and a shadow of beam stop and arm', () => {
    const { meanCounts } = makeBackground(
      { ...geometry, columns: 1200, rows: 1200, beamCenterXPx: 600, beamCenterYPx: 600 },
      1,
    );
    const at = (columns: number, rows: number) => meanCounts[(600 + rows) * 1200 + 600 + columns]!;
    // 1/d = 0.30 at 2·asin(0.15): 409 pixels from the beam at 1 Å and 100 mm.
    expect(at(0, 420)).toBeGreaterThan(1.5 * at(0, 250));
    expect(at(0, 420)).toBeGreaterThan(1.5 * at(0, 590));
    expect(at(0, 5)).toBeLessThan(0.1);
    expect(at(-200, 0)).toBeLessThan(0.2 * at(200, 0));
  });
});

describe('the stream of a simulated series', () => {
  it('says all a reader needs and carries masked pixels as the type maximum', () => {
    const options = parseSimulatorOptions([
      '--detector',
      'eiger2-500k',
      '--frames',
      '3',
      '--energy',
      '12000',
    ]);
    const detector = new SimulatedDetector(options);
    const plan = planSeries(options).next().value;
    const series = new SimulatedSeries(detector, plan, {
      seriesId: 5,
      seriesUniqueId: 'unique',
      armDate: '2026-11-20T12:00:00.000Z',
    });
    const start = decodeStreamV2(series.start()) as StreamStart;
    expect(start.warnings).toEqual([]);
    expect(start).toMatchObject({
      seriesId: 5,
      numberOfImages: 3,
      imageSizeX: 1028,
      imageSizeY: 512,
      imageDtype: 'u2',
      detectorDistanceM: 0.1,
      goniometer: { omega: { startDeg: 0, incrementDeg: 0.5 } },
      thresholdsEv: { threshold_1: 6000 },
      userData: { file_prefix: 'lyso_A1/lyso_A1_run1', sample_name: 'lysozyme_A1' },
    });
    expect(start.wavelengthA).toBeCloseTo(12_398.42 / 12_000, 5);
    const mask = start.pixelMasks.get('threshold_1')!;
    const bits = decodeChunk({ ...mask, elements: 1028 * 512 }) as Uint32Array;
    for (const id of [0, 2]) {
      const frame = decodeStreamV2(series.image(id)) as StreamImage;
      expect(frame.imageId).toBe(id);
      const pixels = decodeChunk({
        ...frame.channels.get('threshold_1')!,
        elements: 1028 * 512,
      }) as Uint16Array;
      const wrong = pixels.filter((counts, i) => (counts === 65_535) !== bits[i]! > 0);
      expect(wrong).toHaveLength(0);
    }
    expect(decodeStreamV2(series.end())).toEqual({ type: 'end', seriesId: 5, seriesUniqueId: 'unique' });
  });

  it('in load mode repeats few frames under their own image ids', () => {
    const options = parseSimulatorOptions([
      '--detector',
      'eiger2-500k',
      '--frames',
      '900000',
      '--prerender',
      '2',
    ]);
    const detector = new SimulatedDetector(options);
    const series = new SimulatedSeries(detector, planSeries(options).next().value, {
      seriesId: 1,
      seriesUniqueId: 'u',
      armDate: '2026-11-20T12:00:00.000Z',
    });
    const frames = [0, 1, 2, 3].map((id) => decodeStreamV2(series.image(id)) as StreamImage);
    expect(frames.map(({ imageId }) => imageId)).toEqual([0, 1, 2, 3]);
    const blobs = frames.map(({ channels }) => Buffer.from(channels.get('threshold_1')!.bytes));
    expect(blobs[2]!.equals(blobs[0]!)).toBe(true);
    expect(blobs[1]!.equals(blobs[0]!)).toBe(false);
  });
});

describe('numbers that come with frames', () => {
  const firstFrame = (args: string[]) => {
    const options = parseSimulatorOptions(['--frames', '2', ...args]);
    const series = new SimulatedSeries(new SimulatedDetector(options), planSeries(options).next().value, {
      seriesId: 1,
      seriesUniqueId: 'u',
      armDate: '2026-11-20T12:00:00.000Z',
    });
    return (decodeStreamV2(series.image(0)) as StreamImage).values;
  };

  it('are those of Jungfraujoch: spots that are there, background as it was asked for', () => {
    const bright = firstFrame(['--detector', 'jungfrau-4m', '--intensity', '5000', '--background', '0']);
    expect(bright.spots).toBeGreaterThan(50);
    expect(bright.background).toBeLessThan(0.2);
    const dark = firstFrame(['--detector', 'jungfrau-4m', '--intensity', '0', '--background', '2']);
    expect(dark.spots).toBe(0);
    expect(dark.background).toBeGreaterThan(0.5);
  });

  it('SIMPLON sends none', () => {
    expect(firstFrame(['--detector', 'eiger2-500k'])).toEqual({});
  });
});

describe('energy channels', () => {
  it('thin by chance: the second threshold is Poisson of 2 %, the difference is the rest, masked pixels stay', () => {
    const random = new RandomSource(2);
    const first = Uint16Array.from({ length: 200_000 }, () => poisson(40, random));
    const mask = new Uint32Array(first.length);
    mask[7] = 1;
    first[7] = 65_535;
    const [same, second, difference] = deriveChannels(first, 3, mask, random);
    expect(same).toBe(first);
    expect([second![7], difference![7]]).toEqual([65_535, 65_535]);
    expect(second!.subarray(8).every((counts, i) => counts + difference![i + 8]! === first[i + 8])).toBe(
      true,
    );
    const { mean, variance } = meanAndVariance(second!.subarray(8));
    expect(Math.abs(mean - 0.8)).toBeLessThan(5 * Math.sqrt(0.8 / 200_000));
    expect(Math.abs(variance - 0.8)).toBeLessThan(0.02);
  });

  it('travel in one message', () => {
    const options = parseSimulatorOptions(['--detector', 'eiger2-500k', '--channels', '3']);
    const ids = { seriesId: 1, seriesUniqueId: 'u', armDate: '2026-11-20T12:00:00.000Z' };
    const series = new SimulatedSeries(new SimulatedDetector(options), planSeries(options).next().value, ids);
    const start = decodeStreamV2(series.start()) as StreamStart;
    const image = decodeStreamV2(series.image(0)) as StreamImage;
    expect(start.channels).toEqual(['threshold_1', 'threshold_2', 'difference']);
    expect([...image.channels.keys()]).toEqual(start.channels);
    expect(start.thresholdsEv).toEqual({ threshold_1: 6350, threshold_2: 19_050 });
  });
});

describe('the programme of the beamline', () => {
  it('goes through pucks of named samples, some measured twice', () => {
    const options = parseSimulatorOptions([]);
    const plans = [];
    for (const plan of planSeries(options)) {
      plans.push(plan);
      if (plans.length === 60) break;
    }
    expect(plans.slice(0, 4).map(({ filePrefix }) => filePrefix)).toEqual([
      'lyso_A1/lyso_A1_run1',
      'lyso_A2/lyso_A2_run1',
      'lyso_A3/lyso_A3_run1',
      'lyso_A3/lyso_A3_run2',
    ]);
    expect(new Set(plans.map(({ filePrefix }) => filePrefix)).size).toBe(60);
    expect(plans.some(({ sampleName }) => sampleName === 'insulin_B16')).toBe(true);
    const [first, second] = plans.slice(2, 4);
    expect(first!.orientationSeed).toBe(second!.orientationSeed);
    expect(first!.noiseSeed).not.toBe(second!.noiseSeed);
  });

  it('reports every wrong option together', () => {
    const parse = () =>
      parseSimulatorOptions(['--rate', '0', '--osc', 'x', '--crystal', 'salt', '--bind', 'here']);
    for (const name of ['--rate', '--osc', '--crystal', '--bind']) expect(parse).toThrow(name);
    expect(() => parseSimulatorOptions(['--colour', 'red'])).toThrow(/colour/);
    expect(() => parseSimulatorOptions(['--frames', '100000'])).toThrow(/50000°/);
    expect(() => parseSimulatorOptions(['--protocol', 'stream-v1', '--channels', '2'])).toThrow(
      /one channel/,
    );
    expect(() => parseSimulatorOptions(['--prefix-template', '{name}'])).toThrow(/\{name\}/);
  });
});
