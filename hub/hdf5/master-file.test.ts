import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { File, Group } from 'h5wasm/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import type { Dtype } from '#src/shared/model/dtype.ts';
import { buildMaster } from './master-file.ts';
import type { MasterChannel, MasterInput, StoredArray } from './master-input.ts';
import { datasetAt, datasetValues, withHdf5File } from './testing/read-hdf5.ts';
import { encodeTestChunk, testPixels } from './testing/test-frames.ts';
import { type TestSeries, writeSeries } from './testing/write-series.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hdf5-master-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHAPE = [40, 50] as const;
const PIXELS = SHAPE[0] * SHAPE[1];

function channel(name: string, dtype: Dtype, filter: MasterChannel['filter']): MasterChannel {
  return { name, dtype, shape: SHAPE, filter };
}

function maskArray(
  filter: StoredArray['filter'],
  dtype: Dtype = 'u4',
): { values: number[]; array: StoredArray } {
  const values = Array.from({ length: PIXELS }, (_, index) =>
    index % 17 === 0 ? 1 : index % 31 === 0 ? 8 : 0,
  );
  const pixels = testPixels(dtype, PIXELS, 0);
  (pixels as Uint32Array).set(values);
  return { values, array: { dtype, shape: SHAPE, filter, bytes: encodeTestChunk(filter, dtype, pixels) } };
}

function series(prefix: string, channels: readonly MasterChannel[], images: number): TestSeries {
  const frames = Array.from({ length: images }, (_, frame) =>
    channels.map(({ dtype, filter }) => encodeTestChunk(filter, dtype, testPixels(dtype, PIXELS, frame))),
  );
  return { prefix, frames, master: { channels, framesPerFile: 4, imagesExpected: images } };
}

function textAt(file: File, path: string): unknown {
  return datasetAt(file, path).value;
}

describe('series of three data files', () => {
  const channels = [
    channel('threshold_1', 'u2', 'bslz4'),
    channel('threshold_2', 'u4', 'lz4'),
    channel('difference', 'i4', 'none'),
  ];

  test('every channel reads whole through its virtual dataset, and the first through the links', async () => {
    const written = writeSeries(join(folder, 'three'), series('run 1 100%b', channels, 10));
    expect(written.dataPaths).toHaveLength(3);
    await withHdf5File(written.masterPath, (file) => {
      for (const [index, { name, dtype }] of channels.entries()) {
        const path = `entry/data/${index === 0 ? 'data' : name}`;
        expect(datasetAt(file, path).shape).toEqual([10, ...SHAPE]);
        const values = datasetValues(file, path);
        for (let frame = 0; frame < 10; frame++) {
          const read = Array.prototype.slice.call(values, frame * PIXELS, (frame + 1) * PIXELS);
          expect(read).toEqual(Array.from(testPixels(dtype, PIXELS, frame) as ArrayLike<number>));
        }
      }
      expect(datasetAt(file, 'entry/data/data_000001').shape).toEqual([4, ...SHAPE]);
      expect(datasetAt(file, 'entry/data/data_000003').shape).toEqual([2, ...SHAPE]);
      expect((file.get('entry/data') as Group).attrs.signal?.value).toBe('data');
    });
  });

  test('a data file that is not there reads as the invalid value, the others are not harmed', async () => {
    const written = writeSeries(join(folder, 'missing'), series('run', channels, 10));
    rmSync(written.dataPaths[1]!);
    await withHdf5File(written.masterPath, (file) => {
      const values = datasetValues(file, 'entry/data/data');
      const frame = (index: number) =>
        Array.prototype.slice.call(values, index * PIXELS, (index + 1) * PIXELS);
      expect(frame(3)).toEqual(Array.from(testPixels('u2', PIXELS, 3) as ArrayLike<number>));
      expect(frame(4)).toEqual(new Array(PIXELS).fill(65_535));
      expect(frame(8)).toEqual(Array.from(testPixels('u2', PIXELS, 8) as ArrayLike<number>));
    });
  });
});

