import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesSoFar, readSoFar } from './output-so-far.ts';

const OUT = ['job', 'out'];
let base: string;
let elsewhere: string;
const inOut = (...names: string[]) => join(base, ...OUT, ...names);

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'beamdeck-so-far-'));
  base = join(folder, 'run');
  elsewhere = join(folder, 'other-experiment');
  await mkdir(inOut('deep'), { recursive: true });
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'report.html'), 'secret');
  await writeFile(inOut('deep', 'report.html'), 'public');
  await writeFile(inOut('a.txt'), 'ab');
});
afterEach(() => rm(join(base, '..'), { recursive: true, force: true }));

const paths = async (limit = 100) => (await filesSoFar(base, OUT, limit)).map(({ path }) => path);
const read = async (path: string, sizeBytes = 6) => {
  const bytes = await readSoFar(base, OUT, { path, sizeBytes });
  return bytes && Buffer.from(bytes).toString();
};

describe('the output folder of a run that goes on', () => {
  it('is listed with sizes, no more than asked for; none where there is none', async () => {
    expect(await filesSoFar(base, OUT, 100)).toEqual([
      { path: 'a.txt', sizeBytes: 2, changedAt: expect.any(Date) },
      { path: 'deep/report.html', sizeBytes: 6, changedAt: expect.any(Date) },
    ]);
    expect(await paths(1)).toEqual(['a.txt']);
    expect(await filesSoFar(join(base, 'gone'), OUT, 100)).toEqual([]);
  });

  it('answers with a file of just that size, and not with one that has grown or gone', async () => {
    expect(await read('deep/report.html')).toBe('public');
    expect(await read('deep/report.html', 5)).toBeNull();
    expect(await read('deep/report.html', 7)).toBeNull();
    expect(await read('deep/gone.html')).toBeNull();
    expect(await read('deep', 4096)).toBeNull();
  });

  it('leads nowhere else, though its program puts links in the place of files and folders', async () => {
    await symlink(join(elsewhere, 'report.html'), inOut('report.html'));
    expect(await paths()).toEqual(['a.txt', 'deep/report.html']);
    expect(await read('report.html')).toBeNull();
    await rename(inOut('deep'), inOut('moved'));
    await symlink(elsewhere, inOut('deep'));
    expect(await paths()).toEqual(['a.txt', 'moved/report.html']);
    expect(await read('deep/report.html')).toBeNull();
    expect(await read('../../../other-experiment/report.html')).toBeNull();
    await rm(inOut(), { recursive: true });
    await symlink(elsewhere, inOut());
    expect(await paths()).toEqual([]);
    expect(await read('report.html')).toBeNull();
  });
});
