import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { damagedBytes } from '#src/testing/damaged-bytes.ts';
import { CodecError } from '../codecs/codec-error.ts';
import { frameChunks } from './frame-chunks.ts';
import { Hdf5Error } from './hdf5-error.ts';
import { Hdf5File } from './hdf5-file.ts';
import { compareWithReport, openFile, pixelHash, type Report, sourceOf } from './testing/compare-report.ts';

const FILES = join(import.meta.dirname, 'testing', 'files');
const pathOf = (version: string) => join(FILES, `layouts_${version}.h5`);
const reportOf = (version: string) =>
  JSON.parse(readFileSync(join(FILES, `layouts_${version}.json`), 'utf8')) as Report;

describe.each(['earliest', 'latest'])('a file of h5py, %s version', (version) => {
  it('has the frames where h5py says, and their pixels', async () => {
    expect(await compareWithReport(pathOf(version), reportOf(version))).toBeGreaterThan(60);
  });

  it('tells its links, texts and attributes', async () => {
    const file = await openFile(pathOf(version));
    expect(await file.namesIn('/')).toEqual(['elsewhere', 'fixed_names', 'frames', 'loop', 'names', 'soft']);
    expect(await file.resolve('/elsewhere')).toEqual({
      kind: 'external',
      file: 'other_file.h5',
      object: '/entry/data/data',
    });
    expect((await file.dataset('/soft'))?.address).toBe((await file.dataset('/frames/single_gzip'))?.address);
    expect(await file.dataset('/frames/no_such')).toBeNull();
    await expect(file.dataset('/loop')).rejects.toThrow(/links without end/);
    await expect(file.dataset('/elsewhere')).rejects.toThrow(/lies in other_file.h5/);
    expect(await file.list('/names')).toEqual(['first', 'second, longer']);
    expect(await file.list('/fixed_names')).toEqual(['one', 'two']);
    const fixed = await file.resolve('/frames/fixed_gzip');
    if (fixed?.kind !== 'object') throw new Error('not there');
    expect(await file.attribute(fixed.header, 'text')).toBe('a text');
    expect(await file.attribute(fixed.header, 'number')).toBe(2.5);
    expect(await file.attribute(fixed.header, 'none')).toBeNull();
  });

  it('is read in few ranges', async () => {
    const bytes = readFileSync(pathOf(version));
    const ranges: number[] = [];
    const file = await Hdf5File.open({
      sizeBytes: bytes.length,
      readRange: async (offset, length) => {
        ranges.push(length);
        return bytes.subarray(offset, offset + length);
      },
    });
    await frameChunks(file, (await file.dataset('/frames/extensible_gzip'))!);
    expect(ranges.length).toBeLessThan(6);
  });
});

describe('damaged files', () => {
  it('are refused by name or read, in bounded time', async () => {
    const limits = { fetchedBytes: 4_000_000, structures: 20_000, structureBytes: 1_000_000 };
    const files = ['earliest', 'latest'].map((version) => new Uint8Array(readFileSync(pathOf(version))));
    const names = Object.keys(reportOf('latest'));
    let [refused, accepted] = [0, 0];
    for (const bytes of damagedBytes(files, 1500, 7)) {
      try {
        const file = await Hdf5File.open(sourceOf(bytes), limits);
        for (const name of [names[accepted % names.length]!, '/soft', '/frames/channels']) {
          const dataset = await file.dataset(name);
          if (dataset) pixelHash(bytes, await frameChunks(file, dataset), 0);
        }
        await file.list('/names');
        accepted++;
      } catch (error) {
        if (!(error instanceof Hdf5Error || error instanceof CodecError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(200);
    expect(accepted).toBeGreaterThan(200);
  });

  it('that are something else are refused at once', async () => {
    await expect(Hdf5File.open(sourceOf(new Uint8Array(100_000)))).rejects.toThrow(/does not begin as HDF5/);
    await expect(Hdf5File.open(sourceOf(new Uint8Array(0)))).rejects.toThrow(Hdf5Error);
  });

  it('whose index leads in a circle end', async () => {
    const bytes = new Uint8Array(readFileSync(pathOf('earliest')));
    // Every node of a B-tree says that it is a branch: its children, which are chunks, or nodes above it, must not be followed for ever.
    for (let at = 0; at + 8 < bytes.length; at++) {
      const isNode = Buffer.from(bytes.subarray(at, at + 4)).toString('latin1') === 'TREE';
      if (isNode && bytes[at + 4] === 1) bytes[at + 5] = 1;
    }
    const file = await Hdf5File.open(sourceOf(bytes));
    await expect(frameChunks(file, (await file.dataset('/frames/fixed_gzip'))!)).rejects.toThrow(Hdf5Error);
  });
});
