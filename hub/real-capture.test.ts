import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import { datasetAt, datasetValues, withHdf5File } from './hdf5/testing/read-hdf5.ts';
import { CAPTURE_V1, hasCaptureV1, readCaptureV1 } from './testing/capture-v1.ts';
import { HubProcess } from './testing/hub-process.ts';
import { HubRig, until } from './testing/hub-rig.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';

const TESTDATA = process.env.BEAMDECK_TESTDATA ?? path.resolve(import.meta.dirname, '../../shared/testdata');
const CAPTURE = path.join(TESTDATA, 'stream_v2/eiger1m_32bit_bslz4');

describe.skipIf(!existsSync(CAPTURE))('a real EIGER 1M series through a real socket', () => {
  let rig: HubRig;
  beforeEach(async () => {
    rig = await HubRig.create();
  });
  afterEach(async () => {
    await rig.dispose();
  });

  it('handles twelve messages, stores ten of ten frames with exactly the pixels that were sent', async () => {
    const messages = readdirSync(CAPTURE)
      .sort()
      .map((name) => readFileSync(path.join(CAPTURE, name)));
    expect(messages).toHaveLength(12);
    rig.start();
    await rig.send(messages);
    await until(
      'the end of the series',
      () => rig.datasets()[0]?.end !== null && rig.datasets().length === 1,
    );

    const [dataset] = rig.datasets();
    expect(dataset!.base).toBe('raw/lyso1/dir/file');
    expect(dataset!.end).toMatchObject({ ending: 'end-message', framesReceived: 10, missing: [], lost: [] });
    expect(dataset!.request).toMatchObject({ framesExpected: 10, detectorSerialNumber: expect.any(String) });
    expect(rig.peer.violations).toEqual([]);
    expect(rig.storedNames().at(-1)).toBe('lyso1/dir/file_master.h5');

    const channel = dataset!.request.channels[0]!.name;
    const stored = storedFrames(rig, dataset!.datasetId, channel);
    expect([...stored.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const raw of messages) {
      const message = decodeStreamV2(raw);
      if (message.type !== 'image') continue;
      const sent = message.channels.get(channel)!;
      expect(Buffer.compare(stored.get(message.imageId)!, sent.bytes)).toBe(0);
      const { dtype, filter, bytes, shape } = sent;
      const pixels = decodeChunk({ dtype, filter, bytes, elements: shape[0] * shape[1] });
      const back = storedPixels(rig, dataset!.datasetId, channel, message.imageId);
      expect(Buffer.compare(Buffer.from(back.buffer), Buffer.from(pixels.buffer))).toBe(0);
    }
    await until('a heartbeat that counts them', () => rig.peer.lastHeartbeat?.detectors[0]?.messages === 12);
    expect(rig.peer.lastHeartbeat!.detectors[0]).toMatchObject({
      frames: 10,
      problems: {},
      name: 'detector-1',
    });
    expect(rig.peer.lastHeartbeat!.buffer.usedBytes).toBe(0);
  }, 60_000);
});

describe.skipIf(!hasCaptureV1)('a real EIGER 4M series as Stream V1 into a real HUB process', () => {
  const { rows: ROWS, columns: COLUMNS } = CAPTURE_V1;
  let rig: HubRig;
  let hub: HubProcess;
  beforeEach(async () => {
    rig = await HubRig.create();
    rig.detector({ protocol: 'stream-v1' });
    hub = new HubProcess(rig);
  });
  afterEach(async () => {
    await hub.kill('SIGKILL');
    await rig.dispose();
  });

  it('stopped at 3 of 10: every file opens and holds the pixels that were sent', async () => {
    const { start, images, end } = readCaptureV1();
    hub.start();
    await rig.send([start, ...images, end]);
    await until('the end of the series', () => rig.datasets()[0]?.end != null);

    const [dataset] = rig.datasets();
    expect(dataset!.base).toBe('raw/series_6');
    expect(dataset!.request).toMatchObject({
      framesExpected: 10,
      detectorSerialNumber: 'E-08-0115',
      seriesUniqueId: '6@2017-07-03T11:38:53.475491',
      userData: { acqID: 'test_1' },
      channels: [{ name: 'default', dtype: 'u2', shape: [ROWS, COLUMNS], filter: 'bslz4' }],
    });
    // Nothing is missing between the first and the last that came: the source stopped.
    expect(dataset!.end).toMatchObject({ ending: 'end-message', framesReceived: 3, missing: [], lost: [] });
    expect(rig.storedNames()).toEqual(['series_6_data_000001.h5', 'series_6_master.h5']);
    expect(rig.peer.violations).toEqual([]);

    const sent = images.map(([, , blob]) =>
      decodeChunk({ filter: 'bslz4', dtype: 'u2', bytes: blob!, elements: ROWS * COLUMNS }),
    );
    const stored = (name: string) => path.join(rig.peer.folder, 'raw', name);
    const data = await withHdf5File(stored('series_6_data_000001.h5'), (file) => ({
      shape: datasetAt(file, '/entry/data/data').shape,
      pixels: datasetValues(file, '/entry/data/data') as Uint16Array,
    }));
    expect(data.shape![0]).toBeGreaterThanOrEqual(3);
    for (const [frame, pixels] of sent.entries()) {
      const read = data.pixels.slice(frame * ROWS * COLUMNS, (frame + 1) * ROWS * COLUMNS);
      expect(Buffer.compare(Buffer.from(read.buffer), Buffer.from(pixels.buffer))).toBe(0);
    }
    await withHdf5File(stored('series_6_master.h5'), (file) => {
      const detector = '/entry/instrument/detector';
      // Readers count images by it, so it says what is there.
      expect(datasetAt(file, `${detector}/detectorSpecific/nimages`).value).toBe(3);
      expect(datasetAt(file, `${detector}/detectorSpecific/pixel_mask`).shape).toEqual([ROWS, COLUMNS]);
      expect(datasetAt(file, '/entry/instrument/beam/incident_wavelength').value).toBeCloseTo(1.5406, 4);
    });
  }, 60_000);
});
