import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder } from 'cbor-x';
import { describe, expect, it } from 'vitest';
import type { StreamImage, StreamStart } from '../model/stream.ts';
import { encodeBslz4 } from './bslz4.ts';
import { type CborMap, type CborTag, readCbor } from './cbor-reader.ts';
import { type CborInput, CborInputTag, writeCbor } from './cbor-writer.ts';
import { decodeChunk } from './chunk.ts';
import { CodecError } from './codec-error.ts';
import { compressLz4Block } from './lz4.ts';
import {
  decodeStreamV2,
  encodeStreamV2End,
  encodeStreamV2Image,
  encodeStreamV2Start,
  StreamDecodeError,
} from './stream-v2.ts';
import { rewriteStreamIds } from './stream-v2-rewrite.ts';

const captureDir = join(
  process.env.BEAMDECK_TESTDATA ?? '../shared/testdata',
  'stream_v2/eiger1m_32bit_bslz4',
);
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const ids = { seriesId: 7, seriesUniqueId: '01JC00000000000000000000AB' };

const oneByOne = new Map([
  ['default', { dtype: 'i2', shape: [1, 1], filter: 'none', elementSize: 2, bytes: new Uint8Array(2) }],
] as const);

function image(pixels: Uint16Array, shape: readonly [number, number]): Uint8Array {
  const bytes = encodeBslz4(new Uint8Array(pixels.buffer), 2);
  return encodeStreamV2Image({
    ...ids,
    imageId: 3,
    channels: new Map([['threshold_1', { dtype: 'u2', shape, filter: 'bslz4', elementSize: 2, bytes }]]),
    startTime: { numerator: 5, denominator: 50_000_000 },
  });
}

describe('CBOR reader', () => {
  it('reads the examples of RFC 8949 appendix A', () => {
    const examples: [string, unknown][] = [
      ['1b 00 00 00 e8 d4 a5 10 00', 1_000_000_000_000],
      ['1b ff ff ff ff ff ff ff ff', 18_446_744_073_709_551_615n],
      ['3b ff ff ff ff ff ff ff ff', -18_446_744_073_709_551_616n],
      ['39 03 e7', -1000],
      ['f9 c4 00', -4],
      ['f9 00 01', 2 ** -24],
      ['fa 47 c3 50 00', 100_000],
      ['fb 3f f1 99 99 99 99 99 9a', 1.1],
      ['f9 7c 00', Number.POSITIVE_INFINITY],
      ['62 c3 bc', 'ü'],
      ['5f 42 01 02 43 03 04 05 ff', Uint8Array.of(1, 2, 3, 4, 5)],
      ['7f 65 73 74 72 65 61 64 6d 69 6e 67 ff', 'streaming'],
      ['9f 01 82 02 03 9f 04 05 ff ff', [1, [2, 3], [4, 5]]],
      [
        'a2 61 61 01 61 62 82 02 03',
        new Map<string, unknown>([
          ['a', 1],
          ['b', [2, 3]],
        ]),
      ],
      [
        'bf 61 61 01 61 62 9f 02 03 ff ff',
        new Map<string, unknown>([
          ['a', 1],
          ['b', [2, 3]],
        ]),
      ],
    ];
    for (const [bytes, value] of examples) expect(readCbor(hex(bytes))).toEqual(value);
  });

  it('hands out byte strings as views of the message', () => {
    const message = hex('43 01 02 03');
    expect((readCbor(message) as Uint8Array).buffer).toBe(message.buffer);
  });

  it.each([
    ['truncated text', '62 c3'],
    ['array of four thousand million items', '9a ff ff ff ff'],
    ['map beyond the message', 'bb 00 00 00 10 00 00 00 00'],
    ['nesting of a hundred arrays', `${'81'.repeat(100)}00`],
    ['break outside', '82 ff 01'],
    ['unterminated indefinite array', '9f 01'],
    ['bytes after the item', '01 01'],
    ['reserved length', '1c'],
    ['nothing', ''],
  ])('refuses %s', (_, bytes) => {
    expect(() => readCbor(hex(bytes))).toThrow(CodecError);
  });

  it('refuses more items than the limit instead of filling the memory', () => {
    const items = new Uint8Array(1001).fill(0xf6);
    items.set([0x99, 0x03, 0xe6]);
    expect(() => readCbor(items, { maxDepth: 4, maxItems: 100 })).toThrow(/more than 100 items/);
  });
});

