import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import { FolderRig } from '../testing/folder-rig.ts';
import { writeDataFile, writeMaster } from '../testing/hdf5-files.ts';
import { until } from '../testing/hub-rig.ts';
import { TwoExperiments } from '../testing/two-experiments.ts';
import type { FolderConfig } from './folder-config.ts';

/* B uses the names of a dataset of A that has not ended when experiments are switched. */

let rig: FolderRig;
let two: TwoExperiments;
beforeEach(async () => {
  rig = await FolderRig.create();
  two = new TwoExperiments(rig);
});
/** A is active, and nothing ends by itself. */
async function begin(timeoutMs: number, changes: Partial<FolderConfig> = {}): Promise<void> {
  rig.configure({ seriesTimeoutMs: timeoutMs, absentTimeoutMs: timeoutMs, ...changes });
  await two.switchTo('on', 'on');
  await two.activateA();
  await rig.start();
}
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

const datasets = () => [...rig.peer.sourceFiles.datasets.values()];
const versionsOf = (name: string) =>
  rig.peer.sourceFiles.stored
    .filter(({ sourcePath }) => sourcePath === name)
    .map(({ versions }) => versions.length);
const frame = (value: number) =>
  encodeMiniCbf({
    ...{ rows: 20, columns: 30, lines: ['Wavelength 0.976 A'] },
    pixels: Int32Array.from({ length: 600 }, (_, at) => (at % 50) + value),
  });
const cbf = (number: number) => `lyso/run_1_${String(number).padStart(5, '0')}.cbf`;
async function measure(numbers: readonly number[], value: number): Promise<void> {
  for (const number of numbers) rig.write(cbf(number), frame(number + value));
  for (const number of numbers) await rig.untilStored(cbf(number), frame(number + value));
}
const numbersOf = (datasetId: string) =>
  rig.peer.files
    .filter((file) => file.datasetId === datasetId)
    .map(({ complete }) => complete.chunks[0]!.firstFrame)
    .sort((a, b) => a - b);
const seenAt = (index: number) => datasets()[index]!.request.acquired.seenAt;
/** A quarter of it is no pause. */
const [LONG_MS, SHORT_MS] = [240_000, 24_000];

describe('CBF files named as those of a series that goes on', () => {
  it('are another series once a number of it comes again', async () => {
    await begin(LONG_MS);
    await measure([1, 2, 3], 0);
    const switched = await two.activateB();
    for (const number of [1, 2, 3]) rmSync(rig.at(cbf(number)));
    await measure([1, 2, 3, 4, 5], 100);
    await until('the end of the first', () => datasets()[0]!.end !== null);
    const [first, second, ...more] = datasets();
    expect(more).toEqual([]);
    expect(first!.end).toMatchObject({ ending: 'superseded', framesReceived: 3, missing: [] });
    expect(seenAt(1) > switched).toBe(true);
    expect(second!.request.perhapsOf).toBeUndefined();
    expect(numbersOf(first!.datasetId)).toEqual([0, 1, 2]);
    expect(numbersOf(second!.datasetId)).toEqual([0, 1, 2, 3, 4]);
    expect([1, 2, 3, 4].map((number) => versionsOf(cbf(number)))).toEqual([[1, 1], [1, 1], [1, 1], [1]]);
  });

  it('leave to it what came before them and is still on its way', async () => {
    await begin(LONG_MS);
    await measure([1], 0);
    rig.peer.fault = ({ path }) => (path.startsWith('/parts/') ? 'error-500' : null);
    for (const number of [2, 3]) rig.write(cbf(number), frame(number));
    await two.activateB();
    rmSync(rig.at(cbf(1)));
    for (const number of [1, 4]) rig.write(cbf(number), frame(number + 100));
    await sleep(500);
    await rig.restart();
    rig.peer.fault = () => null;
    for (const number of [2, 3]) await rig.untilStored(cbf(number), frame(number));
    for (const number of [1, 4]) await rig.untilStored(cbf(number), frame(number + 100));
    await until('the end of the first', () => datasets()[0]!.end !== null);
    expect(datasets()).toHaveLength(2);
    expect(datasets()[0]!.end).toMatchObject({ framesReceived: 3, missing: [] });
    expect(numbersOf(datasets()[0]!.datasetId)).toEqual([0, 1, 2]);
    expect(numbersOf(datasets()[1]!.datasetId)).toEqual([0, 3]);
  });

  it('are versions of its frames when they were written before the switch and only copied again', async () => {
    await begin(LONG_MS);
    await measure([1, 2], 0);
    await two.activateB();
    rig.write('lyso/copy.tmp', frame(50));
    rig.moveWrittenAt('lyso/copy.tmp', cbf(2), Date.now() - 3200);
    await rig.untilStored(cbf(2), frame(50));
    expect(datasets()).toHaveLength(1);
    expect(versionsOf(cbf(2))).toEqual([2]);
  });
});

