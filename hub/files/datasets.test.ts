import { cpSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCbf } from '#src/shared/codecs/cbf.ts';
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
const allEnded = () => datasets().length > 0 && datasets().every(({ end }) => end !== null);
const fileOf = (path: string) => rig.peer.files.find((file) => file.path === path);

function frame(number: number, rows = 20): Uint8Array {
  const pixels = Int32Array.from({ length: rows * 30 }, (_, at) => (at * number) % 50);
  return encodeMiniCbf({
    rows,
    columns: 30,
    pixels,
    lines: ['Wavelength 0.976 A', 'Detector: PILATUS 300K, S/N 3-0104'],
  });
}
const cbf = (number: number, stem = 'lyso/run_1') => `${stem}_${String(number).padStart(5, '0')}.cbf`;

describe('a series of CBF files', () => {
  it('is a dataset from its first file, each frame where it lies, and ends when no more come', async () => {
    await rig.start();
    for (const number of [1, 2, 4, 5]) rig.write(cbf(number), frame(number));
    for (const number of [1, 2, 4, 5]) await rig.untilStored(cbf(number), frame(number));
    await until('the end', allEnded);
    const [dataset] = datasets();
    expect(dataset!.request).toMatchObject({
      kind: 'cbf-series',
      source: 'landing',
      stem: 'lyso/run_1',
      detector: 'PILATUS 300K',
      detectorSerialNumber: '3-0104',
      framesExpected: null,
      framesPerFile: 1,
      channels: [{ name: 'default', dtype: 'i4', shape: [20, 30], filter: 'byte-offset' }],
      geometry: { imageSizeXPx: 30, imageSizeYPx: 20, wavelengthA: 0.976 },
    });
    expect(dataset!.end).toMatchObject({ ending: 'timeout', framesReceived: 4, missing: [[2, 2]] });
    const stored = fileOf('raw/lyso/run_1_00004.cbf')!;
    expect(stored).toMatchObject({ kind: 'data', datasetId: dataset!.datasetId });
    const [chunk] = stored.complete.chunks;
    const { section } = readCbf(frame(4));
    const entry = Buffer.from(chunk!.entries, 'base64');
    expect(chunk).toMatchObject({ channel: 'default', firstFrame: 3, rows: 1 });
    expect([Number(entry.readBigUInt64LE(0)), entry.readUInt32LE(8)]).toEqual([
      section.offset,
      section.sizeBytes,
    ]);
  });

  it('of the same name after the end is another dataset; a rewritten frame stays in its own', async () => {
    await rig.start();
    rig.write(cbf(1), frame(1));
    await until('the end', allEnded);
    rig.write(cbf(2), frame(2));
    await until('the second dataset', () => datasets().length === 2);
    await until('its end', allEnded);
    writeFileSync(rig.at(cbf(1)), frame(7));
    await rig.untilStored(cbf(1), frame(7));
    expect(datasets()).toHaveLength(2);
    expect(datasets().map(({ base }) => base)).toEqual(['raw/lyso/run_1', 'raw/lyso/run_1_2']);
    expect(rig.peer.files.at(-1)).toMatchObject({ datasetId: datasets()[0]!.datasetId });
  });

  it('goes on over a restart, and does not end while its files wait for the server', async () => {
    for (let number = 1; number <= 30; number++) rig.write(cbf(number), frame(number));
    await rig.peer.close();
    rig.hub.start();
    await sleep(2500);
    await rig.hub.stop();
    await rig.peer.listen();
    await rig.start();
    await until('the end', allEnded, 30_000);
    expect(datasets()).toHaveLength(1);
    expect(datasets()[0]!.end).toMatchObject({ framesReceived: 30, missing: [] });
  });

  it('takes no file that is not like the others, and nothing that only has the name', async () => {
    await rig.start();
    rig.write(cbf(1), frame(1));
    await rig.untilStored(cbf(1), frame(1));
    rig.write(cbf(2), frame(2, 10));
    rig.write(cbf(3), 'no CBF at all');
    rig.write('00001.cbf', frame(1));
    await rig.untilStored(cbf(2), frame(2, 10));
    await rig.untilStored(cbf(3), 'no CBF at all');
    await rig.untilStored('00001.cbf', frame(1));
    await until('the end', allEnded);
    expect(datasets()).toHaveLength(1);
    expect(datasets()[0]!.end).toMatchObject({ framesReceived: 1 });
    await until('the report', () => rig.hub.codes().includes('frame-left-over'));
  });

  it('whose dataset is refused is stored all the same', async () => {
    rig.peer.fault = ({ path: where }) => (where.endsWith('/file-datasets') ? 'refused' : null);
    await rig.start();
    for (const number of [1, 2]) rig.write(cbf(number), frame(number));
    for (const number of [1, 2]) await rig.untilStored(cbf(number), frame(number));
    await until('the report', () => rig.hub.codes().includes('dataset-refused'));
    expect(datasets()).toEqual([]);
  });
});

