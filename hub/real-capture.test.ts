import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeChunk } from '#src/shared/codecs/chunk.ts';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
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
