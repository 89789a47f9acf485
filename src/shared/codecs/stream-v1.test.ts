import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StreamImage, StreamImageArray, StreamStart } from '../model/stream.ts';
import { encodeBslz4 } from './bslz4.ts';
import { decodeChunk } from './chunk.ts';
import { encodeLz4Framed } from './lz4.ts';
import { decodeStreamV1, type SeriesOfV1, StreamDecodeError } from './stream-v1.ts';
import { encodeStreamV1End, encodeStreamV1Image, encodeStreamV1Start } from './stream-v1-encode.ts';
import { decodeStreamV2, encodeStreamV2Start } from './stream-v2.ts';

const SERIES: SeriesOfV1 = {
  uniqueIdOf: (seriesId, frame) => `open-${seriesId}-${frame}`,
  receivedAt: '2026-05-01T10:00:00.000Z',
};
const decode = (parts: readonly Uint8Array[]) => decodeStreamV1(parts, SERIES);
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const [ROWS, COLUMNS] = [12, 20];
const raw = Uint8Array.from({ length: 2 * ROWS * COLUMNS }, (_, at) => (at % 2 === 0 ? (at * 7) % 10 : 0));

function pixels(filter: StreamImageArray['filter']): StreamImageArray {
  const bytes = filter === 'bslz4' ? encodeBslz4(raw, 2) : filter === 'lz4' ? encodeLz4Framed(raw) : raw;
  return { dtype: 'u2', shape: [ROWS, COLUMNS], filter, elementSize: 2, bytes };
}

function imageOf(parts: readonly Uint8Array[]): StreamImage {
  const message = decode(parts);
  if (message.type !== 'image') throw new Error(`decoded as ${message.type}`);
  return message;
}

function startOf(parts: readonly Uint8Array[]): StreamStart {
  const message = decode(parts);
  if (message.type !== 'start') throw new Error(`decoded as ${message.type}`);
  return message;
}

const table = (dtype: 'u4' | 'f4', fill: number): StreamImageArray => {
  const values = (dtype === 'u4' ? new Uint32Array(ROWS * COLUMNS) : new Float32Array(ROWS * COLUMNS)).fill(
    fill,
  );
  return {
    dtype,
    shape: [ROWS, COLUMNS],
    filter: 'none',
    elementSize: 4,
    bytes: new Uint8Array(values.buffer),
  };
};
const START = {
  seriesId: 6,
  armDate: '2017-07-03T11:38:53.475491',
  numberOfImages: 20,
  triggers: 2,
  imageSizeX: COLUMNS,
  imageSizeY: ROWS,
  detectorSerialNumber: 'E-08-0115',
  energyEv: 8047.8,
  frameTimeS: 0.002,
  pixelMaskEnabled: true,
  goniometer: { omega: { startDeg: 10, incrementDeg: 0.1 } },
  thresholdsEv: { default: 4023.9 },
  pixelMasks: new Map([['default', table('u4', 1)]]),
  flatfields: new Map([['default', table('f4', 0.5)]]),
};

