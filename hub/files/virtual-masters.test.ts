import { mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layout, makeEngineSeries } from '../hdf5/testing/engine-series.ts';
import { externalLink, softLink } from '../hdf5/tree-nodes.ts';
import { FolderRig } from '../testing/folder-rig.ts';
import {
  moduleFile,
  sourceFile,
  writeDataFile,
  writeVirtualMaster,
  writeWholeFile,
} from '../testing/hdf5-files.ts';
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
const ended = async () => {
  await until('the end', () => datasets().length > 0 && datasets().every(({ end }) => end !== null), 30_000);
  return datasets()[0]!;
};
const idOf = (name: string) => rig.stored(name)!.versions[0]!.clientId;
const attached = (name: string, frames: [number, number] | null, kind: 'data' | 'master' = 'data') => ({
  clientId: idOf(name),
  kind,
  frames,
});

describe('a master whose data files are named by a virtual dataset alone', () => {
  it('waits for them, and takes from the mapping which frames each has', async () => {
    const [first, second] = ['jf/run%1_data_000001.h5', 'jf/run%1_data_000002.h5'];
    mkdirSync(rig.at('jf'));
    writeVirtualMaster(
      rig.at('jf/run%1_master.h5'),
      [5, 4, 6],
      [sourceFile('run%1_data_000001.h5', 0, 3), sourceFile('run%1_data_000002.h5', 3, 2)],
    );
    await rig.start();
    // The second comes first.
    await writeDataFile(rig.at(second!), 2, 1);
    await until('the dataset', () => datasets().length === 1);
    expect(datasets()[0]!.request).toMatchObject({
      ...{ kind: 'hdf5-master', stem: 'jf/run%1', framesExpected: 5, framesPerFile: 3 },
      ...{ detector: 'JUNGFRAU 1M', geometry: { wavelengthA: 0.976 } },
      channels: [{ dtype: 'u2', shape: [4, 6], filter: 'none' }],
    });
    await writeDataFile(rig.at(first!), 3, 1);
    const { end, attached: files } = await ended();
    expect(end).toMatchObject({ ending: 'end-message', framesReceived: 5, missing: [], absentFiles: [] });
    expect(files).toHaveLength(3);
    expect(files).toEqual(
      expect.arrayContaining([
        attached(first!, [0, 2]),
        attached(second!, [3, 4]),
        attached('jf/run%1_master.h5', null, 'master'),
      ]),
    );
  });

  it('names those that never came, and the frames that are missing with them', async () => {
    await writeDataFile(rig.at('run_data_000003.h5'), 3, 1);
    const sources = [1, 2, 3].map((n) => sourceFile(`run_data_00000${n}.h5`, 3 * (n - 1), 3));
    writeVirtualMaster(rig.at('run_master.h5'), [9, 4, 6], sources);
    await rig.start();
    expect((await ended()).end).toMatchObject({
      ...{ ending: 'timeout', framesReceived: 3, missing: [[0, 5]] },
      absentFiles: ['run_data_000001.h5', 'run_data_000002.h5'],
    });
    await until('the report', () => rig.hub.codes().includes('data-files-absent'));
  });

  it('counts images once whose modules lie in several files, and misses an absent module', async () => {
    const names = ['m0.h5', 'm1.h5', 'm2.h5'];
    for (const name of names.slice(0, 2)) await writeDataFile(rig.at(name), 4, 1);
    writeVirtualMaster(
      rig.at('run_master.h5'),
      [4, 12, 6],
      names.map((name, n) => moduleFile(name, 4 * n, 4)),
    );
    await rig.start();
    const { request, end, attached: files } = await ended();
    expect(request).toMatchObject({ framesExpected: 4, channels: [{ shape: [12, 6] }] });
    expect(end).toMatchObject({ framesReceived: 4, missing: [], absentFiles: ['m2.h5'] });
    expect(files).toEqual(expect.arrayContaining([attached('m0.h5', [0, 3]), attached('m1.h5', null)]));
  });

  it('whose files take turns frame by frame is a file like any other', async () => {
    await writeDataFile(rig.at('a.h5'), 2, 1);
    const sources = [0, 1, 2, 3].map((n) => sourceFile(n % 2 === 0 ? 'a.h5' : 'b.h5', n, 1));
    writeVirtualMaster(rig.at('turns_master.h5'), [4, 4, 6], sources);
    await rig.start();
    await until('both', () => rig.peer.sourceFiles.stored.length === 2);
    await rig.quiet();
    expect(datasets()).toEqual([]);
    expect(rig.hub.codes()).not.toContain('data-files-absent');
  });
});

