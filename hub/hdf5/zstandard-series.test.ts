import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeStreamV2, StreamDecodeError } from '#src/shared/codecs/stream-v2.ts';
import type { StreamImageArray } from '#src/shared/model/stream.ts';
import { encodeBszstdReference } from '#src/testing/zstd-blocks.ts';
import { AssemblerRig } from '../testing/assembler-rig.ts';
import { endMessage, imageMessage, startMessage, testSeries } from '../testing/test-messages.ts';
import { datasetAt, datasetValues, withHdf5File } from './testing/read-hdf5.ts';

/** As Jungfraujoch sends: channel `default`, signed pixels, bitshuffle-Zstandard. */
const series = testSeries(7, { channels: ['default'], rows: 41, columns: 53 });
const PIXELS = series.rows * series.columns;

function pixelsOf(imageId: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: PIXELS }, (_, pixel) => ((pixel * 31 + imageId * 7) % 19) - 4);
}

function arrayOf(imageId: number, changes: Partial<StreamImageArray> = {}): StreamImageArray {
  return {
    dtype: 'i4',
    shape: [series.rows, series.columns],
    filter: 'bszstd',
    elementSize: 4,
    bytes: encodeBszstdReference(new Uint8Array(pixelsOf(imageId).buffer), 4),
    ...changes,
  };
}

const message = (imageId: number, changes?: Partial<StreamImageArray>) =>
  imageMessage(series, imageId, new Map([['default', arrayOf(imageId, changes)]]));

let rig: AssemblerRig;
beforeEach(() => {
  rig = new AssemblerRig();
});
afterEach(() => rig.dispose());

test('a stream in bitshuffle-Zstandard is stored byte for byte, and the HDF5 library reads every pixel', async () => {
  rig.give(startMessage(series, { numberOfImages: 3, imageDtype: 'i4' }));
  rig.give(message(0), message(2), endMessage(series));

  const [request] = rig.sink.requests;
  expect(request!.channels).toEqual([
    { name: 'default', dtype: 'i4', shape: [series.rows, series.columns], filter: 'bszstd' },
  ]);
  const file = path.join(rig.folder, rig.sink.started[0]!, 'data_000001.h5');
  const stored = readFileSync(file);
  for (const imageId of [0, 2]) expect(stored.includes(Buffer.from(arrayOf(imageId).bytes))).toBe(true);
  await withHdf5File(file, (opened) => {
    expect(datasetAt(opened, 'entry/data/data').filters).toMatchObject([{ id: 32008 }]);
    const values = datasetValues(opened, 'entry/data/data');
    const image = (row: number) => Array.prototype.slice.call(values, row * PIXELS, (row + 1) * PIXELS);
    expect(image(0)).toEqual([...pixelsOf(0)]);
    expect(image(1)).toEqual(new Array(PIXELS).fill(-(2 ** 31)));
    expect(image(2)).toEqual([...pixelsOf(2)]);
  });
  expect(rig.codes()).toEqual({ 'missing-image': 1 });
});

test('a blob that is cut, or of another element size, is refused before it is stored', () => {
  expect(() => decodeStreamV2(message(0, { bytes: arrayOf(0).bytes.subarray(0, -1) }))).toThrow(
    StreamDecodeError,
  );
  expect(() => decodeStreamV2(message(0, { elementSize: 2 }))).toThrow(
    /bszstd element size 2 does not fit i4/,
  );
});
