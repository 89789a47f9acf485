import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { frameTableOf, type IngestWorld, LONG_AGO, randomFile } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';

/** Series that went on after their HUB, killed in between, had ended them: the later frames are in a dataset of their own. */
const world = ingestWorlds();
let w: IngestWorld;

beforeEach(async () => {
  w = await world();
  await w.activate(LONG_AGO);
});

type Opened = Awaited<ReturnType<IngestWorld['ingest']['openSeries']>>;

const START = Date.now();
const open = (seriesUniqueId: string, startedMs = START) =>
  w.ingest.openSeries(
    w.agentContext,
    w.series({ seriesUniqueId, startedAt: new Date(startedMs).toISOString() }),
  );
const send = (opened: Opened, number: number, absent: number[] = []) =>
  w.sendAndComplete(opened, {
    name: `data_${String(number).padStart(6, '0')}.h5`,
    bytes: randomFile(10),
    chunks: [frameTableOf((number - 1) * 10, 10, { absent })],
  });
const end = (
  { datasetId }: Opened,
  ending: 'agent-restart' | 'end-message',
  framesReceived: number,
  missing: [number, number][],
) =>
  w.ingest.endSeries(w.agentContext, {
    ...{ datasetId, ending, framesReceived, missing },
    ...{ endedAt: new Date().toISOString(), lost: [] },
  });

/** Frames 0 to 9 without 4 and 5 before the HUB was killed; 10 to 19 after the series was taken for ended. */
async function torn(uniqueId: string) {
  const first = await open(uniqueId);
  await send(first, 1, [4, 5]);
  const endFirst = () =>
    end(first, 'agent-restart', 8, [
      [4, 5],
      [10, 19],
    ]);
  const goOn = async (startedMs = START) => {
    const second = await open(uniqueId, startedMs);
    await send(second, 2);
    return { second, endSecond: () => end(second, 'end-message', 10, [[0, 9]]) };
  };
  return { first, endFirst, goOn };
}

it('what the later dataset has is not missing in the first, nor the other way round', async () => {
  const { first, endFirst, goOn } = await torn(randomUUID());
  await endFirst();
  expect((await w.row(first.datasetId)).missing).toEqual([
    [4, 5],
    [10, 19],
  ]);
  const { second, endSecond } = await goOn();
  expect(second.base).toBe(`${first.base}_2`);
  await endSecond();
  expect((await w.row(first.datasetId)).missing).toEqual([[4, 5]]);
  expect((await w.row(second.datasetId)).missing).toEqual([[4, 5]]);
});

it('also when both are told of after an outage, in whatever order', async () => {
  const { first, endFirst, goOn } = await torn(randomUUID());
  const { second, endSecond } = await goOn();
  await endSecond();
  await endFirst();
  expect((await w.row(first.datasetId)).missing).toEqual([[4, 5]]);
  expect((await w.row(second.datasetId)).missing).toEqual([[4, 5]]);
});

it('without gaps of its source the first is stopped, no longer incomplete', async () => {
  const uniqueId = randomUUID();
  const first = await open(uniqueId);
  await send(first, 1);
  await end(first, 'agent-restart', 10, [[10, 19]]);
  expect((await w.row(first.datasetId)).state).toBe('incomplete');
  const second = await open(uniqueId);
  await send(second, 2);
  await end(second, 'end-message', 10, [[0, 9]]);
  expect(await w.row(first.datasetId)).toMatchObject({ state: 'stopped', missing: [] });
});

it('an acquisition that began at another time under the same id has frames of its own', async () => {
  const { first, endFirst, goOn } = await torn(randomUUID());
  await endFirst();
  const { endSecond } = await goOn(START + 60_000);
  await endSecond();
  expect((await w.row(first.datasetId)).missing).toEqual([
    [4, 5],
    [10, 19],
  ]);
});