describe('Stream V2 messages', () => {
  const pixels = Uint16Array.from({ length: 100 * 60 }, (_, i) => (i * 7) % 23);

  it('gives back image pixels, ids and times, without copying', () => {
    const message = image(pixels, [60, 100]);
    const decoded = decodeStreamV2(message) as StreamImage;
    expect(decoded).toMatchObject({ type: 'image', ...ids, imageId: 3, realTime: null });
    expect(decoded.startTime).toEqual({ numerator: 5, denominator: 50_000_000 });
    const channel = decoded.channels.get('threshold_1')!;
    expect(channel.bytes.buffer).toBe(message.buffer);
    expect(decodeChunk({ ...channel, elements: 6000 })).toEqual(pixels);
  });

  it('gives back a start with everything in it', () => {
    const mask = encodeBslz4(new Uint8Array(new Uint32Array(6000).buffer), 4);
    const start = {
      ...ids,
      armDate: '2026-11-20T10:00:00.000+01:00',
      channels: ['threshold_1', 'difference'],
      numberOfImages: 120,
      imageSizeX: 100,
      imageSizeY: 60,
      imageDtype: 'u2',
      beamCenterXPx: 50.5,
      beamCenterYPx: 30,
      detectorDistanceM: 0.15,
      detectorTranslationM: [0, 0, 0.15],
      detectorDescription: 'Simulated',
      detectorSerialNumber: 'S-1',
      energyEv: 12_398.4,
      wavelengthA: 1,
      countTimeS: 0.099,
      frameTimeS: 0.1,
      pixelSizeXM: 75e-6,
      pixelSizeYM: 75e-6,
      sensorMaterial: 'Si',
      sensorThicknessM: 4.5e-4,
      saturationValue: 65_533,
      goniometer: { omega: { startDeg: 0, incrementDeg: 0.5 } },
      thresholdsEv: { threshold_1: 6200 },
      pixelMasks: new Map([
        ['threshold_1', { dtype: 'u4', shape: [60, 100], filter: 'bslz4', elementSize: 4, bytes: mask }],
      ]),
      flatfields: new Map(),
      pixelMaskEnabled: true,
      flatfieldEnabled: false,
      countrateCorrectionEnabled: true,
      virtualPixelInterpolationEnabled: false,
      countrateCorrectionTable: null,
      userData: { file_prefix: 'lyso_A1/lyso_A1_run1', __proto__x: 1 },
    } as const satisfies Partial<StreamStart>;
    const decoded = decodeStreamV2(encodeStreamV2Start({ ...start, extra: { magic_number: 5 } }));
    expect(decoded).toEqual({ type: 'start', ...start, extra: { magic_number: 5 }, warnings: [] });
  });

  it('writes what an independent CBOR reader understands', () => {
    const decoder = new Decoder({ useRecords: false, mapsAsObjects: true });
    expect(decoder.decode(encodeStreamV2End(ids))).toEqual({
      type: 'end',
      series_id: 7,
      series_unique_id: ids.seriesUniqueId,
    });
    expect(
      decoder.decode(writeCbor({ a: [1, -1, 1.5, 70_000, 2 ** 31, -300], b: 'é', c: true, d: null })),
    ).toEqual({
      a: [1, -1, 1.5, 70_000, 2 ** 31, -300],
      b: 'é',
      c: true,
      d: null,
    });
  });

  it('writes every kind of item across a growing buffer (once lost the byte written while it grew)', () => {
    for (let fill = 4070; fill <= 4100; fill++) {
      const value = ['x'.repeat(fill), 1, true, null, [], 300, 70_000, 1.5, 'y', new Uint8Array(3)];
      expect(readCbor(writeCbor(value))).toEqual(value);
    }
  });

  it('changes ids and leaves every other byte alone', () => {
    const message = image(pixels, [60, 100]);
    const rewritten = rewriteStreamIds(message, {
      seriesId: 70_000,
      seriesUniqueId: 'Z'.repeat(26),
      imageId: 1000,
    });
    const [before, after] = [
      decodeStreamV2(message) as StreamImage,
      decodeStreamV2(rewritten) as StreamImage,
    ];
    expect(after).toEqual({ ...before, seriesId: 70_000, seriesUniqueId: 'Z'.repeat(26), imageId: 1000 });
    const tail = before.channels.get('threshold_1')!.bytes.length + 20;
    expect(Buffer.compare(rewritten.subarray(-tail), message.subarray(-tail))).toBe(0);
    expect(rewriteStreamIds(encodeStreamV2End(ids), { imageId: 4 })).toEqual(encodeStreamV2End(ids));
    expect(() => rewriteStreamIds(writeCbor([1]), { imageId: 4 })).toThrow(StreamDecodeError);
  });

  it('keeps a series whose start has useless optional values, and says which', () => {
    const decoded = decodeStreamV2(
      writeCbor({
        type: 'start',
        series_id: 1,
        series_unique_id: 'x',
        beam_center_x: 'left',
        goniometer: 5,
        pixel_mask: { threshold_1: 'none' },
        detector_distance: 0,
        user_data: '{"file_prefix": "dir/name"}',
      }),
    ) as StreamStart;
    expect(decoded.beamCenterXPx).toBeNull();
    expect(decoded.detectorDistanceM).toBeNull();
    expect(decoded.userData).toEqual({ file_prefix: 'dir/name' });
    expect(decoded.warnings).toHaveLength(3);
  });

  it('puts a header before a bare lz4 block, so that it can be stored as a chunk', () => {
    const source = new Uint8Array(pixels.buffer);
    const target = new Uint8Array(source.length * 2);
    const raw = target.slice(0, compressLz4Block(source, 0, source.length, target, 0));
    const tagged = new CborInputTag(69, new CborInputTag(56500, ['lz4', 0, raw]));
    const message = writeCbor({
      type: 'image',
      series_id: 1,
      image_id: 0,
      data: { threshold_1: new CborInputTag(40, [[60, 100], tagged]) },
    });
    const decoded = decodeStreamV2(message) as StreamImage;
    const channel = decoded.channels.get('threshold_1')!;
    expect(decoded.seriesUniqueId).toBe('1');
    expect(decodeChunk({ ...channel, elements: 6000 })).toEqual(pixels);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['sizes that do not fit', image(pixels, [60, 101]), /holds 12000 bytes/],
    ['a missing type', writeCbor({ series_id: 1 }), /no type/],
    ['a negative image id', writeCbor({ type: 'image', series_id: 1, image_id: -1, data: {} }), /image_id/],
    ['a series id of text', writeCbor({ type: 'end', series_id: '1' }), /series_id/],
    ['no data', writeCbor({ type: 'image', series_id: 1, image_id: 0, data: {} }), /no data/],
    [
      'a channel that is a path',
      writeCbor({ type: 'image', series_id: 1, image_id: 0, data: { '../x': 1 } }),
      /usable name/,
    ],
    [
      'unknown compression',
      writeCbor({
        type: 'image',
        series_id: 1,
        image_id: 0,
        data: {
          a: new CborInputTag(40, [
            [1, 1],
            new CborInputTag(69, new CborInputTag(56500, ['gzip', 2, new Uint8Array(9)])),
          ]),
        },
      }),
      /gzip is not supported/,
    ],
    ['no map', writeCbor([1]), /no map/],
  ])('refuses %s', (_, message, reason) => {
    expect(() => decodeStreamV2(message)).toThrow(StreamDecodeError);
    expect(() => decodeStreamV2(message)).toThrow(reason);
  });

  it('passes over message types it does not know', () => {
    expect(decodeStreamV2(writeCbor({ type: 'weather', data: 1 }))).toEqual({
      type: 'unknown',
      messageType: 'weather',
    });
  });

  it('knows the messages of Jungfraujoch that are kept whole', () => {
    expect(decodeStreamV2(writeCbor({ type: 'calibration', data: 1 }))).toEqual({
      type: 'supplement',
      kind: 'calibration',
      seriesUniqueId: null,
    });
    expect(decodeStreamV2(writeCbor({ type: 'metadata', series_unique_id: 'u', images: [] }))).toEqual({
      type: 'supplement',
      kind: 'metadata',
      seriesUniqueId: 'u',
    });
  });

  it('takes the numbers of Jungfraujoch images, under our names; what is no number was not sent', () => {
    const values = { spots: 12, indexed: 1, background: 0.25, resolutionA: 1.9, cellA: 78.1, cellGamma: 90 };
    const noted = decodeStreamV2(encodeStreamV2Image({ ...ids, imageId: 1, channels: oneByOne, values }));
    expect(noted).toMatchObject({ values });
    const keys = {
      spots: [new Map(), new Map(), new Map()],
      bkg_estimate: Number.NaN,
      indexing_result: false,
      resolution_estimate: 'good',
      strong_pixel_count: 2n ** 40n,
      az_int_profile: [1, 2],
    };
    const plain = encodeStreamV2Image({ ...ids, imageId: 1, channels: oneByOne });
    const map = new Map([...((readCbor(plain) as CborTag).value as CborMap), ...Object.entries(keys)]);
    expect((decodeStreamV2(writeCbor(map as CborInput)) as StreamImage).values).toEqual({
      spots: 3,
      indexed: 0,
      strongPixels: 2 ** 40,
    });
    expect((decodeStreamV2(plain) as StreamImage).values).toEqual({});
  });
});

