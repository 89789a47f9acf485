import { beforeEach, expect, it } from 'vitest';
import { frameTableOf, type IngestWorld, LONG_AGO, randomFile } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';

/** Series of two channels whose images lack one of them. */
const world = ingestWorlds();
let w: IngestWorld;

beforeEach(async () => {
  w = await world();
  await w.activate(LONG_AGO);
});

const CHANNELS = ['threshold_1', 'threshold_2'] as const;

const open = () =>
  w.ingest.openSeries(
    w.agentContext,
    w.series({
      channels: CHANNELS.map((name) => ({ name, dtype: 'u4', shape: [4, 4], filter: 'bslz4' })),
    }),
  );

/** Data file `number` of ten frames; `absent` are rows that a channel lacks. */
function send(
  opened: Awaited<ReturnType<typeof open>>,
  number: number,
  absent: Partial<Record<(typeof CHANNELS)[number], number[]>> = {},
) {
  return w.sendAndComplete(opened, {
    name: `data_${String(number).padStart(6, '0')}.h5`,
    bytes: randomFile(10),
    chunks: CHANNELS.map((channel) =>
      frameTableOf((number - 1) * 10, 10, { channel, absent: absent[channel] ?? [] }),
    ),
  });
}

const end = (datasetId: string, framesReceived = 20) =>
  w.ingest.endSeries(w.agentContext, {
    datasetId,
    endedAt: new Date().toISOString(),
    ending: 'end-message',
    framesReceived,
    missing: [],
    lost: [],
  });

it('a frame that lacks one of its channels is not counted, and channel and frames are named', async () => {
  const opened = await open();
  await send(opened, 1, { threshold_2: [4, 8, 9] });
  await send(opened, 2, { threshold_1: [3], threshold_2: [0] });
  expect((await end(opened.datasetId)).state).toBe('incomplete');
  expect(await w.row(opened.datasetId)).toMatchObject({
    state: 'incomplete',
    framesStored: 15,
    missing: [],
    channelGaps: [
      { channel: 'threshold_1', frames: [[13, 13]] },
      {
        channel: 'threshold_2',
        frames: [
          [4, 4],
          [8, 10],
        ],
      },
    ],
  });
  const staff = w.as('staff');
  const { datasetId } = opened;
  const detail = await w.datasets.getDataset(staff, { datasetId });
  expect(detail.channelGaps.map(({ channel }) => channel)).toEqual(CHANNELS);
  const index = await w.datasets.frameIndex(staff, { datasetId, channel: 'threshold_1' });
  expect(index.lacking).toEqual([[13, 13]]);
});

it('is complete when every frame has every channel, also when a file comes late', async () => {
  const opened = await open();
  await send(opened, 1);
  expect((await end(opened.datasetId)).state).toBe('incomplete');
  expect(await w.row(opened.datasetId)).toMatchObject({ channelGaps: [], framesStored: 10 });
  await send(opened, 2);
  expect(await w.row(opened.datasetId)).toMatchObject({
    state: 'complete',
    channelGaps: [],
    framesStored: 20,
  });
});

it('is not called stopped when the last frame lacks a channel', async () => {
  const opened = await open();
  await send(opened, 1, { threshold_1: [9] });
  expect((await end(opened.datasetId, 10)).state).toBe('incomplete');
});
