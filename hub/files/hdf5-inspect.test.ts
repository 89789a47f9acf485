import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inspectData } from './hdf5-inspect.ts';

const FILES = join(import.meta.dirname, '../../src/shared/hdf5/testing/files');

it('frames that another program packed by gzip are frames', async () => {
  expect(await inspectData(join(FILES, 'series_data_000001.h5'), '/entry/data/data')).toEqual({
    frames: 3,
    imageLow: 1,
    channel: { dtype: 'u2', shape: [8, 16], filter: 'gzip' },
  });
});
