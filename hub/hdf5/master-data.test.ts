import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Group } from 'h5wasm/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import type { ChannelLayout } from './data-file.ts';
import type { MasterChannel } from './master-input.ts';
import { datasetAt, datasetValues, withHdf5File } from './testing/read-hdf5.ts';
import { encodeTestChunk, testPixels } from './testing/test-frames.ts';
import { type WrittenSeries, writeSeries } from './testing/write-series.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hdf5-channels-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHAPE = [20, 30] as const;
const PIXELS = SHAPE[0] * SHAPE[1];
const IMAGES = 5;

function layouts(names: readonly string[]): ChannelLayout[] {
  return names.map((name) => ({ name, dtype: 'i4', shape: SHAPE, filter: 'bszstd' }));
}

const pixelsOf = (image: number, channel: number) => testPixels('i4', PIXELS, image + 20 * channel);

/** `lacking` = image that came without the channel. */
function write(
  prefix: string,
  names: readonly string[],
  lacking: readonly (readonly [number, number])[] = [],
) {
  const channels = layouts(names);
  const frames = Array.from({ length: IMAGES }, (_, image) =>
    channels.map(({ filter, dtype }, channel) =>
      lacking.some(([at, of]) => at === image && of === channel)
        ? undefined
        : encodeTestChunk(filter, dtype, pixelsOf(image, channel)),
    ),
  );
  return writeSeries(folder, { prefix, frames, master: { channels, framesPerFile: 2 } });
}

async function signalOf(written: WrittenSeries): Promise<unknown> {
  return withHdf5File(written.masterPath, (file) => (file.get('entry/data') as Group).attrs.signal?.value);
}

describe('NXmx v2024.2: several channels in one array', () => {
  const names = ['threshold_1', 'threshold_2', 'difference'];

  test('[image, channel, y, x] over three data files; an image that lacks a channel is invalid there only', async () => {
    const written = write('all', names, [
      [1, 1],
      [4, 0],
    ]);
    await withHdf5File(written.masterPath, (file) => {
      const data = datasetAt(file, 'entry/data/data');
      expect(data.shape).toEqual([IMAGES, 3, ...SHAPE]);
      expect(datasetAt(file, 'entry/data/channel').value).toEqual(names);
      expect(Array.from(datasetValues(file, 'entry/data/image_id'))).toEqual([0, 1, 2, 3, 4]);
      const values = datasetValues(file, 'entry/data/data');
      const invalid = new Array(PIXELS).fill(dtypeInvalidValue('i4'));
      for (let image = 0; image < IMAGES; image++) {
        for (let channel = 0; channel < 3; channel++) {
          const from = (image * 3 + channel) * PIXELS;
          const isLacking = (image === 1 && channel === 1) || (image === 4 && channel === 0);
          const expected = isLacking ? invalid : Array.from(pixelsOf(image, channel) as Int32Array);
          expect(Array.prototype.slice.call(values, from, from + PIXELS)).toEqual(expected);
        }
      }
    });
  });

  test('every channel stands for itself too, the first is the signal, the links lead to it', async () => {
    const written = write('each', names);
    await withHdf5File(written.masterPath, (file) => {
      for (const [channel, name] of names.entries()) {
        expect(datasetAt(file, `entry/data/${name}`).shape).toEqual([IMAGES, ...SHAPE]);
        const values = datasetValues(file, `entry/data/${name}`);
        expect(Array.prototype.slice.call(values, 4 * PIXELS)).toEqual(
          Array.from(pixelsOf(4, channel) as Int32Array),
        );
        expect(file.get(`entry/instrument/detector/${name}_channel`)).not.toBeNull();
      }
      expect(datasetAt(file, 'entry/data/data_000003').shape).toEqual([1, ...SHAPE]);
    });
    expect(await signalOf(written)).toBe('threshold_1');
  });

  test('each channel has the mask that was sent for it', async () => {
    const channels = layouts(names).map((layout, channel) => {
      const bits = new Uint32Array(PIXELS).fill(channel, 0, 50 * (channel + 1));
      const bytes = encodeTestChunk('bslz4', 'u4', bits);
      return channel === 0
        ? layout
        : { ...layout, pixelMask: { dtype: 'u4', shape: SHAPE, filter: 'bslz4', bytes } };
    }) as MasterChannel[];
    const frames = [
      channels.map(({ filter, dtype }, channel) => encodeTestChunk(filter, dtype, pixelsOf(0, channel))),
    ];
    const written = writeSeries(folder, { prefix: 'masks', frames, master: { channels, framesPerFile: 2 } });
    expect(written.masks.map(({ channel }) => channel)).toEqual(['threshold_2', 'difference']);
    for (const { channel, offset, sizeBytes, dtype, filter } of written.masks) {
      const bytes = written.masterBytes.subarray(offset, offset + sizeBytes);
      const bits = decodeChunk({ filter, dtype, bytes, elements: PIXELS }) as Uint32Array;
      const index = names.indexOf(channel);
      expect([...bits]).toEqual(
        Array.from({ length: PIXELS }, (_, pixel) => (pixel < 50 * (index + 1) ? index : 0)),
      );
      await withHdf5File(written.masterPath, (file) => {
        const path = `entry/instrument/detector/${channel}_channel/pixel_mask`;
        expect(Array.from(datasetValues(file, path))).toEqual([...bits]);
      });
    }
  });

  test('channels named as something else in the group keep their place', async () => {
    const written = write('odd', ['channel', 'image_id', 'data_000001']);
    await withHdf5File(written.masterPath, (file) => {
      expect(datasetAt(file, 'entry/data/data').shape).toEqual([IMAGES, 3, ...SHAPE]);
      for (const [channel, name] of ['channel_1', 'image_id_2', 'data_000001_3'].entries()) {
        const values = datasetValues(file, `entry/data/${name}`);
        expect(Array.prototype.slice.call(values, 0, PIXELS)).toEqual(
          Array.from(pixelsOf(0, channel) as Int32Array),
        );
      }
    });
    expect(await signalOf(written)).toBe('channel_1');
  });

  test('one channel stays three-dimensional', async () => {
    const written = write('one', ['default']);
    await withHdf5File(written.masterPath, (file) => {
      expect(datasetAt(file, 'entry/data/data').shape).toEqual([IMAGES, ...SHAPE]);
      expect(file.get('entry/data/channel')).toBeNull();
    });
    expect(await signalOf(written)).toBe('data');
  });
});