describe.skipIf(!existsSync(captureDir))('real EIGER 1M capture (skipped without the test data)', () => {
  const messages = existsSync(captureDir)
    ? readdirSync(captureDir)
        .filter((name) => name.endsWith('.cbor'))
        .sort()
        .map((name) => new Uint8Array(readFileSync(join(captureDir, name))))
    : [];

  it('decodes the start with masks, the ten images and the end', () => {
    const decoded = messages.map(decodeStreamV2);
    expect(decoded.map(({ type }) => type)).toEqual(['start', ...Array(10).fill('image'), 'end']);
    const start = decoded[0] as StreamStart;
    expect(start).toMatchObject({
      seriesId: 16,
      imageSizeX: 1030,
      imageSizeY: 1065,
      numberOfImages: 10,
      channels: ['threshold_1'],
      goniometer: {},
      warnings: [],
    });
    expect(start.pixelMasks.get('threshold_1')).toMatchObject({ dtype: 'u4', shape: [1065, 1030] });
    expect((start.userData as { file_prefix: string }).file_prefix).toContain('/');
    decoded.slice(1, 11).forEach((message, index) => {
      const frame = message as StreamImage;
      expect(frame.imageId).toBe(index);
      const channel = frame.channels.get('threshold_1')!;
      expect(decodeChunk({ ...channel, elements: 1065 * 1030 })).toHaveLength(1065 * 1030);
    });
  });

  it('encodes the decoded images again with the same pixels, and packs them as the detector did', () => {
    const frame = decodeStreamV2(messages[1]!) as StreamImage;
    const again = decodeStreamV2(encodeStreamV2Image(frame)) as StreamImage;
    expect(again).toEqual(frame);
    const channel = frame.channels.get('threshold_1')!;
    const decoded = decodeChunk({ ...channel, elements: 1065 * 1030 });
    const packed = encodeBslz4(new Uint8Array(decoded.buffer), 4);
    const unpacked = decodeChunk({ ...channel, bytes: packed, elements: 1065 * 1030 });
    // Buffers are compared as bytes: element-wise equality of a million pixels takes seconds.
    expect(Buffer.compare(new Uint8Array(unpacked.buffer), new Uint8Array(decoded.buffer))).toBe(0);
  });
});