describe('what the master says', () => {
  const full: Omit<MasterInput, 'fileName' | 'dataFiles' | 'imagesReceived' | 'channels' | 'framesPerFile'> =
    {
      imagesExpected: 20,
      startTime: '2026-11-20T12:00:00.000Z',
      sourceName: 'Zürich Light Source',
      sourceShortName: 'ZLS',
      instrumentName: 'X1',
      sampleName: 'lysozyme',
      wavelengthA: 1.2,
      photonEnergyEv: 10_332,
      detectorDescription: 'EIGER2 Si 1M',
      detectorSerialNumber: 'E-32-0001',
      sensorMaterial: 'Si',
      sensorThicknessM: 4.5e-4,
      pixelSizeXM: 7.5e-5,
      pixelSizeYM: 7.5e-5,
      beamCenterXPx: 25.5,
      beamCenterYPx: 19.25,
      distanceM: 0.2,
      countTimeS: 0.0099,
      frameTimeS: 0.01,
      saturationValue: 65_000,
      flatfieldApplied: true,
      countrateCorrectionApplied: false,
      goniometer: { omega: { startDeg: 10, incrementDeg: 0.1 }, chi: { startDeg: 5, incrementDeg: 0 } },
      detectorSpecific: { trigger_mode: 'exts', series_id: 16, auto_summation: true },
    };

  test('scalars, units, times, angles', async () => {
    const base = series('full', [channel('threshold_1', 'u2', 'bslz4')], 10);
    const written = writeSeries(join(folder, 'full'), { ...base, master: { ...base.master, ...full } });
    await withHdf5File(written.masterPath, (file) => {
      const detector = 'entry/instrument/detector';
      expect(textAt(file, 'entry/definition')).toBe('NXmx');
      expect(textAt(file, 'entry/source/name')).toBe('Zürich Light Source');
      expect(textAt(file, 'entry/start_time')).toBe('2026-11-20T12:00:00.000Z');
      expect(textAt(file, 'entry/end_time_estimated')).toBe('2026-11-20T12:00:00.100Z');
      expect(file.get('entry/end_time')).toBeNull();
      expect(datasetAt(file, 'entry/instrument/beam/incident_wavelength').value).toBe(1.2);
      expect(datasetAt(file, 'entry/instrument/beam/incident_wavelength').attrs.units?.value).toBe(
        'angstrom',
      );
      expect(datasetAt(file, `${detector}/detector_distance`).value).toBe(0.2);
      expect(datasetAt(file, `${detector}/bit_depth_image`).value).toBe(16);
      expect(datasetAt(file, `${detector}/flatfield_applied`).value).toBe(1);
      expect(datasetAt(file, `${detector}/countrate_correction_applied`).value).toBe(0);
      expect(file.get(`${detector}/pixel_mask_applied`)).toBeNull();
      expect(datasetAt(file, `${detector}/detectorSpecific/nimages`).value).toBe(10);
      expect(datasetAt(file, `${detector}/detectorSpecific/ntrigger`).value).toBe(1);
      expect(datasetAt(file, `${detector}/detectorSpecific/nimages_announced`).value).toBe(20);
      expect(datasetAt(file, `${detector}/detectorSpecific/x_pixels_in_detector`).value).toBe(SHAPE[1]);
      expect(textAt(file, `${detector}/detectorSpecific/trigger_mode`)).toBe('exts');
      const omega = Array.from(
        datasetValues(file, 'entry/sample/transformations/omega') as ArrayLike<number>,
      );
      expect(omega[0]).toBe(10);
      expect(omega[9]).toBeCloseTo(10.9, 12);
      const end = datasetValues(file, 'entry/sample/goniometer/omega_end') as ArrayLike<number>;
      expect(end[9]).toBeCloseTo(11, 12);
      expect(datasetAt(file, 'entry/sample/goniometer/omega_range_average').value).toBe(0.1);
      expect(textAt(file, 'entry/sample/depends_on')).toBe('/entry/sample/transformations/omega');
      const offset = datasetAt(file, `${detector}/module/module_offset`).attrs.offset?.value as Float64Array;
      expect([...offset]).toEqual([25.5 * 7.5e-5, 19.25 * 7.5e-5, 0]);
    });
  });

  test('what nobody knows is absent: no goniometer, no beam centre, no distance', async () => {
    const written = writeSeries(join(folder, 'bare'), series('bare', [channel('default', 'i4', 'bslz4')], 5));
    await withHdf5File(written.masterPath, (file) => {
      for (const path of ['sample/depends_on', 'sample/goniometer', 'source', 'start_time']) {
        expect(file.get(`entry/${path}`)).toBeNull();
      }
      for (const name of ['beam_center_x', 'distance', 'pixel_mask', 'sensor_material', 'saturation_value']) {
        expect(file.get(`entry/instrument/detector/${name}`)).toBeNull();
      }
      expect(datasetAt(file, 'entry/instrument/detector/underload_value').value).toBe(-(2 ** 31) + 1);
    });
  });

  test('the axis that moves is the scan axis, whatever its name; backwards is the opposite axis', async () => {
    const base = series('phi', [channel('a', 'u1', 'bslz4')], 5);
    const goniometer = {
      omega: { startDeg: 90, incrementDeg: 0 },
      phi: { startDeg: -30, incrementDeg: -0.5 },
    };
    const written = writeSeries(join(folder, 'phi'), { ...base, master: { ...base.master, goniometer } });
    await withHdf5File(written.masterPath, (file) => {
      expect(textAt(file, 'entry/sample/depends_on')).toBe('/entry/sample/transformations/phi');
      const phi = datasetValues(file, 'entry/sample/transformations/phi') as ArrayLike<number>;
      expect(Array.from(phi)).toEqual([30, 30.5, 31, 31.5, 32]);
      const axis = datasetAt(file, 'entry/sample/transformations/phi').attrs.vector?.value;
      expect(Array.from(axis as Float64Array, (component) => component + 0)).toEqual([1, 0, 0]);
      const motor = datasetValues(file, 'entry/sample/goniometer/phi') as ArrayLike<number>;
      expect(Array.from(motor)).toEqual([-30, -30.5, -31, -31.5, -32]);
    });
  });

  test('a series that ended without images still has a readable master', async () => {
    const { bytes } = buildMaster({
      fileName: 'none_master.h5',
      channels: [channel('a', 'u2', 'bslz4')],
      framesPerFile: 4,
      dataFiles: [],
      imagesReceived: 0,
    });
    const path = join(folder, 'none_master.h5');
    writeFileSync(path, bytes);
    await withHdf5File(path, (file) => {
      expect(textAt(file, 'entry/definition')).toBe('NXmx');
      expect(file.get('entry/data/data')).toBeNull();
    });
  });
});