describe('HDF5 files named as those that a master of before the switch awaits', () => {
  const LINKS = [1, 2, 3].map((n) => `run_data_00000${n}.h5`);
  const data = (n: number, frames = 3) => writeDataFile(rig.at(LINKS[n - 1]!), frames, 1 + frames * (n - 1));
  const attached = (index: number) =>
    (datasets()[index]?.attached ?? []).map(({ frames }) => frames?.[0] ?? null).sort();

  const master = (images: number) => writeMaster(rig.at('run_master.h5'), LINKS, images);
  /** A has measured two of three files. */
  async function measureA(): Promise<void> {
    await master(9);
    for (const n of [1, 2]) await data(n);
    await until('the first two', () => attached(0).length === 3);
  }
  function removeA(): void {
    for (const name of ['run_master.h5', ...LINKS.slice(0, 2)]) rmSync(rig.at(name));
  }

  // The names used again must stand still for two seconds; the one that the first lacks is stored, and looked at, long before that.
  it.each([
    { order: 'last', isMasterFirst: false },
    { order: 'first', isMasterFirst: true },
  ])(
    'are of another master, written $order, once one of its files comes again',
    async ({ isMasterFirst }) => {
      await begin(LONG_MS, { settleMs: 1000 });
      await measureA();
      const switched = await two.activateB();
      removeA();
      if (isMasterFirst) await master(6);
      for (const n of [1, 2, 3]) await data(n, 2);
      if (!isMasterFirst) await master(6);
      await until('the second', () => datasets().length === 2 && datasets().every(({ end }) => end !== null));
      const [first, second] = datasets();
      expect(first!.end).toMatchObject({ ending: 'superseded', framesReceived: 6, absentFiles: [LINKS[2]] });
      expect(second!.end).toMatchObject({ ending: 'end-message', framesReceived: 6, absentFiles: [] });
      expect([attached(0), attached(1)]).toEqual([
        [0, 3, null],
        [0, 2, 4, null],
      ]);
      expect(LINKS.map(versionsOf)).toEqual([[1, 1], [1, 1], [1]]);
      expect(seenAt(1) > switched).toBe(true);
      expect(rig.stored(LINKS[2]!)!.versions[0]!.origin.perhapsOf).toBeUndefined();
    },
  );

  it('are of another master also when the last file of the first, of before the switch, ends it before they are sent', async () => {
    await begin(LONG_MS, { settleMs: 2000 });
    await measureA();
    const switched = await two.activateB();
    await writeDataFile(rig.at('copy.tmp'), 3, 7);
    removeA();
    await data(1, 2);
    rig.moveWrittenAt('copy.tmp', LINKS[2]!, Date.parse(switched) - 1700);
    await until('the end of the first', () => datasets()[0]!.end !== null);
    expect(datasets()[0]!.end).toMatchObject({ ending: 'end-message', framesReceived: 9, absentFiles: [] });
    rmSync(rig.at(LINKS[2]!));
    for (const n of [2, 3]) await data(n, 2);
    await master(6);
    await until('the end of the second', () => (datasets()[1]?.end ?? null) !== null);
    expect([attached(0), attached(1)]).toEqual([
      [0, 3, 6, null],
      [0, 2, 4, null],
    ]);
    expect(LINKS.map(versionsOf)).toEqual(LINKS.map(() => [1, 1]));
  });

  it('go on with it without a pause', async () => {
    await begin(LONG_MS);
    await writeMaster(rig.at('run_master.h5'), LINKS, 9);
    await data(1);
    await until('the first', () => attached(0).length === 2);
    await two.activateB();
    await data(2);
    await until('the second', () => attached(0).length === 3);
    expect(rig.stored(LINKS[1]!)!.versions[0]!.origin.perhapsOf).toBeUndefined();
  });

  it('and frames numbered on, are for staff to decide after a pause', async () => {
    await begin(SHORT_MS);
    await measure([1, 2], 0);
    await writeMaster(rig.at('run_master.h5'), LINKS, 9);
    await data(1);
    await until('both datasets', () => attached(1).length === 2);
    await two.activateB();
    await sleep(SHORT_MS / 4);
    await measure([3, 4], 0);
    await data(2);
    await until('the end of the first', () => datasets()[0]!.end !== null);
    await until('the second in the store', () => rig.stored(LINKS[1]!) !== undefined);
    expect(datasets().map(({ request }) => request.perhapsOf)).toEqual([undefined, undefined, 'lyso/run_1']);
    expect(numbersOf(datasets()[0]!.datasetId)).toEqual([0, 1]);
    expect(numbersOf(datasets()[2]!.datasetId)).toEqual([0, 1]);
    expect(rig.stored(LINKS[1]!)!.versions[0]!.origin.perhapsOf).toBe('run');
    await sleep(1000);
    expect(attached(1)).toHaveLength(2);
  });
});
