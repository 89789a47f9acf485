import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameChunks } from './frame-chunks.ts';
import { channelsOfMaster } from './master-channels.ts';
import { compareWithReport, openFile, pixelHash, type Report, sourceOf } from './testing/compare-report.ts';

// Debian's Python: the filter plug-ins belong to it.
const PYTHON = '/usr/bin/python3';
const SCRIPT = join(import.meta.dirname, 'testing', 'write_layouts.py');
const TEST_DATA = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'testdata');

function hasH5py(): boolean {
  try {
    const check = 'import h5py; assert h5py.h5z.filter_avail(32008) and h5py.h5z.filter_avail(32004)';
    execFileSync(PYTHON, ['-c', check], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // not installed: skipped by name
  }
}

const run = (...args: string[]) =>
  execFileSync(PYTHON, [SCRIPT, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 });

describe.skipIf(!hasH5py())('files of h5py (skipped without h5py and its bitshuffle and LZ4 filters)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'beamdeck-layouts-'));
    run('all', folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['filters', 'types', 'many', 'userblock'])(
    'every index, filter, type and number of channels: %s',
    async (kind) => {
      for (const version of ['earliest', 'latest']) {
        const path = join(folder, `${kind}_${version}.h5`);
        const report = JSON.parse(readFileSync(`${path.slice(0, -3)}.json`, 'utf8')) as Report;
        expect(await compareWithReport(path, report)).toBeGreaterThan(50);
      }
    },
  );

  it('groups and objects of many links and attributes', async () => {
    for (const version of ['earliest', 'latest']) {
      const file = await openFile(join(folder, `many_${version}.h5`));
      const names = await file.namesIn('/crowd');
      expect(names).toHaveLength(701);
      expect(names).toContain('number_699');
      expect(await file.list('/crowd/number_699')).toEqual([699]);
      const place = await file.resolve('/crowd/frames');
      if (place?.kind !== 'object') throw new Error('not there');
      expect(await file.attribute(place.header, 'image_nr_low')).toBe(17);
      expect(await file.attribute(place.header, 'attribute_23')).toBe('value 23');
    }
  });

  it.each([
    ['channel_views', ['high', 'single', 'low']],
    ['channel_each', ['data', 'high', 'single']],
    ['channel_own', ['data', 'data_2', 'module']],
  ])('the channels that a master shows have the pixels that h5py reads there: %s', async (kind, names) => {
    for (const version of ['earliest', 'latest']) {
      const path = join(folder, `${kind}_${version}.h5`);
      const told = JSON.parse(readFileSync(`${path.slice(0, -3)}.json`, 'utf8')) as Report;
      const found = await channelsOfMaster(sourceOf(readFileSync(path)));
      expect(found?.channels.map(({ name }) => name)).toEqual(names);
      const data = found!.isOwn ? path : join(folder, `channel_data_${version}.h5`);
      const bytes = new Uint8Array(readFileSync(data));
      const file = await openFile(data);
      for (const [channel, { name, object, index }] of found!.channels.entries()) {
        const chunks = await frameChunks(file, (await file.dataset(object))!, index);
        const shown =
          told[kind === 'channel_each' ? `/entry/data/${name}` : found!.isOwn ? object : '/entry/data/data']!;
        const ofChannel = shown.channels > 1 ? channel : 0;
        for (let frame = 0; frame < chunks.frames; frame++) {
          const hash = shown.frames[frame * shown.channels + ofChannel];
          expect(pixelHash(bytes, chunks, frame), `${name} ${frame}`).toBe(hash);
        }
        expect(chunks.frames).toBeGreaterThan(4);
      }
    }
  });

  const files = existsSync(TEST_DATA)
    ? ['hdf5', 'mx_nxmx'].flatMap((name) =>
        readdirSync(join(TEST_DATA, name))
          .filter((file) => /\.(h5|hdf5)$/.test(file))
          .map((file) => join(TEST_DATA, name, file)),
      )
    : [];
  it.skipIf(files.length === 0)(
    'files of the field have the frames where h5py says (skipped without test data)',
    async () => {
      const reports = JSON.parse(run('report', ...files)) as Record<string, Report>;
      let compared = 0;
      for (const path of files) {
        const report = reports[basename(path)]!;
        const file = await openFile(path);
        for (const [name, told] of Object.entries(report)) {
          const dataset = await file.dataset(name);
          if (dataset?.layout.kind === 'virtual') delete report[name];
          else if (dataset?.layout.kind === 'chunked' && !told.chunks) {
            // Chunks of parts of frames are said to be such, and nothing is guessed.
            await expect(frameChunks(file, dataset)).rejects.toThrow(/parts of frames/);
            delete report[name];
          }
        }
        compared += await compareWithReport(path, report);
      }
      expect(compared).toBeGreaterThan(60);
    },
  );
});