describe('pixel masks and flat fields', () => {
  for (const filter of ['bslz4', 'lz4', 'none'] as const) {
    test(`a ${filter} mask keeps its bytes, can be found by its range, and is plain uint32 for neggia`, async () => {
      const { values, array } = maskArray(filter);
      const flatfield: StoredArray = {
        dtype: 'f4',
        shape: SHAPE,
        filter: 'none',
        bytes: new Uint8Array(Float32Array.from({ length: PIXELS }, (_, index) => 1 + index / 1e4).buffer),
      };
      const base = series(
        'mask',
        [{ ...channel('threshold_1', 'u2', 'bslz4'), pixelMask: array, flatfield }],
        5,
      );
      const { masterPath, masterBytes, masks } = writeSeries(join(folder, `mask-${filter}`), base);
      expect(masks).toMatchObject([
        { channel: 'threshold_1', dtype: 'u4', shape: SHAPE, filter, sizeBytes: array.bytes.length },
      ]);
      const [mask] = masks;
      const inFile = masterBytes.subarray(mask!.offset, mask!.offset + mask!.sizeBytes);
      expect(Buffer.compare(inFile, array.bytes)).toBe(0);
      const decoded = decodeChunk({ filter, dtype: 'u4', bytes: inFile, elements: PIXELS });
      expect(Array.from(decoded as Uint32Array)).toEqual(values);
      await withHdf5File(masterPath, (file) => {
        const detector = 'entry/instrument/detector';
        for (const path of ['pixel_mask', 'detectorSpecific/pixel_mask', 'threshold_1_channel/pixel_mask']) {
          expect(Array.from(datasetValues(file, `${detector}/${path}`) as ArrayLike<number>)).toEqual(values);
        }
        const plain = datasetAt(file, `${detector}/detectorSpecific/pixel_mask`);
        expect(plain.metadata.chunks).toBeNull();
        expect(plain.filters).toEqual([]);
        expect(plain.dtype).toBe('<I');
        const flat = datasetValues(file, `${detector}/flatfield`) as ArrayLike<number>;
        expect(flat[100]).toBeCloseTo(1.01, 6);
      });
    });
  }

  test('a mask of another type becomes uint32 where neggia reads it', async () => {
    const { values, array } = maskArray('bslz4', 'u1');
    const base = series('mask8', [{ ...channel('a', 'u2', 'bslz4'), pixelMask: array }], 5);
    const { masterPath } = writeSeries(join(folder, 'mask8'), base);
    await withHdf5File(masterPath, (file) => {
      const plain = datasetAt(file, 'entry/instrument/detector/detectorSpecific/pixel_mask');
      expect(plain.dtype).toBe('<I');
      expect(Array.from(plain.value as Uint32Array)).toEqual(values);
    });
  });
});