describe('images', () => {
  it.each(['bslz4', 'lz4', 'none'] as const)('%s: pixels as they were, [width, height] turned', (filter) => {
    const image = imageOf(encodeStreamV1Image({ seriesId: 6, imageId: 4, pixels: pixels(filter) }));
    expect(image).toMatchObject({ seriesId: 6, seriesUniqueId: 'open-6-4', imageId: 4 });
    const array = image.channels.get('default')!;
    expect(array).toMatchObject({ dtype: 'u2', shape: [ROWS, COLUMNS], filter });
    const decoded = decodeChunk({ ...array, elements: ROWS * COLUMNS });
    expect(new Uint8Array(decoded.buffer)).toEqual(raw);
  });

  it('a bare lz4 block gets the header that the HDF5 filter wants', () => {
    const image = imageOf(
      encodeStreamV1Image({ seriesId: 6, imageId: 4, pixels: pixels('lz4'), bareLz4: true }),
    );
    const { bytes } = image.channels.get('default')!;
    expect(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0)).toBe(BigInt(raw.length));
    const decoded = decodeChunk({ filter: 'lz4', dtype: 'u2', bytes, elements: ROWS * COLUMNS });
    expect(new Uint8Array(decoded.buffer)).toEqual(raw);
  });

  it('takes times in nanoseconds and what was appended', () => {
    const image = imageOf(
      encodeStreamV1Image({
        seriesId: 1,
        imageId: 0,
        pixels: pixels('none'),
        startTime: { numerator: 5, denominator: 10 },
        appendix: { shutter: 'open' },
      }),
    );
    expect(image.startTime).toEqual({ numerator: 500_000_000, denominator: 1_000_000_000 });
    expect(image.userData).toEqual({ shutter: 'open' });
  });

  it('refuses pixels that are not what is said of them', () => {
    const good = encodeStreamV1Image({ seriesId: 6, imageId: 4, pixels: pixels('bslz4') });
    const about = (changes: object) =>
      good.with(1, json({ ...(JSON.parse(new TextDecoder().decode(good[1])) as object), ...changes }));
    const bad: [string, Uint8Array[]][] = [
      ['announced size', about({ size: 7 })],
      ['shape is not', about({ shape: [20] })],
      ['shape is not', about({ shape: [20, 0] })],
      ['holds', about({ shape: [20, 11] })],
      ['does not fit', about({ encoding: 'bs32-lz4<' })],
      ['big-endian', about({ encoding: 'bs16-lz4>' })],
      ['not supported', about({ encoding: 'bs16<' })],
      ['not supported', about({ encoding: 'zstd' })],
      ['type of the pixels', about({ type: 'complex64' })],
      ['no dimage_d', good.with(1, json({ htype: 'dconfig-1.0' }))],
      ['is missing', good.slice(0, 2)],
      ['frame is no', good.with(0, json({ htype: 'dimage-1.0', series: 6, frame: -1 }))],
      ['series is no', good.with(0, json({ htype: 'dimage-1.0', series: 1.5, frame: 1 }))],
    ];
    for (const [reason, parts] of bad) {
      expect(() => decode(parts), reason).toThrow(StreamDecodeError);
      expect(() => decode(parts)).toThrow(reason);
    }
  });
});

describe('starts', () => {
  it('say everything there is a place for, images counted over all triggers', () => {
    const start = startOf(encodeStreamV1Start({ ...START, config: { trigger_mode: 'exts' } }));
    expect(start).toMatchObject({
      seriesId: 6,
      seriesUniqueId: '6@2017-07-03T11:38:53.475491',
      channels: ['default'],
      numberOfImages: 20,
      imageSizeX: COLUMNS,
      imageSizeY: ROWS,
      detectorSerialNumber: 'E-08-0115',
      energyEv: 8047.8,
      pixelMaskEnabled: true,
      flatfieldEnabled: null,
      goniometer: { omega: { startDeg: 10, incrementDeg: 0.1 } },
      thresholdsEv: { default: 4023.9 },
      extra: { detector_config: { trigger_mode: 'exts' } },
      warnings: [],
    });
    expect(start.pixelMasks.get('default')).toMatchObject({ dtype: 'u4', shape: [ROWS, COLUMNS] });
    expect(start.flatfields.get('default')).toMatchObject({ dtype: 'f4', filter: 'none' });
  });

  it('are the same after they were kept as Stream V2 for the master file', () => {
    const start = startOf(encodeStreamV1Start({ ...START, appendix: { file_prefix: 'lyso/run_1' } }));
    const { warnings: _, ...kept } = start;
    expect(decodeStreamV2(encodeStreamV2Start(kept))).toEqual({ ...kept, warnings: [] });
    expect(start.userData).toEqual({ file_prefix: 'lyso/run_1' });
  });

  it('without configuration they are known by when they came', () => {
    const parts = encodeStreamV1Start({ ...START, headerDetail: 'none', appendix: { file_prefix: 'a' } });
    expect(startOf(parts)).toMatchObject({
      seriesUniqueId: `6@${SERIES.receivedAt}`,
      numberOfImages: null,
      imageSizeX: null,
      userData: { file_prefix: 'a' },
      warnings: [],
    });
  });

  it('any of their parts may be missing; a table without its data is told', () => {
    const all = encodeStreamV1Start({ ...START, appendix: { file_prefix: 'a' } });
    // 0 header, 1 configuration, 2 and 3 flat field, 4 and 5 mask, 6 appendix
    for (let bits = 0; bits < 64; bits++) {
      const has = (part: number) => ((bits >> (part - 1)) & 1) === 1;
      // A blob is known by the JSON before it.
      if ((has(3) && !has(2)) || (has(5) && !has(4))) continue;
      const start = startOf(all.filter((_, part) => part === 0 || has(part)));
      expect(start.flatfields.size).toBe(has(2) && has(3) ? 1 : 0);
      expect(start.pixelMasks.size).toBe(has(4) && has(5) ? 1 : 0);
      if (has(1))
        expect(start).toMatchObject({ numberOfImages: 20, userData: has(6) ? { file_prefix: 'a' } : null });
      if (has(2) && !has(3)) expect(start.warnings).toContain('dflatfield came without its data');
    }
  });

  it('with a region of interest the size of images is not known', () => {
    const start = startOf(encodeStreamV1Start({ ...START, config: { roi_mode: '4M' } }));
    expect([start.imageSizeX, start.imageSizeY]).toEqual([null, null]);
  });

  it('JSON nested without end is no appendix', () => {
    const deep = new TextEncoder().encode('['.repeat(500_000) + ']'.repeat(500_000));
    const start = startOf([...encodeStreamV1Start(START), deep]);
    expect(typeof start.userData).toBe('string');
  });
});

