import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  dialsPixels,
  hasDials,
  hasH5py,
  readWithDials,
  readWithH5py,
  sha256,
} from './hdf5/testing/engines.ts';
import { HubRig, until } from './testing/hub-rig.ts';
import {
  endMessage,
  imageMessage,
  startMessage,
  testPixels,
  testSeries,
  wholeSeries,
} from './testing/test-messages.ts';

/** What the HUB has brought into the store is read back by the programs people use. */
let rig: HubRig;
beforeEach(async () => {
  rig = await HubRig.create();
  rig.start();
});
afterEach(async () => {
  await rig.dispose();
});

const series = testSeries(1, { rows: 40, columns: 60 });
const ended = () => rig.datasets().length > 0 && rig.datasets().every(({ end }) => end !== null);
const master = () => path.join(rig.peer.folder, 'raw/lyso/run_1_master.h5');
const named = {
  userData: { file_prefix: 'lyso/run_1' },
  wavelengthA: 1,
  detectorDistanceM: 0.15,
  pixelSizeXM: 7.5e-5,
  pixelSizeYM: 7.5e-5,
  sensorMaterial: 'Si',
  sensorThicknessM: 4.5e-4,
  saturationValue: 60_000,
  beamCenterXPx: 30,
  beamCenterYPx: 20,
  goniometer: { omega: { startDeg: 0, incrementDeg: 0.5 } },
};

describe.skipIf(!hasH5py)('h5py', () => {
  it('reads every frame of three data files through the master', async () => {
    await rig.send(wholeSeries(series, 25, named));
    await until('the end of the series', ended);
    const { channels, links } = readWithH5py(master());
    expect(channels.data).toMatchObject({ shape: [25, 40, 60], virtual: true });
    expect(Object.keys(links)).toEqual(['data_000001', 'data_000002', 'data_000003']);
    expect(channels.data!.frames).toEqual(
      Array.from({ length: 25 }, (_, imageId) => sha256(testPixels(series, imageId))),
    );
  });

  it('reads the fill value where frames never came, and every other frame at its place', async () => {
    const ids = [0, 1, 2, 5, 9, 10, 14, 21];
    const images = ids.map((imageId) => imageMessage(series, imageId));
    await rig.send([startMessage(series, { numberOfImages: 25, ...named }), ...images, endMessage(series)]);
    await until('the end of the series', ended);
    const { frames } = readWithH5py(master()).channels.data!;
    expect(frames).toHaveLength(22);
    const empty = sha256(new Uint16Array(40 * 60).fill(0xffff));
    for (const [imageId, found] of frames.entries()) {
      expect(found).toBe(ids.includes(imageId) ? sha256(testPixels(series, imageId)) : empty);
    }
  });
});

describe.skipIf(!hasDials)('DIALS', () => {
  it('opens the master and reads every pixel of three data files', async () => {
    await rig.send(wholeSeries(series, 25, named));
    await until('the end of the series', ended);
    const { images, frames } = readWithDials(master());
    expect(images).toBe(25);
    expect(frames).toEqual(
      Array.from({ length: 25 }, (_, imageId) => sha256(dialsPixels('u2', testPixels(series, imageId)))),
    );
  });
});
