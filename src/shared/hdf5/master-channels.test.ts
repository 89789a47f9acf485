import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layout, makeEngineSeries } from '#hub/hdf5/testing/engine-series.ts';
import { writeOwnChannels } from '#hub/testing/hdf5-files.ts';
import { frameChunks } from './frame-chunks.ts';
import { channelsOfMaster } from './master-channels.ts';
import { openFile, pixelHash, type Report, sourceOf } from './testing/compare-report.ts';

const FILES = join(import.meta.dirname, 'testing', 'files');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'beamdeck-channels-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const channelsIn = (path: string) => channelsOfMaster(sourceOf(readFileSync(path)));

/** Hashes of the pixels that lie in a data file where its master says that a channel is. */
async function hashesOf(path: string, object: string, index: number): Promise<(string | null)[]> {
  const file = await openFile(path);
  const dataset = await file.dataset(object);
  const chunks = await frameChunks(file, dataset!, index);
  const bytes = new Uint8Array(readFileSync(path));
  return Array.from({ length: chunks.frames }, (_, frame) => pixelHash(bytes, chunks, frame));
}

describe('channels of a master', () => {
  it.each(['earliest', 'latest'])('with one view of all of them: %s', async (version) => {
    const found = await channelsIn(join(FILES, `series_channels_${version}.h5`));
    expect(found).toEqual({
      isOwn: false,
      channels: [
        { name: 'threshold_1', object: '/entry/data/data', index: 0 },
        { name: 'difference', object: '/entry/data/difference', index: 0 },
      ],
    });
    for (const n of [1, 2]) {
      const name = `series_data_00000${n}`;
      const report = JSON.parse(readFileSync(join(FILES, `${name}.json`), 'utf8')) as Report;
      for (const { object, index } of found!.channels) {
        const told = Object.values(report[object]!.frames);
        expect(await hashesOf(join(FILES, `${name}.h5`), object, index)).toEqual(told);
      }
    }
  });

  it.each(['series_links.h5', 'series_view_earliest.h5', 'series_view_latest.h5'])(
    'of one are none to be told apart: %s',
    async (name) => {
      expect(await channelsIn(join(FILES, name))).toBeNull();
    },
  );

  it('as the HUB writes them: of one type in one view, of several types in one each', async () => {
    makeEngineSeries(join(folder, 'alike'), 'run', [
      layout('u4', 'bslz4', 'one'),
      layout('u4', 'bslz4', 'two'),
    ]);
    makeEngineSeries(join(folder, 'other'), 'run', [
      layout('u4', 'bslz4', 'one'),
      layout('i2', 'bslz4', 'two'),
    ]);
    const expected = {
      isOwn: false,
      channels: [
        { name: 'one', object: '/entry/data/data', index: 0 },
        { name: 'two', object: '/entry/data/two', index: 0 },
      ],
    };
    expect(await channelsIn(join(folder, 'alike/run_master.h5'))).toEqual(expected);
    expect(await channelsIn(join(folder, 'other/run_master.h5'))).toEqual(expected);
  });

  it('that lie in the master: beside each other, on an axis, in groups of their own; errors are none', async () => {
    const objects = async (name: string, paths: Record<string, number[]>) => {
      await writeOwnChannels(join(folder, name), paths);
      const found = await channelsIn(join(folder, name));
      expect(found?.isOwn ?? true).toBe(true);
      return found?.channels.map(({ name: own, object, index }) => `${own} ${object} ${index}`) ?? null;
    };
    const shape = [3, 4, 6];
    const group = '/entry/data/data';
    expect(
      await objects('beside.h5', {
        [`${group}_ch0`]: shape,
        [`${group}_ch1`]: shape,
        [`${group}_ch1_errors`]: shape,
        [`${group}_dark`]: [2, 4, 6],
      }),
    ).toEqual(['data_ch0 /entry/data/data_ch0 0', 'data_ch1 /entry/data/data_ch1 0']);
    expect(await objects('axis.h5', { [group]: [3, 2, 4, 6] })).toEqual([
      'channel_1 /entry/data/data 0',
      'channel_2 /entry/data/data 1',
    ]);
    expect(
      await objects('detectors.h5', {
        '/entry/instrument/detector_a/data': shape,
        '/entry/instrument/detector_b/data': [3, 8, 6],
      }),
    ).toEqual([
      'detector_a /entry/instrument/detector_a/data 0',
      'detector_b /entry/instrument/detector_b/data 0',
    ]);
    expect(await objects('one.h5', { [group]: shape })).toBeNull();
    expect(await objects('series.h5', { [`${group}_000001`]: shape, [`${group}_000002`]: shape })).toBeNull();
  });

  it('are not looked for in what is no HDF5 file', async () => {
    await expect(channelsOfMaster(sourceOf(new Uint8Array(5000)))).rejects.toThrow(/HDF5/);
  });
});
