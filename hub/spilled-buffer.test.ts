import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HubRig, until } from './testing/hub-rig.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';
import { testPixels, testSeries, wholeSeries } from './testing/test-messages.ts';

const MB = 1_000_000;
/** 2 MB that do not compress; ten of them to a file. */
const SERIES = testSeries(1, { rows: 1000, columns: 1000 });
const FRAMES = 60;

let rig: HubRig;
beforeEach(async () => {
  rig = await HubRig.create();
});
afterEach(async () => {
  await rig.dispose();
});

const dataFilesIn = (folder: string) =>
  readdirSync(path.join(rig.folder, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /data_\d+\.h5$/.test(name))
    .map((name) => path.basename(name));

function configureBuffer(mainMb: number, spillMb: number): void {
  const spill = { dir: path.join(rig.folder, 'second'), maxBytes: spillMb * MB };
  rig.config = {
    ...rig.config,
    buffer: { dir: path.join(rig.folder, 'spool'), maxBytes: mainMb * MB, spill },
  };
}

it('what the first folder has no room for goes to the second, outlives a restart there and is stored', async () => {
  configureBuffer(45, 500);
  rig.peer.fault = ({ path: route }) => (route.startsWith('/parts/') ? 'cut' : null);
  rig.start();
  await rig.send(wholeSeries(SERIES, FRAMES));
  await until('all images', () => rig.hub!.status().detectors[0]?.frames === FRAMES);
  await until('the last file', () => dataFilesIn('second').includes('data_000006.h5'));
  expect(dataFilesIn('spool').filter((name) => name.startsWith('data_'))).toEqual([
    'data_000001.h5',
    'data_000002.h5',
  ]);
  expect(dataFilesIn('second').sort()).toEqual([3, 4, 5, 6].map((number) => `data_00000${number}.h5`));
  await until('the report', () => rig.codes().includes('buffer-spilled'));
  await until('the disks', () => (rig.peer.lastHeartbeat?.machine?.disks ?? []).length > 0, 30_000);
  const parts = rig.peer.lastHeartbeat!.machine!.disks!.flatMap((disk) => disk.parts);
  expect(parts.sort()).toEqual(['buffer', 'spill', 'state']);

  await rig.stop();
  rig.peer.fault = () => null;
  rig.start();
  await until('the end of the series', () => rig.datasets()[0]?.end != null, 60_000);
  expect(rig.datasets()[0]!.end).toMatchObject({ framesReceived: FRAMES, missing: [], lost: [] });
  const { datasetId } = rig.datasets()[0]!;
  expect(storedFrames(rig, datasetId, 'threshold_1').size).toBe(FRAMES);
  for (const frame of [0, 19, 20, FRAMES - 1]) {
    const pixels = storedPixels(rig, datasetId, 'threshold_1', frame);
    expect(Buffer.compare(Buffer.from(pixels.buffer), Buffer.from(testPixels(SERIES, frame).buffer))).toBe(0);
  }
  expect(dataFilesIn('spool')).toEqual([]);
  await until('empty folders', () => dataFilesIn('second').length === 0);
}, 90_000);

it('both folders together bound the buffer: when they are full, the detector waits', async () => {
  configureBuffer(25, 45);
  rig.peer.fault = ({ path: route }) => (route.startsWith('/parts/') ? 'cut' : null);
  rig.start();
  const sending = rig.send(wholeSeries(SERIES, FRAMES));
  await until('the full buffer', () => rig.codes().includes('buffer-full'), 30_000);
  expect(rig.hub!.status().buffer).toMatchObject({ maxBytes: 70 * MB });
  expect(rig.hub!.status().detectors[0]!.frames).toBeLessThan(FRAMES);
  rig.peer.fault = () => null;
  await sending;
  await until('the end of the series', () => rig.datasets()[0]?.end != null, 60_000);
  expect(rig.datasets()[0]!.end).toMatchObject({ framesReceived: FRAMES, missing: [], lost: [] });
}, 120_000);