describe('a master with links', () => {
  it('and virtual datasets of several channels, as this HUB writes it, has each file once', async () => {
    const channels = ['threshold_1', 'threshold_2'].map((name) => layout('u4', 'bslz4', name));
    makeEngineSeries(rig.at('own'), 'own', channels);
    await rig.start();
    const { request, end, attached: files } = await ended();
    expect(request).toMatchObject({
      ...{ stem: 'own/own', framesExpected: 10, framesPerFile: 4 },
      channels: [
        { name: 'threshold_1', filter: 'bslz4', place: { object: '/entry/data/data', index: 0 } },
        { name: 'threshold_2', filter: 'bslz4', place: { object: '/entry/data/threshold_2', index: 0 } },
      ],
    });
    expect(end).toMatchObject({ ending: 'end-message', framesReceived: 10, missing: [], absentFiles: [] });
    const ranges = [[0, 3], [4, 7], [8, 9], null];
    expect(files.map(({ frames }) => frames)).toEqual(expect.arrayContaining(ranges));
    expect(files).toHaveLength(4);
  });

  it('that are reached by soft links is one; a view of the same images beside them is none of its files', async () => {
    await writeDataFile(rig.at('run_data_000001.h5'), 3, 1);
    writeVirtualMaster(rig.at('run_master.h5'), [3, 4, 6], [sourceFile('run_data_000001.h5', 0, 3)], {
      data: externalLink('run_vds.h5', '/data'),
      first: externalLink('run_data_000001.h5', '/entry/data/data'),
      data_000001: softLink('/entry/data/first'),
    });
    await rig.start();
    const { end, attached: files } = await ended();
    expect(end).toMatchObject({ ending: 'end-message', framesReceived: 3, absentFiles: [] });
    expect(files).toEqual(expect.arrayContaining([attached('run_data_000001.h5', [0, 2])]));
  });
});

describe('a single file with its images', () => {
  it('is a dataset, and they are its frames', async () => {
    await writeWholeFile(rig.at('run.nxs'), 7);
    await rig.start();
    const { request, end, attached: files } = await ended();
    expect(request).toMatchObject({
      ...{ stem: 'run', framesPerFile: 7 },
      channels: [{ dtype: 'i4', shape: [4, 6] }],
    });
    expect(end).toMatchObject({ ending: 'end-message', framesReceived: 7, missing: [] });
    expect(files).toEqual([attached('run.nxs', [0, 6], 'master')]);
  });

  it('that was not whole when it was stored first is one when it is', async () => {
    await writeWholeFile(rig.at('whole.h5'), 3);
    const whole = readFileSync(rig.at('whole.h5'));
    await rig.start();
    await ended();
    rig.write('late.h5', whole.subarray(0, 600));
    await rig.untilStored('late.h5', whole.subarray(0, 600));
    rig.write('late.h5', whole);
    await rig.untilStored('late.h5', whole);
    await until('its dataset', () => datasets().length === 2);
    await ended();
    expect(datasets()[1]!.end).toMatchObject({ framesReceived: 3 });
  });

  it('that is cut or changed anywhere is stored all the same', async () => {
    await rig.start();
    writeVirtualMaster(rig.at('good_master.h5'), [3, 4, 6], [sourceFile('x_data_000001.h5', 0, 3)]);
    const good = readFileSync(rig.at('good_master.h5'));
    for (let n = 0; n < 20; n++) {
      const bad = Buffer.from(n % 2 === 0 ? good.subarray(0, Math.floor((good.length * n) / 20)) : good);
      for (let at = 40 + n * 11; at < bad.length; at += 211) bad[at] = (bad[at]! + n + 1) & 0xff;
      rig.write(`bad_${n}_master.h5`, bad);
    }
    await until('all', () => rig.peer.sourceFiles.stored.length === 21, 30_000);
    await rig.quiet();
    expect(rig.hub.hub!.status().poisoned).toEqual([]);
    // And what comes after them is recognised.
    await writeWholeFile(rig.at('after.h5'), 2);
    await until('the dataset', () => datasets().some(({ request }) => request.stem === 'after'), 30_000);
  });
});

it('a file that the server does not take keeps the others neither out nor waiting', async () => {
  const sources = [1, 2].map((n) => sourceFile(`run_data_00000${n}.h5`, 3 * (n - 1), 3));
  for (const n of [1, 2]) await writeDataFile(rig.at(`run_data_00000${n}.h5`), 3, 1);
  writeVirtualMaster(rig.at('run_master.h5'), [6, 4, 6], sources);
  let asked = 0;
  // All together, and then the first by itself.
  rig.peer.fault = ({ path: where }) => (where.endsWith('/files') && ++asked <= 2 ? 'refused' : null);
  await rig.start();
  const { end, attached: files } = await ended();
  expect(files).toEqual(expect.arrayContaining([attached('run_data_000002.h5', [3, 5])]));
  expect(end).toMatchObject({ framesReceived: 3, missing: [[0, 2]], absentFiles: [] });
  await until('the report', () => rig.hub.codes().includes('dataset-refused'));
});
