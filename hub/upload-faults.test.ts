import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubRig, until } from './testing/hub-rig.ts';
import type { PeerFault } from './testing/peer-faults.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';
import {
  endMessage,
  imageMessage,
  startMessage,
  testArray,
  testPixels,
  testSeries,
  wholeSeries,
} from './testing/test-messages.ts';

let rig: HubRig;
beforeEach(async () => {
  rig = await HubRig.create();
});
afterEach(async () => {
  await rig.dispose();
});

const ended = () => rig.datasets().length > 0 && rig.datasets().every(({ end }) => end !== null);

/** Random pixels do not compress, so a series of 20 frames makes files of several parts. */
const BIG = testSeries(1, { rows: 1000, columns: 1000 });

function expectAllFrames(frames: number, datasetIndex = 0, series = testSeries(1)): void {
  const { datasetId } = rig.datasets()[datasetIndex]!;
  const stored = storedFrames(rig, datasetId, 'threshold_1');
  expect(stored.size).toBe(frames);
  for (const frame of stored.keys()) {
    const pixels = storedPixels(rig, datasetId, 'threshold_1', frame);
    expect(Buffer.compare(Buffer.from(pixels.buffer), Buffer.from(testPixels(series, frame).buffer))).toBe(0);
  }
}

/** More than the files of the test, so that a request repeated without a word meets a fault again. */
const FAULTY = 4;

/** Each request of a kind fails the first times; everything must be there in the end all the same. */
describe.each<[string, (path: string) => boolean]>([
  ['parts', (path) => path.startsWith('/parts/')],
  ['opening of uploads', (path) => path.endsWith('/uploads')],
  ['completion', (path) => path.endsWith('/complete')],
  ['opening of the series', (path) => path.endsWith('/series')],
  ['the end of the series', (path) => path.endsWith('/end')],
  ['heartbeats', (path) => path.endsWith('/heartbeat')],
])('faults of %s', (_, concerns) => {
  it.each<PeerFault>(['error-500', 'cut', 'slow', 'full'])(
    '%s: tried again until everything is stored',
    async (fault) => {
      rig.peer.fault = ({ path, nth }) => (concerns(path) && nth <= FAULTY ? fault : null);
      rig.start();
      await rig.send(wholeSeries(testSeries(1), 12));
      await until('the end of the series', ended);
      expectAllFrames(12);
      expect(rig.peer.violations).toEqual([]);
      await rig.stop();
      const expected = fault === 'full' ? 'store-full' : 'server-unreachable';
      if (!concerns('/heartbeat'))
        expect(rig.codes()).toContain(
          concerns('/series') || concerns('/end') ? 'server-unreachable' : expected,
        );
    },
    30_000,
  );
});

it('a part that arrives damaged is sent again and reported', async () => {
  rig.peer.fault = ({ path, nth }) => (path.startsWith('/parts/') && nth === 1 ? 'checksum' : null);
  rig.start();
  await rig.send(wholeSeries(testSeries(1), 5));
  await until('the end of the series', ended);
  expectAllFrames(5);
  await until('the report', () => rig.codes().includes('checksum-mismatch'));
});

it('an expired signature is asked for again without fuss', async () => {
  rig.peer.fault = ({ path, nth }) => (path.startsWith('/parts/') && nth === 1 ? 'expired' : null);
  rig.start();
  await rig.send(wholeSeries(testSeries(1), 5));
  await until('the end of the series', ended);
  expectAllFrames(5);
  await rig.stop();
  expect(rig.codes()).toEqual([]);
});

it('an upload the store has forgotten begins anew', async () => {
  let forgotten = false;
  rig.peer.fault = ({ path }) => {
    if (path.endsWith('/complete') && !forgotten) {
      forgotten = true;
      rig.peer.forgetUploads();
    }
    return null;
  };
  rig.start();
  await rig.send(wholeSeries(testSeries(1), 5));
  await until('the end of the series', ended);
  expectAllFrames(5);
  await until('the report', () => rig.codes().includes('upload-gone'));
});

it('uploads parts while the file grows, the head part last', async () => {
  const order: string[] = [];
  rig.peer.fault = ({ path }) => {
    if (path.startsWith('/parts/')) order.push(path.split('/').at(-1)!);
    return null;
  };
  rig.start();
  const messages = wholeSeries(BIG, 20, { frameTimeS: 0.05 });
  await rig.send(messages.slice(0, 15));
  await until('parts of the growing file', () => order.length >= 1);
  expect(order).not.toContain('1');
  await rig.send(messages.slice(15));
  await until('the end of the series', ended);
  expect(order.indexOf('1')).toBeGreaterThan(order.indexOf('2'));
  expectAllFrames(20, 0, BIG);
}, 60_000);

it('without a server everything is received and kept; afterwards it is stored with the times of then', async () => {
  await rig.peer.close();
  rig.start();
  await rig.send(wholeSeries(testSeries(1), 12));
  await rig.send(wholeSeries(testSeries(2), 3));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const backAt = new Date().toISOString();
  await rig.peer.listen();
  await until('both series', () => rig.datasets().length === 2 && ended());
  for (const { request } of rig.datasets()) expect(request.startedAt < backAt).toBe(true);
  const first = rig.datasets().findIndex(({ request }) => request.seriesId === 1);
  expectAllFrames(12, first);
  await until('the report', () => rig.codes().includes('server-unreachable'));
}, 30_000);

