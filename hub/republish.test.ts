import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort, HubRig, until } from './testing/hub-rig.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';
import { testPixels, testSeries, wholeSeries } from './testing/test-messages.ts';
import { wholeSeriesV1 } from './testing/test-messages-v1.ts';

/** Two HUBs in a chain: the detector sends to the first, which sends every message on to the second. */
let first: HubRig;
let second: HubRig;
let endpoint: string;

beforeEach(async () => {
  first = await HubRig.create();
  second = await HubRig.create();
  endpoint = `tcp://127.0.0.1:${await freePort()}`;
  first.detector({ republish: { endpoint, mode: 'bind', maxBytes: 64 * 1024 ** 2, maxMessages: 10_000 } });
  second.detector({ endpoints: [endpoint] });
});
afterEach(async () => {
  await first.dispose();
  await second.dispose();
});

const FRAMES = 60;
// Large enough that messages lie in memory of their own, which is given back as soon as they are handled.
const series = testSeries(1, { rows: 128, columns: 128, channels: ['default'] });
const ended = (rig: HubRig) => rig.datasets().length > 0 && rig.datasets().every(({ end }) => end !== null);

function expectEveryFrame(rig: HubRig): void {
  const [dataset] = rig.datasets();
  expect(dataset!.end).toMatchObject({
    ending: 'end-message',
    framesReceived: FRAMES,
    missing: [],
    lost: [],
  });
  const frames = [...storedFrames(rig, dataset!.datasetId, 'default').keys()].sort((a, b) => a - b);
  expect(frames).toEqual(Array.from({ length: FRAMES }, (_, frame) => frame));
  for (const frame of frames) {
    const pixels = storedPixels(rig, dataset!.datasetId, 'default', frame);
    expect(Buffer.compare(Buffer.from(pixels.buffer), Buffer.from(testPixels(series, frame).buffer))).toBe(0);
  }
  expect(rig.codes()).toEqual([]);
  expect(rig.peer.violations).toEqual([]);
}

it('both store every frame', async () => {
  first.start();
  second.start();
  await first.send(wholeSeries(series, FRAMES));
  await until('both ends', () => ended(first) && ended(second), 30_000);
  expectEveryFrame(first);
  expectEveryFrame(second);
}, 60_000);

it('both store every frame of Stream V1, whose messages have parts', async () => {
  for (const rig of [first, second]) rig.detector({ protocol: 'stream-v1' });
  first.start();
  second.start();
  await first.send(wholeSeriesV1(series, FRAMES));
  await until('both ends', () => ended(first) && ended(second), 30_000);
  expectEveryFrame(first);
  expectEveryFrame(second);
}, 60_000);

it('without a second one the first stores every frame and tells what it could not send on', async () => {
  first.detector({ republish: { endpoint, mode: 'bind', maxBytes: 1024 ** 2, maxMessages: 10_000 } });
  first.start();
  await first.send(wholeSeries(series, FRAMES));
  await until('the end', () => ended(first), 30_000);
  await until(
    'the count',
    () => (first.peer.lastHeartbeat?.detectors[0]?.problems['republish-dropped'] ?? 0) > 0,
  );
  expect(first.datasets()[0]!.end).toMatchObject({ framesReceived: FRAMES, missing: [], lost: [] });
  expect(storedFrames(first, first.datasets()[0]!.datasetId, 'default').size).toBe(FRAMES);
  expect(first.codes()).toEqual(['republish-dropped']);
}, 60_000);

it('a second one that is away for a while has what the queue held for it', async () => {
  first.start();
  const messages = wholeSeries(series, FRAMES);
  await first.send(messages.slice(0, 30));
  await until('29 frames', () => first.peer.lastHeartbeat?.detectors[0]?.frames === 29);
  second.start();
  await first.send(messages.slice(30));
  await until('both ends', () => ended(first) && ended(second), 30_000);
  expectEveryFrame(first);
  expectEveryFrame(second);
}, 60_000);
