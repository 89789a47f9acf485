import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import type { Dtype, DtypeArray } from '#src/shared/model/dtype.ts';
import { dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import type { ChunkFilter } from './chunk-filters.ts';
import { buildDataFileHead, type ChannelLayout, dataFileHeadBytes } from './data-file.ts';
import { masterInputFromStream } from './master-from-stream.ts';
import type { MasterInput } from './master-input.ts';
import {
  type EngineSeries,
  type EngineSeriesOptions,
  IMAGES,
  layout,
  MASK,
  makeEngineSeries,
  PIXELS,
  SHAPE,
} from './testing/engine-series.ts';
import {
  dialsPixels,
  h5dump,
  hasDials,
  hasH5dump,
  hasH5py,
  neggiaPixels,
  neggiaPlugin,
  python,
  readWithDials,
  readWithH5py,
  readWithNeggia,
  sha256,
} from './testing/engines.ts';
import { hasCapture, readCapture } from './testing/real-capture.ts';
import { testPixels } from './testing/test-frames.ts';
import { type WrittenSeries, writeSeries } from './testing/write-series.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hdf5-engines-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const makeSeries = (
  prefix: string,
  channels: readonly ChannelLayout[],
  options: EngineSeriesOptions = {},
): EngineSeries => makeEngineSeries(folder, prefix, channels, options);

describe.skipIf(!hasH5dump)('h5dump', () => {
  test('prints layout, filter, fill value and values of a data file', () => {
    const { written } = makeSeries('dump', [layout('u2', 'bslz4')]);
    const properties = h5dump(['-pH', written.dataPaths[0]!]);
    expect(properties).toContain('CHUNKED ( 1, 80, 100 )');
    expect(properties).toContain('FILTER_ID 32008');
    expect(properties).toContain('PARAMS { 0 3 2 0 2 }');
    expect(properties).toMatch(/VALUE\s+65535/);
    const values = h5dump(['-d', '/entry/data/data', '-s', '1,0,0', '-c', '1,1,4', written.dataPaths[2]!]);
    expect(values).toContain(`(1,0,0): ${[...testPixels('u2', 4, 9)].join(', ')}`);
    expect(h5dump(['-pH', written.masterPath])).toContain('VIRTUAL');
  });
});

describe.skipIf(!hasH5py)('h5py', () => {
  const types: [Dtype, ChunkFilter][] = [
    ['u1', 'bslz4'],
    ['u2', 'bslz4'],
    ['u4', 'bslz4'],
    ['i4', 'bslz4'],
    ['u2', 'lz4'],
    ['u4', 'none'],
  ];
  for (const [dtype, filter] of types) {
    test(`${dtype} ${filter}: every pixel through the virtual dataset, every chunk byte for byte`, () => {
      const { written, pixels, chunks } = makeSeries(`h5py-${dtype}-${filter}`, [layout(dtype, filter)]);
      const report = readWithH5py(written.masterPath);
      const data = report.channels.data!;
      expect(data).toMatchObject({
        shape: [IMAGES, ...SHAPE],
        virtual: true,
        fill: Number(dtypeInvalidValue(dtype)),
      });
      expect(data.frames).toEqual(pixels.map(([values]) => sha256(values!)));
      expect(report.chunks.data).toEqual(chunks.map(([bytes]) => [0, sha256(bytes!)]));
      expect(Object.values(report.links).map(([, , shape]) => shape[0])).toEqual([4, 4, 2]);
      expect(report.mask).toEqual({ stored: sha256(MASK), plain: sha256(MASK) });
    });
  }

  test('several channels and images that never came', () => {
    const channels = [layout('u2', 'bslz4'), layout('u4', 'lz4', 'threshold_2')];
    const missing = [0, 5, 9];
    const { written, pixels } = makeSeries('h5py-gaps', channels, { missing });
    const report = readWithH5py(written.masterPath);
    for (const [channel, name] of ['data', 'threshold_2'].entries()) {
      const { dtype } = channels[channel]!;
      const invalid = sha256(testPixels(dtype, PIXELS, 0).fill(dtypeInvalidValue(dtype) as never));
      const expected = pixels.map((values, frame) =>
        missing.includes(frame) ? invalid : sha256(values[channel]!),
      );
      expect(report.channels[name]!.frames).toEqual(expected);
      expect(report.chunks[name]!.flatMap((chunk, frame) => (chunk === null ? [frame] : []))).toEqual(
        missing,
      );
    }
  });

  test('chunks beyond 4 GiB', () => {
    const channels = [layout('u2', 'none')];
    const values = testPixels('u2', PIXELS, 3);
    const offset = 5 * 2 ** 30 + 8;
    const fileBytes = offset + values.byteLength;
    const chunks = [{ frame: 1, channel: 0, offset, sizeBytes: values.byteLength }];
    const head = buildDataFileHead({
      channels,
      framesPerFile: 4,
      frames: 2,
      firstImageNumber: 1,
      chunks,
      fileBytes,
    });
    expect(head.length).toBe(dataFileHeadBytes(channels, 4));
    const path = join(folder, 'large.h5');
    const file = openSync(path, 'w');
    writeSync(file, head, 0, head.length, 0);
    ftruncateSync(file, fileBytes); // sparse: takes no space
    writeSync(file, new Uint8Array(values.buffer), 0, values.byteLength, offset);
    closeSync(file);
    const code = `
import sys, hashlib, h5py
with h5py.File(sys.argv[1]) as f: print(hashlib.sha256(f['/entry/data/data'][1].tobytes()).hexdigest())`;
    expect(python(code, [path]).trim()).toBe(sha256(values));
    rmSync(path);
  });

  test('the first channel is also readable while files are missing, as links that lead nowhere', () => {
    const { written } = makeSeries('h5py-lost', [layout('u2', 'bslz4')]);
    rmSync(written.dataPaths[2]!);
    const code = `
import sys, h5py
with h5py.File(sys.argv[1]) as f: print(f['/entry/data'].get('data_000003'), int(f['/entry/data/data'][9].min()))`;
    expect(python(code, [written.masterPath]).trim()).toBe('None 65535');
  });
});

