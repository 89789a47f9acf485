import { afterEach, beforeEach, expect, it } from 'vitest';
import { Publisher, Push } from 'zeromq';
import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { CborInputTag, writeCbor } from '#src/shared/codecs/cbor-writer.ts';
import { encodeStreamV2Image, encodeStreamV2Start } from '#src/shared/codecs/stream-v2-encode.ts';
import { HubProcess } from './testing/hub-process.ts';
import { freePort, HubRig, until } from './testing/hub-rig.ts';
import { storedFrames, storedPixels } from './testing/stored-frames.ts';
import { endMessage, testSeries } from './testing/test-messages.ts';

/** Two PUSH sockets that share one series, images_per_file images in turn, and a PUB socket for metadata, into a real HUB process. */
let rig: HubRig;
let hub: HubProcess;
let second: Push;
let publisher: Publisher;

beforeEach(async () => {
  rig = await HubRig.create();
  second = new Push({ linger: 0, sendHighWaterMark: 1000 });
  publisher = new Publisher({ linger: 0 });
  const endpoint = `tcp://127.0.0.1:${await freePort()}`;
  const metadata = `tcp://127.0.0.1:${await freePort()}`;
  await second.bind(endpoint);
  await publisher.bind(metadata);
  rig.detector({ endpoints: [rig.endpoint, endpoint], senders: 2, metadata });
  hub = new HubProcess(rig);
});
afterEach(async () => {
  await hub.kill('SIGKILL');
  second.close();
  publisher.close();
  await rig.dispose();
});

const FRAMES = 40;
const IMAGES_PER_FILE = 4;
const series = testSeries(3, { channels: ['default'] });
const INVALID = -32_768;
const signedPixels = (frame: number) =>
  Int16Array.from({ length: series.rows * series.columns }, (_, at) =>
    at === 0 ? INVALID : frame * 100 - at,
  );

const start = encodeStreamV2Start({
  seriesId: series.seriesId,
  seriesUniqueId: series.seriesUniqueId,
  channels: series.channels,
  armDate: '2026-05-01T10:00:00.000Z',
  numberOfImages: FRAMES,
  imageSizeX: series.columns,
  imageSizeY: series.rows,
  frameTimeS: 0.1,
  userData: { file_prefix: 'lyso/run_1', images_per_file: IMAGES_PER_FILE },
  extra: { magic_number: 2, az_int_bin_to_q: [0.1, 0.2] },
});
/** Every third frame comes without numbers. */
const valuesOf = (frame: number) =>
  frame % 3 === 0 ? {} : { spots: frame, background: frame / 4, indexed: frame % 2 };
const image = (frame: number) =>
  encodeStreamV2Image({
    seriesId: series.seriesId,
    seriesUniqueId: series.seriesUniqueId,
    imageId: frame,
    values: valuesOf(frame),
    channels: new Map([
      [
        'default',
        {
          dtype: 'i2',
          shape: [series.rows, series.columns],
          filter: 'bslz4',
          elementSize: 2,
          bytes: encodeBslz4(new Uint8Array(signedPixels(frame).buffer), 2),
        },
      ],
    ]),
  });
const calibration = writeCbor(
  new CborInputTag(55799, { type: 'calibration', data: { pedestal_G0: new Uint8Array(500).fill(7) } }),
);

const metadata = (nth: number) =>
  writeCbor(
    new CborInputTag(55799, {
      type: 'metadata',
      series_unique_id: series.seriesUniqueId,
      series_id: series.seriesId,
      images: [{ image_id: nth, spot_count: 12, indexing_result: true }],
    }),
  );

/** Publishes until one was heard: a PUB socket sends to those alone who have subscribed by then. Returns how many were published. */
async function publishUntilHeard(from: number): Promise<number> {
  const heard = () => rig.peer.lastHeartbeat?.detectors[0]?.messages ?? 0;
  const before = heard();
  for (let nth = from; ; nth++) {
    await publisher.send(metadata(nth));
    const isHeard = await until('the metadata', () => heard() > before, 3000).then(
      () => true,
      () => false,
    );
    if (isHeard) return nth + 1;
    if (nth > from + 10) throw new Error('no metadata were heard');
  }
}

