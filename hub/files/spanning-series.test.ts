import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import { FolderRig } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';
import { TwoExperiments } from '../testing/two-experiments.ts';

/* A series of files that began under A and goes on under B belongs to A, and so do the switches that hold it. */

/** More than the queue has places. */
const FRAMES = 80;

let rig: FolderRig;
let two: TwoExperiments;
beforeEach(async () => {
  rig = await FolderRig.create();
  two = new TwoExperiments(rig);
  rig.configure({ seriesTimeoutMs: 60_000 });
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

function frame(number: number): Uint8Array {
  const pixels = Int32Array.from({ length: 600 }, (_, at) => (at % 50) + number);
  return encodeMiniCbf({ rows: 20, columns: 30, pixels, lines: ['Wavelength 0.976 A'] });
}
const cbf = (number: number) => `lyso/run_1_${String(number).padStart(5, '0')}.cbf`;
function writeFrames(first: number, last: number): void {
  for (let number = first; number <= last; number++) rig.write(cbf(number), frame(number));
}
async function untilFramesStored(): Promise<void> {
  for (let number = 1; number <= FRAMES; number++) await rig.untilStored(cbf(number), frame(number));
}

/** The first frame stored as one of A, B active since. */
async function begunUnderA(): Promise<void> {
  await two.switchTo('on', 'on');
  await two.activateA();
  await rig.start();
  writeFrames(1, 1);
  await rig.untilStored(cbf(1), frame(1));
  await two.activateB();
}

const held = () => rig.hub.hub!.status().held!;
const untilHeld = (experimentCode: string, files: number) =>
  until(`${files} files of ${experimentCode} are held`, () => {
    const sums = held();
    return sums.length === 1 && sums[0]!.experimentCode === experimentCode && sums[0]!.files === files;
  });
const datasets = () => [...rig.peer.sourceFiles.datasets.values()];
/** All frames of one dataset, each once. */
function expectOneDataset(): void {
  expect(datasets()).toHaveLength(1);
  const frames = rig.peer.files.filter(({ path }) => path.endsWith('.cbf'));
  expect(frames).toHaveLength(FRAMES);
  expect(new Set(frames.map(({ datasetId }) => datasetId))).toEqual(new Set([datasets()[0]!.datasetId]));
  expect(rig.peer.sourceFiles.stored.every(({ versions }) => versions.length === 1)).toBe(true);
}

it('with A switched off is held as one of A and takes no place from a file of B', async () => {
  await begunUnderA();
  await two.switchTo('off', 'on');
  writeFrames(2, FRAMES);
  await untilHeld('DEM26-A', FRAMES - 1);
  rig.write('of_b.dat', 'b');
  await rig.untilStored('of_b.dat', 'b');
  await untilHeld('DEM26-A', FRAMES - 1);
  await until('the file of B noted as confirmed', () => rig.status()!.states.committing === 0);
  expect(rig.status()!.states).toMatchObject({ held: FRAMES - 1, hashing: 0, uploading: 0 });
  await two.switchTo('on', 'on');
  await untilFramesStored();
  expectOneDataset();
  expect(held()).toEqual([]);
});

it('with B switched off goes on to A', async () => {
  await begunUnderA();
  await two.switchTo('on', 'off');
  rig.write('of_b.dat', 'b');
  await untilHeld('DEM26-B', 1);
  writeFrames(2, FRAMES);
  await untilFramesStored();
  expectOneDataset();
  await untilHeld('DEM26-B', 1);
});

it('that is under way when A is switched off gives its places back, and goes on where it was', async () => {
  await begunUnderA();
  let failing = 0;
  rig.peer.fault = ({ path }) => (path.startsWith('/parts/') && ++failing > 0 ? 'error-500' : null);
  writeFrames(2, FRAMES);
  await until('parts that nobody takes', () => failing > 0 && (rig.status()!.states.uploading ?? 0) > 40);
  await two.switchTo('off', 'on');
  await untilHeld('DEM26-A', FRAMES - 1);
  rig.peer.fault = () => null;
  rig.write('of_b.dat', 'b');
  await rig.untilStored('of_b.dat', 'b');
  expect(rig.peer.files.filter(({ path }) => path.endsWith('.cbf'))).toHaveLength(1);
  await two.switchTo('on', 'on');
  await untilFramesStored();
  expectOneDataset();
});

it('that was held from its first file on is not told to the server before A is switched on', async () => {
  await two.switchTo('off', 'on');
  await two.activateA();
  await rig.start();
  writeFrames(1, 1);
  await untilHeld('DEM26-A', 1);
  await two.activateB();
  writeFrames(2, FRAMES);
  await untilHeld('DEM26-A', FRAMES);
  await rig.restart();
  await untilHeld('DEM26-A', FRAMES);
  expect(datasets()).toEqual([]);
  await two.switchTo('on', 'on');
  await untilFramesStored();
  expectOneDataset();
});

it('is left out with A alone when that is switched on "from now"', async () => {
  await begunUnderA();
  await two.switchTo('off', 'off');
  writeFrames(2, FRAMES);
  rig.write('of_b.dat', 'b');
  await until('all are held', () => rig.status()!.states.held === FRAMES);
  const codes = () => held().map(({ experimentCode, files }) => [experimentCode, files]);
  expect(codes()).toEqual(
    expect.arrayContaining([
      ['DEM26-A', FRAMES - 1],
      ['DEM26-B', 1],
    ]),
  );
  await two.switchTo('off', 'on', 'leave');
  await until('that of B is left out', () => rig.status()!.states['left-out'] === 1);
  await untilHeld('DEM26-A', FRAMES - 1);
  await two.switchTo('on', 'on', 'leave');
  await until('the frames are left out', () => rig.status()!.states['left-out'] === FRAMES);
  await until('nothing is held', () => held().length === 0);
});