describe('an HDF5 master', () => {
  it('brings its data files together, also those stored before it and those that come later', async () => {
    await rig.start();
    await writeDataFile(rig.at('run_data_000001.h5'), 3, 1);
    await until('the first', () => rig.stored('run_data_000001.h5') !== undefined);
    await writeMaster(rig.at('run_master.h5'), ['run_data_000001.h5', 'run_data_000002.h5'], 5);
    await until('the dataset', () => datasets().length === 1);
    expect(datasets()[0]!.request).toMatchObject({
      kind: 'hdf5-master',
      stem: 'run',
      framesExpected: 5,
      framesPerFile: 3,
      channels: [{ dtype: 'u2', shape: [4, 6], filter: 'none' }],
      geometry: {
        imageSizeXPx: 6,
        imageSizeYPx: 4,
        pixelSizeXM: 75e-6,
        detectorDistanceM: 0.15,
        wavelengthA: 0.976,
      },
    });
    await writeDataFile(rig.at('run_data_000002.h5'), 2, 4);
    await until('the end', allEnded);
    const [dataset] = datasets();
    expect(dataset!.end).toMatchObject({
      ending: 'end-message',
      framesReceived: 5,
      missing: [],
      absentFiles: [],
    });
    const idOf = (name: string) => rig.stored(name)!.versions[0]!.clientId;
    expect(dataset!.attached).toEqual(
      expect.arrayContaining([
        { clientId: idOf('run_master.h5'), kind: 'master', frames: null },
        { clientId: idOf('run_data_000001.h5'), kind: 'data', frames: [0, 2] },
        { clientId: idOf('run_data_000002.h5'), kind: 'data', frames: [3, 4] },
      ]),
    );
    expect(dataset!.attached).toHaveLength(3);
  });

  it('names the data files that never came', async () => {
    await writeDataFile(rig.at('run_data_000001.h5'), 3, 1);
    const links = [1, 2, 3].map((n) => `run_data_00000${n}.h5`);
    await writeMaster(rig.at('run_master.h5'), links, 9);
    await rig.start();
    await until('the end', allEnded, 30_000);
    expect(datasets()[0]!.end).toMatchObject({
      ending: 'timeout',
      framesReceived: 3,
      absentFiles: ['run_data_000002.h5', 'run_data_000003.h5'],
    });
    await until('the report', () => rig.hub.codes().includes('data-files-absent'));
  });

  it('without any of its data files, and a broken one, are files like any other', async () => {
    await rig.start();
    await writeMaster(rig.at('lonely_master.h5'), ['../elsewhere.h5', 'never.h5'], 9);
    rig.write('broken_master.h5', `\x89HDF\r\n\x1a\n${'?'.repeat(5000)}`);
    await until('the report', () => rig.hub.codes().includes('data-files-absent'), 30_000);
    await until('both', () => rig.peer.sourceFiles.stored.length === 2);
    expect(datasets()).toEqual([]);
  });
});

const TESTDATA =
  process.env.BEAMDECK_TESTDATA ?? path.resolve(import.meta.dirname, '../../../shared/testdata');
if (!existsSync(TESTDATA))
  process.stderr.write('skipped: no test data, so datasets are not recognised in real files\n');

it.skipIf(!existsSync(TESTDATA))(
  'simulated and recorded files of the field are recognised',
  async () => {
    rig.configure({ absentTimeoutMs: 3000 });
    await rig.start();
    for (const folder of ['mx_cbf', 'mx_nxmx', 'cbf', 'hdf5']) {
      cpSync(path.join(TESTDATA, folder), rig.at(folder), { recursive: true });
    }
    await until('all datasets', () => datasets().length === 4 && allEnded(), 60_000);
    const found = datasets().map(({ request, end }) => [request.stem, end!.framesReceived, end!.ending]);
    expect(found.sort()).toEqual([
      ['cbf/phi_scan', 1, 'timeout'],
      ['hdf5/test', 5, 'end-message'],
      ['mx_cbf/lyso', 10, 'timeout'],
      ['mx_nxmx/lyso', 60, 'end-message'],
    ]);
    await rig.quiet();
    expect(rig.hub.hub!.status().poisoned).toEqual([]);
  },
  120_000,
);
