import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import h5wasm, { File } from 'h5wasm/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCbf } from '#src/shared/codecs/cbf.ts';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import { FolderRig } from '../testing/folder-rig.ts';
import { writeDataFile, writeMaster, writeWholeFile } from '../testing/hdf5-files.ts';
import { until } from '../testing/hub-rig.ts';
import { readCbfFile } from './cbf-file.ts';
import { inspectMaster } from './hdf5-inspect.ts';
import { pathBytesOfText } from './path-bytes.ts';

/** Files whose content is not what their names say: stored as they are, the reason told, and nothing waits for them. */

let rig: FolderRig;
beforeEach(async () => {
  rig = await FolderRig.create();
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

const datasets = () => [...rig.peer.sourceFiles.datasets.values()];
const allEnded = () => datasets().length > 0 && datasets().every(({ end }) => end !== null);
const sentences = () => rig.peer.reports.map(({ message }) => message);

async function untilAllStored(contents: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [name, bytes] of Object.entries(contents)) await rig.untilStored(name, bytes);
}

const frame = encodeMiniCbf({ rows: 20, columns: 30, pixels: new Int32Array(600) });
/** It ends within the pixels. */
const cutFrame = frame.subarray(0, readCbf(frame).section.offset + 100);

it('CBF: other content, cut, empty, with and without a number', async () => {
  const contents = {
    'small.cbf': randomBytes(100_000),
    'run_00001.cbf': randomBytes(5000),
    'run_00002.cbf': cutFrame,
    'run_00003.cbf': new Uint8Array(0),
  };
  await rig.start();
  for (const [name, bytes] of Object.entries(contents)) rig.write(name, bytes);
  await untilAllStored(contents);
  await until('a reason', () => rig.hub.codes().includes('content-unread'));
  expect(datasets()).toEqual([]);
  rig.write('good_00001.cbf', frame);
  rig.write('run_00002.cbf', frame);
  await rig.untilStored('run_00002.cbf', frame);
  await until('both datasets', () => datasets().length === 2 && allEnded());
  expect(datasets().map(({ request }) => request.stem)).toEqual(expect.arrayContaining(['good', 'run']));
});

it('CBF: each reason is told, and other names are not opened', async () => {
  const reasonFor = async (path: string, bytes: Uint8Array) => {
    const openPath = `${rig.hub.folder}/content`;
    writeFileSync(openPath, bytes);
    const told: string[] = [];
    const file = { path: pathBytesOfText(path), openPath, sizeBytes: bytes.length };
    const read = await readCbfFile(file, { add: ({ message }) => told.push(message) });
    return { isRead: read !== null, told };
  };
  const unread = (path: string, reason: string) => ({
    isRead: false,
    told: [`${path} is stored as it is, and as no frame of a dataset: ${reason}.`],
  });
  expect(await reasonFor('a_1.CBF', frame)).toEqual({ isRead: true, told: [] });
  expect(await reasonFor('a.cbf', randomBytes(5000))).toEqual(unread('a.cbf', 'not a CBF file'));
  expect(await reasonFor('a_1.cbf', new Uint8Array(0))).toEqual(unread('a_1.cbf', 'not a CBF file'));
  const cut = await reasonFor('a_1.cbf', cutFrame);
  expect(cut.told).toEqual([expect.stringMatching(/its section ends at \d+: it is not whole\.$/)]);
  expect(await reasonFor('a_1.bin', randomBytes(5000))).toEqual({ isRead: false, told: [] });
});

/** A master whose only link leads to that link itself. */
async function writeLoop(path: string, name: string): Promise<void> {
  await h5wasm.ready;
  const file = new File(path, 'w');
  const data = file.create_group('entry').create_group('data');
  data.create_external_link(name, '/entry/data/data_000001', 'data_000001');
  file.close();
}

it('HDF5: other content, empty, cut, garbled, linked to itself; none holds up a master that is whole', async () => {
  const sample = rig.hub.folder;
  await writeWholeFile(`${sample}/whole.h5`, 50);
  const whole = readFileSync(`${sample}/whole.h5`);
  await writeLoop(`${sample}/loop.h5`, 'loop_master.h5');
  const garbled = Buffer.concat([whole.subarray(0, 96), randomBytes(whole.length - 96)]);
  const unread = {
    'large.h5': randomBytes(6_000_000),
    'empty.nxs': new Uint8Array(0),
    'cut_master.h5': whole.subarray(0, whole.length / 2),
  };
  const others = { 'garbled_master.h5': garbled, 'loop_master.h5': readFileSync(`${sample}/loop.h5`) };
  await rig.start();
  for (const [name, bytes] of Object.entries({ ...unread, ...others })) rig.write(name, bytes);
  await untilAllStored({ ...unread, ...others });
  for (const name of Object.keys(unread))
    await expect(inspectMaster(rig.at(name))).rejects.toThrow('it is no HDF5 file, or not whole');
  await writeDataFile(rig.at('run_data_000001.h5'), 3, 1);
  await writeMaster(rig.at('run_master.h5'), ['run_data_000001.h5'], 3);
  await until('its dataset', allEnded, 30_000);
  expect(datasets()[0]!.end).toMatchObject({ ending: 'end-message', framesReceived: 3 });
  await until('a reason', () => rig.hub.codes().includes('content-unread'));
  await until('the end of the loop', () => rig.hub.codes().includes('data-files-absent'));
  expect(datasets()).toHaveLength(1);
  await rig.quiet();
});

it('a data file that came and cannot be read is lacking, told as that, and taken when it is written again', async () => {
  await rig.start();
  await writeDataFile(rig.at('run_data_000001.h5'), 3, 1);
  rig.write('run_data_000002.h5', randomBytes(4000));
  await writeMaster(rig.at('run_master.h5'), ['run_data_000001.h5', 'run_data_000002.h5'], 5);
  await until('the end', allEnded, 30_000);
  expect(datasets()[0]!.end).toMatchObject({ framesReceived: 3, absentFiles: ['run_data_000002.h5'] });
  await until('the report', () => rig.hub.codes().includes('data-files-absent'));
  expect(sentences()).toContain(
    'run_master.h5 names data files that its dataset lacks: run_data_000002.h5 came and cannot be read as frames.',
  );
  await writeDataFile(`${rig.hub.folder}/second.h5`, 2, 4);
  writeFileSync(rig.at('run_data_000002.h5'), readFileSync(`${rig.hub.folder}/second.h5`));
  await until('it is taken', () => rig.hub.codes().includes('data-files-late'), 30_000);
});
