import { rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import { FolderRig } from '../testing/folder-rig.ts';
import { writeDataFile, writeMaster } from '../testing/hdf5-files.ts';
import { until } from '../testing/hub-rig.ts';

let rig: FolderRig;
beforeEach(async () => {
  rig = await FolderRig.create();
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

const datasets = () => [...rig.peer.sourceFiles.datasets.values()];
const ended = (count: number) => datasets().length === count && datasets().every(({ end }) => end !== null);
/** How many contents each file in the store has that came under this name. */
const versionsOf = (name: string) =>
  rig.peer.sourceFiles.stored
    .filter(({ sourcePath }) => sourcePath === name)
    .map(({ versions }) => versions.length);

const PIXELS = Int32Array.from({ length: 600 }, (_, at) => at % 50);
const frame = (value: number) =>
  encodeMiniCbf({
    rows: 20,
    columns: 30,
    pixels: PIXELS.map((count) => count + value),
    lines: ['Wavelength 0.976 A', 'Detector: PILATUS 300K, S/N 3-0104'],
  });
const cbf = (number: number) => `lyso/run_1_${String(number).padStart(5, '0')}.cbf`;

async function measure(numbers: readonly number[], value: number): Promise<void> {
  for (const number of numbers) rig.write(cbf(number), frame(number + value));
  for (const number of numbers) await rig.untilStored(cbf(number), frame(number + value));
}

describe('frames measured again under the names of a series that has ended', () => {
  it('are files of a new dataset, and frames of before are none of it', async () => {
    await rig.start();
    await measure([1, 2, 3, 4], 0);
    await until('the end', () => ended(1));
    for (const number of [1, 2, 3, 4]) rmSync(rig.at(cbf(number)));
    await measure([1, 2], 100);
    await until('the second end', () => ended(2));
    const [first, second] = datasets();
    expect(second!.base).toBe('raw/lyso/run_1_2');
    expect(first!.end).toMatchObject({ framesReceived: 4, missing: [] });
    expect(second!.end).toMatchObject({ framesReceived: 2, missing: [] });
    expect(Date.parse(second!.request.acquired.seenAt)).toBeGreaterThan(Date.parse(first!.end!.endedAt));
    const again = rig.peer.files.filter(({ datasetId }) => datasetId === second!.datasetId);
    expect(again.map(({ complete }) => complete.chunks[0]!.firstFrame).sort()).toEqual([0, 1]);
    expect([1, 2, 3].map((number) => versionsOf(cbf(number)))).toEqual([[1, 1], [1, 1], [1]]);
  });

  it('are so too when the HUB was restarted in between, and their own rewrites are versions', async () => {
    await rig.start();
    await measure([1, 2], 0);
    await until('the end', () => ended(1));
    await rig.restart();
    for (const number of [1, 2]) rmSync(rig.at(cbf(number)));
    await measure([1, 2], 100);
    rmSync(rig.at(cbf(2)));
    await measure([2], 200);
    await until('the second end', () => ended(2));
    expect(versionsOf(cbf(1))).toEqual([1, 1]);
    expect(versionsOf(cbf(2))).toEqual([1, 2]);
  });

  it('that were only copied there again are stored already', async () => {
    await rig.start();
    await measure([1, 2], 0);
    await until('the end', () => ended(1));
    const writtenMs = [1, 2].map((number) => statSync(rig.at(cbf(number))).mtimeMs);
    for (const number of [1, 2]) rmSync(rig.at(cbf(number)));
    for (const number of [1, 2]) {
      rig.write('lyso/copy.tmp', frame(number));
      rig.moveWrittenAt('lyso/copy.tmp', cbf(number), writtenMs[number - 1]!);
    }
    rig.write('last.dat', 'stored after them');
    await rig.untilStored('last.dat', 'stored after them');
    await rig.quiet();
    expect(datasets()).toHaveLength(1);
    expect([1, 2].map((number) => versionsOf(cbf(number)))).toEqual([[1], [1]]);
  });

  it('with the very bytes of before, as dark frames may have, are all there in the new dataset too', async () => {
    await rig.start();
    await measure([1, 2, 3], 0);
    await until('the end', () => ended(1));
    await sleep(1000);
    for (const number of [1, 2, 3]) rmSync(rig.at(cbf(number)));
    for (const number of [1, 2, 3]) rig.write(cbf(number), frame(number === 2 ? 50 : number));
    await until('the second end', () => ended(2));
    expect(datasets()[1]!.end).toMatchObject({ framesReceived: 3, missing: [] });
    expect(datasets()[1]!.base).toBe('raw/lyso/run_1_2');
  });
});

describe('an HDF5 master measured again under the names of one that has ended', () => {
  const LINKS = ['run_data_000001.h5', 'run_data_000002.h5'];
  const write = {
    master: (frames: number) => writeMaster(rig.at('run_master.h5'), LINKS, frames),
    data: async (frames: readonly [number, number]) => {
      await writeDataFile(rig.at(LINKS[0]!), frames[0], 1);
      await writeDataFile(rig.at(LINKS[1]!), frames[1], 1 + frames[0]);
    },
  };
  const remove = () => {
    for (const name of [...LINKS, 'run_master.h5']) rmSync(rig.at(name));
  };

  it.each(['data', 'master'] as const)('is another dataset with its own files (%s first)', async (order) => {
    rig.configure({ absentTimeoutMs: 5000 });
    await rig.start();
    await write.data([3, 2]);
    await write.master(5);
    await until('the end', () => ended(1));
    remove();
    if (order === 'data') await write.data([2, 1]);
    await write.master(3);
    if (order === 'master') {
      await until('the new master', () => versionsOf('run_master.h5').length === 2);
      await sleep(1500);
      await write.data([2, 1]);
    }
    await until('the second end', () => ended(2), 30_000);
    const [first, second] = datasets();
    expect(first!.end).toMatchObject({ framesReceived: 5, absentFiles: [] });
    expect(second!.end).toMatchObject({ ending: 'end-message', framesReceived: 3, absentFiles: [] });
    expect(Date.parse(second!.request.acquired.seenAt)).toBeGreaterThan(Date.parse(first!.end!.endedAt));
    const uploads = (index: number) => datasets()[index]!.attached.map(({ clientId }) => clientId);
    expect(uploads(0)).toHaveLength(3);
    expect(uploads(1)).toHaveLength(3);
    expect(uploads(0).filter((id) => uploads(1).includes(id))).toEqual([]);
    for (const name of ['run_master.h5', ...LINKS]) expect(versionsOf(name)).toEqual([1, 1]);
  });
});