describe('input that contradicts itself is refused with its reason', () => {
  const good: MasterInput = {
    fileName: 'a_master.h5',
    channels: [channel('a', 'u2', 'bslz4')],
    framesPerFile: 4,
    dataFiles: [
      { fileName: 'a_data_000001.h5', firstImage: 1, frames: 4 },
      { fileName: 'a_data_000002.h5', firstImage: 5, frames: 2 },
    ],
    imagesReceived: 6,
  };
  const [first, second] = good.dataFiles;
  const wrongMask: StoredArray = { dtype: 'u4', shape: [2, 2], filter: 'none', bytes: new Uint8Array(16) };
  const cases: [string, Partial<MasterInput>, string][] = [
    ['no channel', { channels: [] }, 'at least one channel'],
    ['hole between files', { dataFiles: [first!, { ...second!, firstImage: 6 }] }, 'expected 5'],
    [
      'short file in the middle',
      {
        dataFiles: [
          { ...first!, frames: 3 },
          { ...second!, firstImage: 4 },
        ],
      },
      'need 4',
    ],
    ['file too long', { dataFiles: [{ ...first!, frames: 5 }] }, 'allowed are 1 to 4'],
    ['more images than rows', { imagesReceived: 7 }, 'have 6 rows'],
    ['mask of another size', { channels: [{ ...good.channels[0]!, pixelMask: wrongMask }] }, '2 × 2'],
    [
      'mask of too few bytes',
      { channels: [{ ...good.channels[0]!, pixelMask: { ...wrongMask, shape: SHAPE } }] },
      'needs 8000 bytes, got 16',
    ],
  ];
  test('the base case is good', () => {
    expect(buildMaster(good).bytes.length).toBeGreaterThan(1000);
  });
  for (const [name, change, reason] of cases) {
    test(name, () => {
      expect(() => buildMaster({ ...good, ...change })).toThrow(reason);
    });
  }
});

describe('long series', () => {
  test('ten thousand data files: links and mappings stay readable', async () => {
    const dataFiles = Array.from({ length: 10_000 }, (_, index) => ({
      fileName: `long_data_${String(index + 1).padStart(6, '0')}.h5`,
      firstImage: index + 1,
      frames: 1,
    }));
    const { bytes } = buildMaster({
      fileName: 'long_master.h5',
      channels: [channel('a', 'u2', 'bslz4')],
      framesPerFile: 1,
      dataFiles,
      imagesReceived: 10_000,
    });
    const path = join(folder, 'long_master.h5');
    writeFileSync(path, bytes);
    await withHdf5File(path, (file) => {
      const data = datasetAt(file, 'entry/data/data');
      expect(data.shape).toEqual([10_000, ...SHAPE]);
      expect(data.metadata.virtual_sources).toHaveLength(10_000);
    });
  });
});
