import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import { FolderRig } from '../testing/folder-rig.ts';
import { writeDataFile, writeMaster } from '../testing/hdf5-files.ts';
import { until } from '../testing/hub-rig.ts';
import { TwoExperiments } from '../testing/two-experiments.ts';

/* Files of a dataset that has ended without them. */

let rig: FolderRig;
beforeEach(async () => {
  rig = await FolderRig.create();
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

const datasets = () => [...rig.peer.sourceFiles.datasets.values()];
const ended = () => datasets().length > 0 && datasets().every(({ end }) => end !== null);
const idOf = (name: string) => rig.stored(name)!.versions[0]!.clientId;
const LINKS = [1, 2, 3, 4].map((n) => `run_data_00000${n}.h5`);
const data = (n: number) => writeDataFile(rig.at(LINKS[n - 1]!), 3, 1 + 3 * (n - 1));
const attachedFiles = () => datasets()[0]!.attached.filter(({ kind }) => kind === 'data');

/** The first and the third data file came, the others did not. */
async function endedWithoutTwo(): Promise<void> {
  await rig.start();
  await writeMaster(rig.at('run_master.h5'), LINKS, 12);
  await data(1);
  await data(3);
  await until('the end', ended, 30_000);
  expect(datasets()[0]!.end).toMatchObject({ ending: 'timeout', absentFiles: [LINKS[1], LINKS[3]] });
}

describe('a data file that comes after the dataset of its master has ended', () => {
  const SECOND = { kind: 'data', frames: [3, 5] };

  it('is part of it, and that is said', async () => {
    await endedWithoutTwo();
    await data(2);
    await until('the late file', () => attachedFiles().length === 3);
    expect(attachedFiles().at(-1)).toEqual({ ...SECOND, clientId: idOf(LINKS[1]!) });
    expect(datasets()).toHaveLength(1);
    await until('the report', () => rig.hub.codes().includes('data-files-late'));
  });

  it('is so too when the HUB did not run when it came', async () => {
    await endedWithoutTwo();
    await rig.hub.stop();
    await data(2);
    await rig.start();
    await until('the late file', () => attachedFiles().length === 3);
    expect(attachedFiles().at(-1)).toEqual({ ...SECOND, clientId: idOf(LINKS[1]!) });
  });

  it('makes a dataset of a master that had been given up', async () => {
    await rig.start();
    await writeMaster(rig.at('run_master.h5'), LINKS, 12);
    await until('the report', () => rig.hub.codes().includes('data-files-absent'), 30_000);
    expect(datasets()).toEqual([]);
    for (const n of [1, 2, 3, 4]) await data(n);
    await until('the end', ended, 30_000);
    expect(datasets()).toHaveLength(1);
    expect(datasets()[0]!.end).toMatchObject({ framesReceived: 12, absentFiles: [] });
  });

  it('is none of it when it was measured after a switch, and is when it was only copied after that', async () => {
    const two = new TwoExperiments(rig);
    rig.configure({});
    await two.switchTo('on', 'on');
    await two.activateA();
    await endedWithoutTwo();
    const written = Date.now();
    await two.activateB();
    await data(2);
    await until('it in the store', () => rig.stored(LINKS[1]!) !== undefined);
    rig.write('later.dat', 'later');
    await rig.untilStored('later.dat', 'later');
    await rig.restart();
    await rig.quiet();
    expect(attachedFiles()).toHaveLength(2);
    await writeDataFile(rig.at('copy.part'), 3, 10);
    rig.moveWrittenAt('copy.part', LINKS[3]!, written);
    await until('the copied file', () => attachedFiles().length === 3);
    expect(attachedFiles().at(-1)).toMatchObject({ clientId: idOf(LINKS[3]!), frames: [9, 11] });
  });
});

describe('a frame that a series lacked when it ended', () => {
  const cbf = (number: number) => `lyso/run_1_${String(number).padStart(5, '0')}.cbf`;
  const frame = (number: number) =>
    encodeMiniCbf({
      ...{ rows: 20, columns: 30, lines: ['Wavelength 0.976 A'] },
      pixels: Int32Array.from({ length: 600 }, (_, at) => (at % 50) + number),
    });

  it('is part of it; what is numbered after its last is another series', async () => {
    await rig.start();
    for (const number of [1, 2, 4]) rig.write(cbf(number), frame(number));
    await until('the end', ended);
    rig.write(cbf(3), frame(3));
    await rig.untilStored(cbf(3), frame(3));
    const [first] = datasets();
    const late = rig.peer.files.find(({ path }) => path === 'raw/lyso/run_1_00003.cbf')!;
    expect(late).toMatchObject({ datasetId: first!.datasetId, kind: 'data' });
    expect(late.complete.chunks[0]!.firstFrame).toBe(2);
    expect(datasets()).toHaveLength(1);
    rig.write(cbf(5), frame(5));
    await until('the second series', () => datasets().length === 2);
  });
});