describe.skipIf(!hasDials)('DIALS (dxtbx)', () => {
  for (const dtype of ['u1', 'u2', 'u4', 'i4'] as const) {
    test(`${dtype}: a rotation series over three files, every pixel, geometry as given`, () => {
      const { written, pixels } = makeSeries(`dials-${dtype}`, [layout(dtype, 'bslz4')]);
      const report = readWithDials(written.masterPath);
      expect(report).toMatchObject({
        images: IMAGES,
        experiments: 1,
        imageset: 'ImageSequence',
        wavelength: 1,
      });
      expect(report.frames).toEqual(pixels.map(([values]) => sha256(dialsPixels(dtype, values!))));
      expect(report.oscillation![0]).toBeCloseTo(10, 9);
      expect(report.oscillation![1]).toBeCloseTo(0.1, 9);
      expect(report.axis).toEqual([1, 0, 0]);
      expect(report.distance).toBeCloseTo(180, 9);
      expect(report.origin[0]).toBeCloseTo(-48.5 * 0.075, 9);
      expect(report.origin[1]).toBeCloseTo(41.25 * 0.075, 9);
      expect(report.origin[2]).toBeCloseTo(-180, 9);
      expect(report.masked).toBe(MASK.reduce((count, bits) => count + (bits === 0 ? 0 : 1), 0));
    });
  }

  test('another axis than omega, turning backwards', () => {
    const goniometer = {
      omega: { startDeg: 90, incrementDeg: 0 },
      phi: { startDeg: 30, incrementDeg: -0.5 },
    };
    const { written } = makeSeries('dials-phi', [layout('u2', 'bslz4')], { master: { goniometer } });
    const report = readWithDials(written.masterPath);
    expect(report.images).toBe(IMAGES);
    expect(report.oscillation![0]).toBeCloseTo(-30, 9);
    expect(report.oscillation![1]).toBeCloseTo(0.5, 9);
    expect(report.axis![0]).toBeCloseTo(-1, 9);
  });

  const withoutMotion: [string, Partial<MasterInput>][] = [
    ['no goniometer at all', { goniometer: undefined }],
    ['axes that stand still', { goniometer: { omega: { startDeg: 45, incrementDeg: 0 } } }],
    [
      'no goniometer, no beam centre, no distance, no names, no saturation value',
      {
        goniometer: undefined,
        beamCenterXPx: undefined,
        beamCenterYPx: undefined,
        distanceM: undefined,
        saturationValue: undefined,
        frameTimeS: undefined,
      },
    ],
  ];
  for (const [index, [name, master]] of withoutMotion.entries()) {
    test(`${name}: all images open`, () => {
      const { written, pixels } = makeSeries(`dials-still-${index}`, [layout('u2', 'bslz4')], { master });
      const report = readWithDials(written.masterPath);
      expect(report.images).toBe(IMAGES);
      expect(report.frames).toEqual(pixels.map(([values]) => sha256(dialsPixels('u2', values!))));
    });
  }
});