it('knows ends, other types and what is no Stream V1', () => {
  expect(decode(encodeStreamV1End(6))).toEqual({ type: 'end', seriesId: 6, seriesUniqueId: 'open-6-null' });
  expect(decode([json({ htype: 'dnews-1.0' })])).toEqual({ type: 'unknown', messageType: 'dnews-1.0' });
  for (const parts of [
    [],
    [new Uint8Array()],
    [json([1])],
    [json({ series: 1 })],
    [Uint8Array.of(0xd9, 0xd9)],
  ]) {
    expect(() => decode(parts)).toThrow(StreamDecodeError);
  }
});

const capture = join(process.env.BEAMDECK_TESTDATA ?? '../shared/testdata', 'stream_v1/eiger4m_16bit_bslz4');

describe.skipIf(!existsSync(capture))('a real EIGER 4M', () => {
  const part = (number: number) =>
    new Uint8Array(readFileSync(join(capture, `${String(number).padStart(2, '0')}.part`)));

  it('start: what the detector said, with the tables that were kept', () => {
    const start = startOf([1, 2, 3, 5, 7, 8, 9].map(part));
    expect(start).toMatchObject({
      seriesId: 6,
      seriesUniqueId: '6@2017-07-03T11:38:53.475491',
      numberOfImages: 10,
      imageSizeX: 2070,
      imageSizeY: 2167,
      detectorDescription: 'Dectris Eiger 4M',
      detectorSerialNumber: 'E-08-0115',
      beamCenterXPx: 0,
      detectorDistanceM: null,
      sensorMaterial: 'Si',
      pixelMaskEnabled: true,
      userData: { acqID: 'test_1' },
      warnings: ['dflatfield came without its data', 'dpixelmask came without its data'],
    });
    expect(start.frameTimeS).toBeCloseTo(0.002, 9);
    expect(start.countrateCorrectionTable).toMatchObject({ dtype: 'f4', shape: [4000, 2] });
    expect(startOf([1, 2, 9].map(part)).warnings).toEqual([]);
  });

  it('images and end', () => {
    for (const [frame, first] of [10, 14, 18].entries()) {
      const image = imageOf([0, 1, 2, 3].map((offset) => part(first + offset)));
      expect(image).toMatchObject({ seriesId: 6, imageId: frame });
      const array = image.channels.get('default')!;
      expect(array).toMatchObject({ dtype: 'u2', shape: [2167, 2070], filter: 'bslz4' });
      expect(decodeChunk({ ...array, elements: 2167 * 2070 })).toHaveLength(2167 * 2070);
    }
    expect(decode([part(22)])).toMatchObject({ type: 'end', seriesId: 6 });
  });
});