it('a full buffer makes the detector wait and loses nothing', async () => {
  rig.config = { ...rig.config, buffer: { ...rig.config.buffer, maxBytes: 8 * 1024 * 1024 } };
  rig.peer.fault = ({ path }) => (path.startsWith('/parts/') ? 'error-500' : null);
  rig.start();
  const half = { ...BIG, rows: 500 };
  const sending = rig.send(wholeSeries(half, 30, { frameTimeS: 0.2 }));
  await until('the report', () => rig.codes().includes('buffer-full'));
  expect(rig.peer.lastHeartbeat!.buffer.usedBytes).toBeLessThanOrEqual(
    rig.peer.lastHeartbeat!.buffer.maxBytes,
  );
  await until('the state', () => rig.peer.lastHeartbeat?.detectors[0]?.state === 'error');
  rig.peer.fault = () => null;
  await sending;
  await until('the end of the series', ended, 30_000);
  expectAllFrames(30, 0, half);
  expect(rig.datasets()[0]!.end).toMatchObject({ framesReceived: 30, missing: [], lost: [] });
}, 60_000);

it('a file larger than the buffer is completed all the same', async () => {
  rig.config = { ...rig.config, buffer: { ...rig.config.buffer, maxBytes: 8 * 1024 * 1024 } };
  rig.start();
  await rig.send(wholeSeries(BIG, 25, { frameTimeS: 0.1 }));
  await until('the end of the series', ended, 30_000);
  expectAllFrames(25, 0, BIG);
}, 60_000);

it('what the server refuses stays in the buffer and is reported', async () => {
  rig.peer.fault = ({ path }) => (path.endsWith('/series') ? 'refused' : null);
  rig.start();
  await rig.send(wholeSeries(testSeries(1), 3));
  await until('the report', () => rig.codes().includes('series-refused'));
  await rig.stop();
  rig.peer.fault = () => null;
  rig.start();
  await until('the end of the series', ended);
  expectAllFrames(3);
}, 30_000);

it('takes a name given by the server, and a second series of that name', async () => {
  rig.start();
  const named = { userData: { file_prefix: 'lyso/run_1' } };
  await rig.send([...wholeSeries(testSeries(1), 12, named), ...wholeSeries(testSeries(2), 2, named)]);
  await until('both series', () => rig.datasets().length === 2 && ended());
  expect(rig.storedNames()).toEqual([
    'lyso/run_1_2_data_000001.h5',
    'lyso/run_1_2_master.h5',
    'lyso/run_1_data_000001.h5',
    'lyso/run_1_data_000002.h5',
    'lyso/run_1_master.h5',
  ]);
});

it('after an outage series are opened in the order of their acquisition: of one name, the later get suffixes', async () => {
  await rig.peer.close();
  rig.start();
  const named = { userData: { file_prefix: 'lyso/run_1' } };
  const ids = [1, 2, 3, 4, 5];
  for (const id of ids) await rig.send(wholeSeries(testSeries(id), 1, named));
  await until('all frames', () => rig.hub!.status().detectors[0]!.frames === ids.length);
  await rig.peer.listen();
  await until('all series', () => rig.datasets().length === ids.length && ended());
  expect(rig.datasets().map(({ base, request }) => [request.seriesId, base])).toEqual([
    [1, 'raw/lyso/run_1'],
    ...[2, 3, 4, 5].map((id) => [id, `raw/lyso/run_1_${id}`]),
  ]);
}, 60_000);

it('measures the clock offset against the server and sends it along', async () => {
  rig.peer.serverClockAheadMs = 3_600_000;
  rig.start();
  await until('a second heartbeat', () => rig.peer.lastHeartbeat?.clock.offsetMs != null);
  await rig.send([startMessage(testSeries(1)), imageMessage(testSeries(1), 0), endMessage(testSeries(1))]);
  await until('the end of the series', ended);
  expect(Math.abs(rig.datasets()[0]!.request.clockOffsetMs - 3_600_000)).toBeLessThan(1000);
});

it('a series whose last file got nothing but a refused image is stored without it', async () => {
  rig.start();
  const series = testSeries(1);
  const wrong = new Map([['threshold_1', testArray(testSeries(1, { rows: 3 }), 10)]]);
  const good = Array.from({ length: 10 }, (_, imageId) => imageMessage(series, imageId));
  await rig.send([startMessage(series), ...good, imageMessage(series, 10, wrong), endMessage(series)]);
  await until('the end of the series', ended);
  expectAllFrames(10);
  expect(rig.datasets()[0]!.end).toMatchObject({ ending: 'end-message', framesReceived: 10 });
  expect(rig.storedNames()).toContain('series_1_master.h5');
  await until('the report', () => rig.codes().includes('wrong-size'));
});
