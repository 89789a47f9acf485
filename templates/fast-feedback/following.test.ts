import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { readSpotsFile } from '#src/shared/codecs/spots-file.ts';
import type { JobDataset, JobFeed, JobInput } from '#src/shared/contracts/job-run.ts';
import { resolveParameters } from '#src/shared/contracts/parameter-values.ts';
import { SPOT_CHANNEL, SPOT_GEOMETRY, spotFile, spotFrame } from '#src/testing/spot-frames.ts';
import { chosenFrames, type LookSettings, SeriesLook } from './series-look.ts';
import { FAST_FEEDBACK } from './template.ts';

const SETTINGS: LookSettings = {
  ...{ maxFrames: 2000, strongSigma: 3, dispersionSigma: 6, minSpotPixels: 2 },
  ...{ lowResolutionA: 40, hitSpots: 10 },
};
/** Spots of the frames of each file. */
const FILES = [
  [40, 0, 25, 12],
  [60, 9, 10, 31],
  [3, 44, 80, 17],
  [22, 5, 0, 64],
];
const FRAMES = FILES.flat().length;

let folder: string;
/** As the server tells where frames lie. */
let frames: JobDataset['frames'];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamdeck-following-'));
  for (const name of ['tree/raw', 'job/out', 'feed']) await mkdir(join(folder, name), { recursive: true });
  frames = [];
  for (const [index, counts] of FILES.entries()) {
    const path = `raw/run_data_${index + 1}.h5`;
    const { bytes, chunks } = spotFile(index * counts.length, counts);
    await writeFile(join(folder, 'tree', path), bytes);
    frames.push({ ...chunks[0]!, path, version: 1 });
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const dataset = (files: readonly number[], changes: Partial<JobDataset> = {}): JobDataset => ({
  ...{ id: 'dataset', base: 'raw/run', masterPath: null, channels: [SPOT_CHANNEL], masks: [], grid: null },
  ...{ geometry: SPOT_GEOMETRY, framesExpected: FRAMES, framesStored: 4 * files.length },
  ...{ isReceiving: true, frames: files.map((index) => frames[index]!) },
  ...changes,
});
const ALL = [0, 1, 2, 3];
const finished = (changes: Partial<JobDataset> = {}) => dataset(ALL, { isReceiving: false, ...changes });

/** Puts a pixel mask into the tree, as a master would hold it. */
async function master(masked: readonly number[]): Promise<Partial<JobDataset>> {
  const mask = new Uint8Array(160 * 160);
  for (const pixel of masked) mask[pixel] = 1;
  const bytes = encodeBslz4(mask, 1);
  await writeFile(join(folder, 'tree/raw/run_master.h5'), bytes);
  const place = {
    offset: 0,
    sizeBytes: bytes.length,
    dtype: 'u1',
    shape: [160, 160],
    filter: 'bslz4',
  } as const;
  return {
    masterPath: 'raw/run_master.h5',
    masks: [{ channel: SPOT_CHANNEL.name, ...place, shape: [160, 160] }],
  };
}

/** Looks at what becomes known step by step; `looks` frames between two steps. */
async function follow(steps: readonly JobDataset[], looks: number, settings = SETTINGS) {
  const lines: string[] = [];
  const look = await SeriesLook.begin(join(folder, 'tree'), settings, steps[0]!, (line) => lines.push(line));
  for (const step of steps.slice(1)) {
    for (let n = 0; n < looks; n++) await look.lookAtNext();
    await look.learn(step);
  }
  while (await look.lookAtNext());
  await look.close();
  const told = {
    metrics: look.summary.metrics(look.storedFrames),
    plots: look.summary.plots(),
    csv: look.summary.csv(),
  };
  return { told, lines, analyses: lines.filter((line) => /^frame \d+: /.test(line)).length };
}

describe('a dataset that is followed while it grows', () => {
  it.each([
    { name: 'in order, all looked at at once', order: [0, 1, 2, 3], looks: 99 },
    { name: 'in order, far behind', order: [0, 1, 2, 3], looks: 1 },
    { name: 'the last file first', order: [3, 2, 0, 1], looks: 2 },
    { name: 'nothing looked at before its end', order: [2, 0, 3, 1], looks: 0 },
  ])('tells in the end what it tells when it is looked at whole: $name', async ({ order, looks }) => {
    const growing = order.map((_, n) => dataset(order.slice(0, n + 1)));
    const whole = await follow([finished()], 0);
    const followed = await follow([dataset([]), ...growing, finished()], looks);
    expect(followed.told).toEqual(whole.told);
    expect(followed.analyses).toBe(FRAMES);
    expect(whole.told.metrics).toMatchObject({ framesAnalysed: FRAMES, framesStored: FRAMES, spotsMax: 80 });
  });

  it('looks at no frame twice when it is told the same again', async () => {
    const steps = [dataset([0]), dataset([0]), dataset([0, 1]), dataset([0, 1]), finished(), finished()];
    expect((await follow(steps, 3)).analyses).toBe(FRAMES);
  });

  it('takes a mask that comes last as if it had been there, without another look, where its pixels never had a value', async () => {
    // Half of the detector, so that what it sees of each shell differs.
    const dead = Array.from({ length: 80 * 160 }, (_, pixel) => pixel);
    for (const [index, counts] of FILES.entries()) {
      const blobs = counts.map((spots, row) => {
        const pixels = spotFrame(4 * index + row, spots);
        for (const pixel of dead) pixels[pixel] = 65_535;
        return encodeBslz4(new Uint8Array(pixels.buffer), 2);
      });
      const entries = Buffer.alloc(12 * blobs.length);
      let offset = 0;
      for (const [row, blob] of blobs.entries()) {
        entries.writeBigUInt64LE(BigInt(offset), 12 * row);
        entries.writeUInt32LE(blob.length, 12 * row + 8);
        offset += blob.length;
      }
      await writeFile(join(folder, 'tree', frames[index]!.path), Buffer.concat(blobs));
      frames[index]!.entries = entries.toString('base64');
    }
    const last = finished(await master(dead));
    const whole = await follow([last], 0);
    const followed = await follow([dataset([0]), dataset([0, 1, 2]), last], 5);
    expect(followed.told).toEqual(whole.told);
    expect(followed.analyses).toBe(FRAMES);
    expect((await follow([finished()], 0)).told.plots).not.toEqual(whole.told.plots);
  });

  it('looks at everything again when the mask that comes last leaves out pixels that had counts', async () => {
    const last = finished(await master(Array.from({ length: 80 * 160 }, (_, pixel) => pixel)));
    const whole = await follow([last], 0);
    const followed = await follow([dataset([0]), dataset([0, 1, 2]), last], 4);
    expect(followed.told).toEqual(whole.told);
    expect(followed.lines.join('\n')).toContain(
      'The pixel mask came with the master file: the 8 frames so far',
    );
    expect(whole.told.metrics.spotsMax).toBeLessThan(80);
  });

  it('looks again at frames whose file was rewritten meanwhile', async () => {
    const { bytes, chunks } = spotFile(0, [1, 2, 3, 4]);
    const before = dataset(ALL);
    const look = await SeriesLook.begin(join(folder, 'tree'), SETTINGS, before, () => undefined);
    while (await look.lookAtNext());
    await writeFile(join(folder, 'tree/raw/new'), bytes);
    await rename(join(folder, 'tree/raw/new'), join(folder, 'tree', frames[0]!.path));
    frames[0] = { ...chunks[0]!, path: frames[0]!.path, version: 2 };
    await look.learn(finished());
    while (await look.lookAtNext());
    await look.close();
    expect(look.summary.frames.slice(0, 5).map(({ spots }) => spots)).toEqual([1, 2, 3, 4, 60]);
    expect(look.summary.metrics(FRAMES)).toEqual((await follow([finished()], 0)).told.metrics);
  });

  it('tries frames again at the end that were not in the tree yet', async () => {
    const path = join(folder, 'tree', frames[1]!.path);
    await rename(path, `${path}.late`);
    const look = await SeriesLook.begin(join(folder, 'tree'), SETTINGS, dataset([0, 1]), () => undefined);
    while (await look.lookAtNext());
    expect(look.summary.metrics(8)).toMatchObject({ framesAnalysed: 4, framesUnreadable: 4 });
    await rename(`${path}.late`, path);
    await look.learn(finished());
    while (await look.lookAtNext());
    await look.close();
    expect(look.summary.metrics(FRAMES)).toEqual((await follow([finished()], 0)).told.metrics);
  });

  it('looks at those of a long series that will be chosen when it is whole, and in the end at no others', async () => {
    const settings = { ...SETTINGS, maxFrames: 5 };
    const whole = await follow([finished()], 0, settings);
    expect(whole.analyses).toBe(5);
    const followed = await follow([dataset([0]), dataset([0, 1]), finished()], 99, settings);
    expect(followed.told).toEqual(whole.told);
    expect(followed.analyses).toBe(5);
    // Nobody said how many would come: more than in the end are looked at, and left out then.
    const unknown = { framesExpected: null };
    const open = [dataset([0], unknown), dataset([0, 1], unknown), finished(unknown)];
    expect((await follow(open, 99, settings)).told).toEqual(whole.told);
    expect(chosenFrames([], dataset([]), 5)).toEqual([]);
  });
});

describe('the program', () => {
  const program = join(import.meta.dirname, 'index.ts');
  const NODE = ['--disable-warning=ExperimentalWarning', program];

  async function prepare(told: JobDataset, changes: Partial<JobInput> = {}, parameters = {}) {
    const values = { ...resolveParameters(FAST_FEEDBACK.parameters, {}).values, ...parameters };
    const input: JobInput = {
      ...{
        jobId: 'job',
        experimentCode: 'DEM26-AAAAA',
        templateSlug: FAST_FEEDBACK.slug,
        templateVersion: 1,
      },
      ...{ treeDir: join(folder, 'tree'), workDir: join(folder, 'job'), outDir: join(folder, 'job/out') },
      ...{ feedPath: join(folder, 'feed/feed.json'), timeLimitS: 600, parameters: values, dataset: told },
      ...changes,
    };
    await writeFile(join(folder, 'job/input.json'), JSON.stringify(input));
  }
  async function feed(told: JobFeed) {
    await writeFile(join(folder, 'feed/new'), JSON.stringify(told));
    await rename(join(folder, 'feed/new'), join(folder, 'feed/feed.json'));
  }
  const report = async (name: string) => JSON.parse(await readFile(join(folder, 'job', name), 'utf8'));
  const run = () =>
    promisify(execFile)(process.execPath, NODE, { cwd: join(folder, 'job') }).catch(
      (error: { code: number; stdout: string; stderr: string }) => error,
    );

  it('tells what it has seen while it waits for more, and ends when the dataset has', async () => {
    await prepare(dataset([0]));
    const child = spawn(process.execPath, NODE, { cwd: join(folder, 'job'), stdio: 'ignore' });
    const exited = once(child, 'exit');
    const until = async (framesAnalysed: number) => {
      for (;;) {
        const told = await report('metrics.json').catch(() => null);
        if (told?.framesAnalysed === framesAnalysed) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await until(4);
    expect(await report('progress.json')).toEqual({
      ...{ done: 4, total: FRAMES, text: `4 of 4 stored frames (of ${FRAMES} in all), 75 % hits` },
    });
    const spotsPerFrame = (bytes: Uint8Array) =>
      [...readSpotsFile(bytes)].map(([frame, spots]) => [frame, spots.length]);
    const part = await vi.waitFor(() => readFile(join(folder, 'job/out/found.parts/000001.spots')), 10_000);
    expect(spotsPerFrame(part)).toEqual(FILES[0]!.map((spots, row) => [row + 1, spots]));
    await feed({ dataset: dataset([0, 1]) });
    await until(8);
    await feed({ dataset: finished() });
    expect(await exited).toEqual([0, null]);
    const { told } = await follow([finished()], 0);
    expect(await report('metrics.json')).toEqual(told.metrics);
    expect(await report('plots.json')).toEqual(told.plots);
    expect(await readFile(join(folder, 'job/out/per-frame.csv'), 'utf8')).toBe(told.csv);
    expect(await readdir(join(folder, 'job/out'))).not.toContain('found.parts');
    const whole = await readFile(join(folder, 'job/out/found.spots'));
    expect(spotsPerFrame(whole)).toEqual(FILES.flat().map((spots, frame) => [frame + 1, spots]));
    // The first of the third frame, in the middle of pixel 8, 8.
    const [first] = readSpotsFile(whole).get(3)!;
    expect(Math.hypot(first!.fast - 8.5, first!.slow - 8.5)).toBeLessThan(0.1);
    expect(first).toMatchObject({ kind: 'found', hkl: null, box: [3, 3] });
  }, 60_000);

  it('ends by itself, and says why, when nothing comes for as long as it is to wait', async () => {
    await prepare(dataset([0, 1]), {}, { patienceS: 1 });
    const { stdout } = await run();
    expect(stdout).toContain('Nothing new was stored for 1 s.');
    expect(await report('metrics.json')).toMatchObject({ framesAnalysed: 8, framesStored: 8 });
    expect((await report('out/fast-feedback.json')).endedEarly).toBe('patience');
  }, 60_000);

  it('says what it has found when its time is over', async () => {
    await prepare(dataset([0, 1]), { timeLimitS: 2 });
    const { stdout } = await run();
    const left = /The time of this job is over: (\d+) stored frames were not looked at/.exec(stdout)?.[1];
    expect(await report('metrics.json')).toMatchObject({ framesAnalysed: 8 - Number(left) });
    expect((await report('out/fast-feedback.json')).endedEarly).toBe('time');
  }, 60_000);

  it('fails when the dataset is given to another experiment, and leaves nothing', async () => {
    await prepare(dataset([0]));
    await feed({ dataset: null });
    const done = await run();
    expect(done).toMatchObject({ code: 1 });
    expect(done.stderr).toContain('The dataset was given to another experiment');
    await expect(report('out/fast-feedback.json')).rejects.toThrow('ENOENT');
  }, 60_000);
});
