import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileChannel } from '../../../shared/contracts/geometry.ts';
import { pixelHash, type Report } from '../../../shared/hdf5/testing/compare-report.ts';
import type { Dtype } from '../../../shared/model/dtype.ts';
import { entriesOfHdf5 } from './located-frames.ts';

/** Files of h5py, and what it reads from them. */
const FILES = join(import.meta.dirname, '../../../shared/hdf5/testing/files');
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(FILES, name)));

const look = (bytes: Uint8Array, channels: FileChannel[], rows: number) =>
  entriesOfHdf5(
    { readRange: async (_, offset, length) => bytes.subarray(offset, offset + length) },
    { storeKey: 'a file', sizeBytes: bytes.length },
    { channels },
    rows,
  );

/** By the name of its dataset, as the script that wrote it calls them. */
const filterOf = (object: string) => (/gzip|gaps/.test(object) ? 'gzip' : 'none');

describe.each(['earliest', 'latest'])('frames of another program, HDF5 %s', (version) => {
  const bytes = bytesOf(`layouts_${version}.h5`);
  const report = JSON.parse(readFileSync(join(FILES, `layouts_${version}.json`), 'utf8')) as Report;

  it.each(Object.keys(report).filter((object) => object.startsWith('/frames/')))(
    'every channel of %s has the pixels that h5py reads',
    async (object) => {
      const { dtype, shape, channels, frames } = report[object]!;
      const [rows, columns] = shape.slice(-2) as [number, number];
      const count = shape.length > 2 ? shape[0]! : 1;
      const form = {
        dtype: dtype as Dtype,
        shape: [rows, columns] as [number, number],
        filter: filterOf(object),
      };
      const of = (index: number): FileChannel => ({
        ...{ ...form, filter: filterOf(object), name: `${index}` },
        place: { object, index },
      });
      const found = await look(
        bytes,
        Array.from({ length: channels }, (_, index) => of(index)),
        count,
      );
      for (const [channel, one] of found.entries()) {
        if ('why' in one) throw new Error(one.why);
        const table = { ...of(channel), frames: count, entries: one.entries };
        for (let frame = 0; frame < count; frame++) {
          const hash = pixelHash(bytes, table, frame);
          // What was never written h5py shows as zeros, where it does not tell chunks.
          if (hash !== null) expect(hash).toBe(frames[frame * channels + channel]);
          else expect(report[object]!.chunks?.[frame * channels + channel] ?? null).toBeNull();
        }
      }
    },
  );
});

describe('where that cannot be told, the reason is', () => {
  const channel: FileChannel = { name: 'default', dtype: 'u2', shape: [8, 16], filter: 'none' };
  const at = (object: string, index = 0): FileChannel => ({ ...channel, place: { object, index } });
  const whyOf = async (name: string, one: FileChannel, rows: number) => {
    const [found] = await look(bytesOf(name), [one], rows);
    return found && 'why' in found ? found.why : null;
  };

  it.each([
    ['its dataset is not there', 'layouts_latest.h5', at('/frames/nothing'), 3, /no \/frames\/nothing/],
    [
      'its dataset has fewer frames',
      'layouts_latest.h5',
      at('/frames/contiguous'),
      4,
      /does not have the frames/,
    ],
    [
      'its dataset has no such channel',
      'layouts_latest.h5',
      at('/frames/channels', 2),
      4,
      /does not have the frames/,
    ],
    ['it is packed otherwise', 'layouts_latest.h5', at('/frames/fixed_gzip'), 5, /packed by gzip/],
    [
      'it is a view of other files',
      'series_view_latest.h5',
      at('/entry/data/data'),
      7,
      /view of frames in other files/,
    ],
    ['it is in another file', 'layouts_latest.h5', at('/elsewhere'), 3, /lies in other_file/],
  ] as const)('%s', async (_, name, one, rows, why) => {
    expect(await whyOf(name, one, rows)).toMatch(why);
  });

  it('it is no HDF5 file, or of several channels nobody says where they are', async () => {
    const [found] = await look(new Uint8Array(3000), [channel], 1);
    expect(found).toMatchObject({ why: expect.stringMatching(/HDF5/) });
    const several = await look(bytesOf('layouts_latest.h5'), [channel, { ...channel, name: 'second' }], 1);
    expect(several).toMatchObject([{ why: expect.any(String) }, { why: expect.any(String) }]);
  });
});
