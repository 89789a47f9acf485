import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobInput } from '#src/shared/contracts/job-run.ts';
import { resolveParameters } from '#src/shared/contracts/parameter-values.ts';
import { SPOT_CHANNEL, SPOT_GEOMETRY, spotFile } from '#src/testing/spot-frames.ts';
import { GRID_MAP } from './template.ts';

const run = promisify(execFile);
/** Spots of each frame in the order of measuring: a crystal in row 2, column 3. */
const COUNTS = [0, 2, 4, 60, 20, 3, 0, 1, 30];
const GRID = { rows: 3, columns: 3, snake: true };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamdeck-grid-'));
  for (const name of ['tree/raw', 'job/out']) await mkdir(join(folder, name), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function runMap(given: Record<string, unknown>, grid: typeof GRID | null = GRID) {
  const { bytes, chunks } = spotFile(0, COUNTS);
  await writeFile(join(folder, 'tree/raw/grid_data_000001.h5'), bytes);
  const { dataset: _, ...parameters } = resolveParameters(GRID_MAP.parameters, {
    dataset: '01890000-0000-7000-8000-000000000000',
    ...given,
  }).values;
  const input: JobInput = {
    ...{ jobId: 'job', experimentCode: 'DEM26-AAAAA', templateSlug: GRID_MAP.slug, templateVersion: 1 },
    ...{ treeDir: join(folder, 'tree'), workDir: join(folder, 'job'), outDir: join(folder, 'job/out') },
    ...{ feedPath: null, timeLimitS: 600 },
    parameters,
    dataset: {
      ...{ id: 'dataset', base: 'raw/grid', masterPath: null, channels: [SPOT_CHANNEL] },
      ...{ geometry: SPOT_GEOMETRY, framesExpected: COUNTS.length, framesStored: COUNTS.length, grid },
      frames: chunks.map((table) => ({ ...table, path: 'raw/grid_data_000001.h5', version: 1 })),
      isReceiving: false,
      masks: [],
    },
  };
  await writeFile(join(folder, 'job/input.json'), JSON.stringify(input));
  const program = join(import.meta.dirname, 'index.ts');
  const done = await run(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    cwd: join(folder, 'job'),
  }).catch((error: { code: number; stdout: string }) => error);
  const read = async (name: string) => JSON.parse(await readFile(join(folder, 'job', name), 'utf8'));
  return { code: 'code' in done ? done.code : 0, log: done.stdout, read };
}

it('draws spots where they were measured, along the snake, and says where to centre', async () => {
  const done = await runMap({});
  expect(done.code).toBe(0);
  expect(await done.read('metrics.json')).toEqual({
    ...{ peakValue: 60, peakFrame: 4, peakRow: 2, peakColumn: 3, framesDrawn: 9, framesUnreadable: 0 },
    // The crystal and what lies below it, one third of it in row 3.
    ...{ centreRow: expect.closeTo(2 + 30 / 90, 5), centreColumn: expect.closeTo(3, 5) },
  });
  const [plot] = await done.read('plots.json');
  expect(plot.data[0].z).toEqual([
    [0, 2, 4],
    [3, 20, 60],
    [0, 1, 30],
  ]);
  const csv = await readFile(join(folder, 'job/out/grid-map.csv'), 'utf8');
  expect(csv.split('\n')).toEqual(expect.arrayContaining(['row,column,frame,value', '2,3,4,60', '2,1,6,3']));
});

it('draws any column of a table', async () => {
  await writeFile(join(folder, 'tree/raw/dose.csv'), 'frame,dose\n1,5\n4,7.5\n12,9\n');
  const done = await runMap({
    ...{ number: 'column of a file', file: 'raw/dose.csv', column: 'dose' },
    order: 'every row forwards',
  });
  expect(done.code).toBe(0);
  expect(await done.read('metrics.json')).toMatchObject({ peakValue: 7.5, peakRow: 2, peakColumn: 1 });
});

it('asks for the lattice where nobody announced one', async () => {
  const done = await runMap({}, null);
  expect(done).toMatchObject({ code: 1, log: expect.stringContaining('Give rows and columns') });
  expect((await runMap({ rows: 3, columns: 3 }, null)).code).toBe(0);
});
