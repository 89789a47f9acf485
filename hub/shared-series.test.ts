import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { datasetAt, datasetValues, withHdf5File } from './hdf5/testing/read-hdf5.ts';
import { HubRig, until } from './testing/hub-rig.ts';
import {
  endMessage,
  imageMessage,
  startMessage,
  testPixels,
  testSeries,
  wholeSeries,
} from './testing/test-messages.ts';

/** A stream split by file number over two HUBs, and previews: what travels beside the data files. */
let rig: HubRig;
let second: HubRig;
beforeEach(async () => {
  rig = await HubRig.create();
  second = await HubRig.create();
  second.config = { ...second.config, serverUrl: rig.peer.url, token: 'second-token' };
});
afterEach(async () => {
  await second.dispose();
  await rig.dispose();
});

const series = testSeries(1);
const images = (...ids: number[]) => ids.map((id) => imageMessage(series, id));
const names = { userData: { file_prefix: 'split', images_per_file: 2 } };

it('one series over two HUBs becomes one dataset, its master written by one over the files of both', async () => {
  for (const one of [rig, second]) {
    one.detector({ splitOver: 2 });
    one.start();
    await one.send([startMessage(series, { numberOfImages: 7, ...names })]);
  }
  await rig.send([...images(0, 1, 4, 5), endMessage(series)]);
  await second.send([...images(2, 3, 6), endMessage(series)]);
  await until('the end of both', () => rig.datasets()[0]?.end != null);
  await until('the master', () => rig.storedNames().includes('split_master.h5'));
  expect(rig.datasets()).toHaveLength(1);
  expect(rig.datasets()[0]!.end!.framesReceived).toBe(7);
  expect(rig.storedNames()).toEqual([
    ...[1, 2, 3, 4].map((number) => `split_data_00000${number}.h5`),
    'split_master.h5',
  ]);
  await until('both are done', () => [rig, second].every((one) => one.hub!.status().buffer.usedBytes === 0));
  // Read through the master's links: all frames, and those of the file that is short.
  const master = path.join(rig.peer.folder, 'raw/split_master.h5');
  await withHdf5File(master, (file) => {
    const rows = [1, 2, 3, 4].map((number) => datasetAt(file, `/entry/data/data_00000${number}`).shape![0]);
    expect(rows).toEqual([2, 2, 2, 1]);
    const pixels = Array.from(datasetValues(file, '/entry/data/data_000003'));
    expect(pixels).toEqual([...testPixels(series, 4), ...testPixels(series, 5)]);
  });
});

it('when the other has fallen silent, the one that is left writes the master, also after a restart', async () => {
  for (const one of [rig, second]) {
    one.detector({ splitOver: 2 });
    one.start();
    await one.send([startMessage(series, { numberOfImages: 7, ...names })]);
  }
  await second.send(images(2, 3));
  await until('the file of the second', () =>
    rig.peer.files.some((file) => file.path.endsWith('split_data_000002.h5')),
  );
  await second.stop();
  await rig.send([...images(0, 1, 4, 5), endMessage(series)]);
  await until('the end of the first', () => rig.peer.shared.ended === 1);
  await rig.stop();
  rig.start();
  rig.peer.shared.fallSilent('Bearer second-token');
  await until('the master', () => rig.storedNames().includes('split_master.h5'), 30_000);
  const master = path.join(rig.peer.folder, 'raw/split_master.h5');
  await withHdf5File(master, (file) => {
    const pixels = Array.from(datasetValues(file, '/entry/data/data_000002'));
    expect(pixels).toEqual([...testPixels(series, 2), ...testPixels(series, 3)]);
  });
}, 60_000);

it('previews of frames come to the server, those to be kept as such, also of a series that is over at once', async () => {
  rig.start();
  await rig.send(wholeSeries(series, 5));
  await until('the end', () => rig.datasets()[0]?.end != null);
  const previews = () => rig.peer.shared.previews;
  await until('kept previews', () => previews().some(({ kept }) => kept));
  const { datasetId } = rig.datasets()[0]!;
  for (const preview of previews()) {
    expect(preview.datasetId).toBe(datasetId);
    expect(preview.png.subarray(1, 4).toString()).toBe('PNG');
  }
  expect(rig.peer.violations).toEqual([]);
});

it('no preview is sent while uploading is paused; the kept ones follow', async () => {
  rig.start();
  await rig.send([startMessage(series, { numberOfImages: 5 }), ...images(0)]);
  await until('the first preview', () => rig.peer.shared.previews.length === 1);
  rig.hub!.local.pause('test');
  // Previews of one series keep a distance in time.
  await sleep(600);
  await rig.send([...images(1, 2, 3, 4), endMessage(series)]);
  await until('what is held', () => rig.hub!.status().held.length === 1);
  expect(rig.peer.shared.previews).toHaveLength(1);
  rig.hub!.local.resume('test');
  await until('the end', () => rig.datasets()[0]?.end != null);
  await until('the kept previews', () => rig.peer.shared.previews.length > 1);
});