async function sendImages(from: number, to: number): Promise<void> {
  for (let frame = from; frame < to; frame++) {
    const socket = Math.floor(frame / IMAGES_PER_FILE) % 2 === 0 ? rig.push : second;
    await socket.send(image(frame));
  }
}

const received = () => rig.peer.lastHeartbeat?.detectors[0]?.series?.received ?? 0;

it('is one dataset with every frame, its numbers, its calibration and its metadata, also when the HUB is killed in between', async () => {
  hub.start();
  await rig.send([start, calibration]);
  await second.send(start);
  await sendImages(0, 18);
  await until('18 frames received', () => received() === 18);
  const published = await publishUntilHeard(0);
  await hub.kill('SIGKILL');
  hub.start();
  await sendImages(18, FRAMES);
  await second.send(endMessage(series));
  await rig.send([endMessage(series)]);
  await until('the end of the series', () => rig.datasets()[0]?.end != null, 30_000);

  expect(rig.datasets()).toHaveLength(1);
  const [dataset] = rig.datasets();
  expect(dataset!.request).toMatchObject({ framesExpected: FRAMES, prefix: 'lyso/run_1' });
  expect(IMAGES_PER_FILE % dataset!.request.framesPerFile).toBe(0);
  expect(dataset!.end).toMatchObject({
    ending: 'end-message',
    framesReceived: FRAMES,
    missing: [],
    lost: [],
  });
  expect([...storedFrames(rig, dataset!.datasetId, 'default').keys()].sort((a, b) => a - b)).toEqual(
    Array.from({ length: FRAMES }, (_, frame) => frame),
  );
  for (let frame = 0; frame < FRAMES; frame++) {
    expect(storedPixels(rig, dataset!.datasetId, 'default', frame)).toEqual(signedPixels(frame));
  }

  const told = new Map<string, Map<number, number>>();
  for (const { complete } of rig.peer.files) {
    for (const { name, firstFrame, values } of complete.frameValues ?? []) {
      const bytes = Buffer.from(values, 'base64');
      const numbers = told.get(name) ?? new Map<number, number>();
      told.set(name, numbers);
      for (let row = 0; 4 * row < bytes.length; row++)
        numbers.set(firstFrame + row, bytes.readFloatLE(4 * row));
    }
  }
  expect([...told.keys()].sort()).toEqual(['background', 'indexed', 'spots']);
  for (let frame = 0; frame < FRAMES; frame++) {
    const expected = valuesOf(frame);
    // A file none of whose frames has any is told without.
    const at = (name: string) => told.get(name)!.get(frame) ?? Number.NaN;
    expect([at('spots'), at('background'), at('indexed')], `frame ${frame}`).toEqual([
      expected.spots ?? Number.NaN,
      expected.background ?? Number.NaN,
      expected.indexed ?? Number.NaN,
    ]);
  }

  const others = rig.peer.files.filter(({ kind }) => kind === 'other');
  expect(others.every(({ datasetId }) => datasetId === dataset!.datasetId)).toBe(true);
  const keptAs = (kind: string) =>
    others
      .map(({ path }) => path)
      .filter((path) => path.startsWith(`raw/lyso/run_1_${kind}_`))
      .sort();
  expect(keptAs('calibration')).toEqual(['raw/lyso/run_1_calibration_000001.cbor']);
  expect(Buffer.compare(rig.stored(keptAs('calibration')[0]!), calibration)).toBe(0);
  const stored = keptAs('metadata').map((path) => rig.stored(path).toString('hex'));
  const sent = Array.from({ length: published }, (_, nth) => Buffer.from(metadata(nth)).toString('hex'));
  expect(stored.length).toBeGreaterThan(0);
  expect(stored).toEqual(sent.slice(-stored.length));
  expect(rig.peer.violations).toEqual([]);
  expect(rig.codes()).toEqual([]);
}, 60_000);
