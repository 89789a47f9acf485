import { afterEach, beforeEach, expect, it } from 'vitest';
import { Push } from 'zeromq';
import type { DetectorConfig } from './agent/detector-config.ts';
import { freePort, HubRig, until } from './testing/hub-rig.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';
import {
  endMessage,
  imageMessage,
  startMessage,
  testPixels,
  testSeries,
  wholeSeries,
} from './testing/test-messages.ts';
import { endPartsV1, imagePartsV1, startPartsV1, wholeSeriesV1 } from './testing/test-messages-v1.ts';

/** One HUB, three detectors: Stream V2 that we connect to, Stream V1 that we connect to, Stream V2 that connects to us. */
let rig: HubRig;
let sockets: Push[];

async function boundSocket(endpoint: string): Promise<Push> {
  const socket = new Push({ linger: 0, sendHighWaterMark: 1000 });
  sockets.push(socket);
  await socket.bind(endpoint);
  return socket;
}

beforeEach(async () => {
  rig = await HubRig.create();
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.close();
  await rig.dispose();
});

async function withDetectors(changes: Partial<DetectorConfig> = {}) {
  const [v1Endpoint, boundEndpoint] = [await freePort(), await freePort()].map(
    (port) => `tcp://127.0.0.1:${port}`,
  );
  const [common] = rig.config.detectors;
  const detector = (own: Partial<DetectorConfig>): DetectorConfig => ({ ...common!, ...changes, ...own });
  rig.config = {
    ...rig.config,
    detectors: [
      detector({ name: 'v2' }),
      detector({ name: 'v1', protocol: 'stream-v1', endpoints: [v1Endpoint!] }),
      detector({ name: 'bound', mode: 'bind', senders: null, endpoints: [boundEndpoint!] }),
    ],
  };
  const v1 = await boundSocket(v1Endpoint!);
  rig.start();
  const bound = new Push({ linger: 0, sendHighWaterMark: 1000 });
  sockets.push(bound);
  bound.connect(boundEndpoint!);
  return { v2: rig.push, v1, v1Endpoint: v1Endpoint!, bound };
}

const datasetOf = (detector: string) => rig.datasets().filter(({ request }) => request.detector === detector);
const hasEnded = (detector: string, count = 1) =>
  datasetOf(detector).length === count && datasetOf(detector).every(({ end }) => end !== null);

const FRAMES = 30;
// The same number and the same unique id everywhere: detectors do not know of each other.
const series = testSeries(1);

function expectEveryFrame(detector: string, channel: string): void {
  const [dataset] = datasetOf(detector);
  expect(dataset!.end).toMatchObject({
    ending: 'end-message',
    framesReceived: FRAMES,
    missing: [],
    lost: [],
  });
  expect(storedFrames(rig, dataset!.datasetId, channel).size).toBe(FRAMES);
  for (let frame = 0; frame < FRAMES; frame++) {
    expect(storedPixels(rig, dataset!.datasetId, channel, frame)).toEqual(testPixels(series, frame));
  }
}

it('three at once with the same series id: three data sets, every frame in its own', async () => {
  const { v2, v1, bound } = await withDetectors();
  const messages = [
    wholeSeries(series, FRAMES),
    wholeSeriesV1(series, FRAMES),
    wholeSeries(series, FRAMES),
  ] as const;
  for (let n = 0; n < FRAMES + 2; n++) {
    await v2.send(messages[0][n]!);
    await v1.send(messages[1][n]!);
    await bound.send(messages[2][n]!);
  }
  await until('the ends', () => ['v2', 'v1', 'bound'].every((name) => hasEnded(name)), 30_000);
  expectEveryFrame('v2', 'threshold_1');
  expectEveryFrame('v1', 'default');
  expectEveryFrame('bound', 'threshold_1');
  expect(rig.codes()).toEqual([]);
  expect(rig.peer.violations).toEqual([]);
}, 60_000);

it('one dies in a series: it ends by time with what came, the others go on; it comes back with the same number', async () => {
  const { v2, v1, v1Endpoint, bound } = await withDetectors({ seriesTimeoutMs: 1500 });
  await v1.send(startPartsV1(series, { numberOfImages: FRAMES }));
  for (const id of [0, 1, 2, 4]) await v1.send(imagePartsV1(series, id));
  await v2.send(startMessage(series, { numberOfImages: FRAMES, frameTimeS: 0.01 }));
  await until('four frames', () => rig.peer.lastHeartbeat?.detectors[1]?.frames === 4);
  v1.close();
  sockets.splice(sockets.indexOf(v1), 1);
  for (let id = 0; id < FRAMES; id++) await v2.send(imageMessage(series, id));
  await v2.send(endMessage(series));
  for (const message of wholeSeries(series, FRAMES)) await bound.send(message);
  await until('the others', () => hasEnded('v2') && hasEnded('bound'), 30_000);
  await until('the end by time', () => hasEnded('v1'), 30_000);
  expectEveryFrame('v2', 'threshold_1');
  expectEveryFrame('bound', 'threshold_1');
  expect(datasetOf('v1')[0]!.end).toMatchObject({
    ending: 'timeout',
    framesReceived: 4,
    missing: [[3, 3]],
    lost: [],
  });

  const again = await boundSocket(v1Endpoint);
  for (const parts of wholeSeriesV1(series, 3, { armDate: '2026-07-01T10:00:00.000000' }))
    await again.send(parts);
  await until('the next series', () => hasEnded('v1', 2), 30_000);
  expect(datasetOf('v1')[1]!.end).toMatchObject({ ending: 'end-message', framesReceived: 3, missing: [] });
  await until('the reports', () => rig.codes().length >= 2);
  expect(rig.codes().sort()).toEqual(['missing-image', 'series-timeout']);
}, 90_000);

it('a HUB restarted in a Stream V1 series goes on with it: its images name no more than the number', async () => {
  const { v1 } = await withDetectors();
  await v1.send(startPartsV1(series, { numberOfImages: FRAMES }));
  for (let id = 0; id < 12; id++) await v1.send(imagePartsV1(series, id));
  await until('twelve frames', () => rig.peer.lastHeartbeat?.detectors[1]?.frames === 12);
  await rig.stop();
  rig.start();
  for (let id = 12; id < FRAMES; id++) await v1.send(imagePartsV1(series, id));
  await v1.send(endPartsV1(series));
  await until('the end', () => hasEnded('v1'), 30_000);
  expectEveryFrame('v1', 'default');
  expect(rig.codes()).toEqual([]);
}, 60_000);
