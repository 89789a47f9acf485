import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeOwnChannels } from '../testing/hdf5-files.ts';
import { inspectData, inspectMaster } from './hdf5-inspect.ts';

const FILES = join(import.meta.dirname, '../../src/shared/hdf5/testing/files');

it('frames that another program packed by gzip are frames', async () => {
  expect(await inspectData(join(FILES, 'series_data_000001.h5'), '/entry/data/data')).toEqual({
    frames: 3,
    imageLow: 1,
    channel: { dtype: 'u2', shape: [8, 16], filter: 'gzip' },
  });
});

it('a master tells its channels, and a data file what their frames look like', async () => {
  const master = await inspectMaster(join(FILES, 'series_channels_latest.h5'));
  expect(master?.channels).toEqual([
    { name: 'threshold_1', object: '/entry/data/data', index: 0 },
    { name: 'difference', object: '/entry/data/difference', index: 0 },
  ]);
  const form = { dtype: 'u2', shape: [8, 16], filter: 'gzip' };
  const data = await inspectData(join(FILES, 'series_data_000002.h5'), '/entry/data/data', [
    ...master!.channels!,
    { name: 'absent', object: '/entry/data/absent', index: 0 },
    { name: 'beyond', object: '/entry/data/data', index: 1 },
  ]);
  expect(data).toEqual({
    ...{ frames: 2, imageLow: 4, channel: form },
    channels: [
      { name: 'threshold_1', ...form, place: { object: '/entry/data/data', index: 0 } },
      { name: 'difference', ...form, place: { object: '/entry/data/difference', index: 0 } },
    ],
  });
});

it('images of several detectors in one file are its channels, each of its own size', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beamdeck-inspect-'));
  try {
    const path = join(folder, 'two.nxs');
    const [one, two] = ['/entry/instrument/detector_a/data', '/entry/instrument/detector_b/data'];
    await writeOwnChannels(path, { [one]: [3, 4, 6], [two]: [3, 8, 6] });
    const found = await inspectMaster(path);
    expect(found?.own).toMatchObject({
      frames: 3,
      channels: [
        { name: 'detector_a', shape: [4, 6], place: { object: one, index: 0 } },
        { name: 'detector_b', shape: [8, 6], place: { object: two, index: 0 } },
      ],
    });
    expect(found?.files).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