describe.skipIf(neggiaPlugin === undefined)('neggia (XDS), set BEAMDECK_NEGGIA_PLUGIN', () => {
  const types: [Dtype, ChunkFilter, ChunkFilter][] = [
    ['u1', 'bslz4', 'bslz4'],
    ['u2', 'bslz4', 'none'],
    ['u4', 'bslz4', 'lz4'],
    ['u2', 'lz4', 'bslz4'],
    ['u4', 'none', 'none'],
  ];
  for (const [dtype, filter, mask] of types) {
    test(`${dtype} ${filter}, mask sent as ${mask}: every pixel through the master`, () => {
      const { written, pixels } = makeSeries(`neggia-${dtype}-${filter}`, [layout(dtype, filter)], { mask });
      const report = readWithNeggia(written.masterPath, neggiaPlugin!);
      expect(report).toMatchObject({ size: [...SHAPE], images: IMAGES, bytes: Number(dtype[1]) });
      expect(report.pixelSizeM).toBeCloseTo(7.5e-5, 9);
      expect(report.frames).toEqual(pixels.map(([values]) => sha256(neggiaPixels(dtype, values!, MASK))));
    });
  }

  test('a gap chunk instead of no chunk keeps it alive, and reads as invalid', () => {
    const { written } = makeSeries('neggia-gap', [layout('u2', 'bslz4')], { missing: [5], fillGaps: true });
    const report = readWithNeggia(written.masterPath, neggiaPlugin!);
    const invalid = testPixels('u2', PIXELS, 0).fill(65_535 as never);
    expect(report.frames[5]).toBe(sha256(neggiaPixels('u2', invalid, MASK)));
    expect(report.frames[6]).toBe(sha256(neggiaPixels('u2', testPixels('u2', PIXELS, 6), MASK)));
  });
});

describe.skipIf(!hasCapture)('a real EIGER 1M series (testdata stream_v2)', () => {
  let written: WrittenSeries;
  let decoded: DtypeArray[];
  let blobs: Uint8Array[];
  beforeAll(() => {
    const { start, images } = readCapture();
    const [name, first] = [...images[0]!.channels][0]!;
    const channels = [{ name, dtype: first.dtype, shape: first.shape, filter: first.filter }];
    blobs = images.map((image) => image.channels.get(name)!.bytes);
    const elements = first.shape[0] * first.shape[1];
    decoded = blobs.map((bytes) =>
      decodeChunk({ filter: first.filter, dtype: first.dtype, bytes, elements }),
    );
    const known = { channels, framesPerFile: 4, fileName: '', dataFiles: [], imagesReceived: 0 };
    written = writeSeries(folder, {
      prefix: 'real',
      frames: blobs.map((bytes) => [bytes]),
      master: masterInputFromStream(start, known),
    });
  });

  test.skipIf(!hasH5py)('h5py: ten of ten frames, byte for byte and pixel for pixel', () => {
    const report = readWithH5py(written.masterPath);
    expect(report.channels.data!.frames).toEqual(decoded.map((pixels) => sha256(pixels)));
    expect(report.chunks.data).toEqual(blobs.map((bytes) => [0, sha256(bytes)]));
  });

  test.skipIf(!hasDials)('DIALS: opens it without goniometer and beam centre, every pixel', () => {
    const report = readWithDials(written.masterPath);
    expect(report).toMatchObject({ images: 10, masked: 38_130 });
    expect(report.frames).toEqual(decoded.map((pixels) => sha256(dialsPixels('u4', pixels))));
  });

  test.skipIf(neggiaPlugin === undefined)('neggia: every pixel through the master', () => {
    const { start } = readCapture();
    const array = [...start.pixelMasks.values()][0]!;
    const elements = array.shape[0] * array.shape[1];
    const mask = decodeChunk({ filter: array.filter, dtype: array.dtype, bytes: array.bytes, elements });
    const report = readWithNeggia(written.masterPath, neggiaPlugin!);
    const expected = decoded.map((pixels) => sha256(neggiaPixels('u4', pixels, mask as ArrayLike<number>)));
    expect(report.frames).toEqual(expected);
  });
});
