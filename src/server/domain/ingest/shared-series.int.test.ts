import { randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SeriesEndRequest } from '../../../shared/contracts/agent-api.ts';
import { enrolAgent } from '../../../testing/enrol-agent.ts';
import {
  dataFile,
  frameTableOf,
  type IngestWorld,
  LONG_AGO,
  randomFile,
} from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { testContext } from '../../../testing/test-context.ts';
import { agent } from '../../db/schema/index.ts';
import type { ServiceContext } from '../context.ts';
import { createHousekeepingService } from '../housekeeping/housekeeping.service.ts';
import { createTriggersService } from '../triggers/triggers.service.ts';
import { SILENT_MS } from './silent-parts.ts';

/** One series that two HUBs receive: files 1 and 3 go to one, 2 and 4 to the other. */
const world = ingestWorlds();
let w: IngestWorld;
let second: ServiceContext;
let secondId: string;

beforeEach(async () => {
  w = await world();
  const made = await enrolAgent(w.agents, w.as('staff'), { instrumentId: w.instrument.id, name: 'hub 2' });
  secondId = made.agentId;
  second = testContext(await w.agents.authenticate(made.token));
  await w.activate(LONG_AGO);
});

const SERIES = { participants: 2, framesExpected: 40, seriesUniqueId: 'series 1' };
const request = (changes = {}) => w.series({ ...SERIES, ...changes });
async function openBoth() {
  const [first, other] = [request(), request()];
  const [a, b] = await Promise.all([
    w.ingest.openSeries(w.agentContext, first),
    w.ingest.openSeries(second, other),
  ]);
  return { a, b, requests: [first, other] as const };
}
const end = (ctx: ServiceContext, datasetId: string, changes: Partial<SeriesEndRequest> = {}) =>
  w.ingest.endSeries(ctx, {
    datasetId,
    endedAt: new Date().toISOString(),
    ending: 'end-message',
    framesReceived: 20,
    missing: [],
    lost: [],
    ...changes,
  });

describe('a series that two agents receive', () => {
  it('is one dataset with one name, one balance and one master', async () => {
    const { a, b, requests } = await openBoth();
    expect(b).toEqual(a);
    expect(await w.ingest.openSeries(second, requests[1])).toEqual(a);
    for (const [number, first] of [
      [1, 0],
      [3, 20],
      [4, 30],
    ] as const) {
      await w.sendAndComplete(a, dataFile(number, first, 10));
    }
    const { datasetId } = a;
    expect(await end(w.agentContext, datasetId)).toEqual({ state: 'incomplete', awaitsMaster: true });
    expect(await w.row(datasetId)).toMatchObject({ state: 'receiving', ending: null });
    await w.sendAndComplete(a, dataFile(2, 10, 10, [5, 6]));
    const ended = await end(second, datasetId, {
      framesReceived: 18,
      // Its clock is an hour slow: the order of telling counts.
      endedAt: new Date(Date.now() - 3_600_000).toISOString(),
    });
    const whole = { rows: 10, absent: [] };
    expect(ended).toEqual({
      state: 'incomplete',
      master: {
        files: [
          { number: 1, ...whole },
          { number: 2, rows: 10, absent: [[15, 16]] },
          { number: 3, ...whole },
          { number: 4, ...whole },
        ],
      },
    });
    expect(await w.row(datasetId)).toMatchObject({
      missing: [[15, 16]],
      framesReceived: 38,
      framesStored: 38,
    });
    // One of them writes it; asked again, the same one.
    expect(await end(w.agentContext, datasetId)).toEqual({ state: 'incomplete', awaitsMaster: true });
    expect((await end(second, datasetId)).master).toEqual(ended.master);
    const bytes = new Uint8Array(randomBytes(1000));
    await w.sendAndComplete(a, { name: 'master.h5', bytes, kind: 'master' });
    expect(await end(second, datasetId)).toEqual({ state: 'incomplete' });
    expect(await end(w.agentContext, datasetId)).toEqual({ state: 'incomplete' });
  });

  it('of several channels names in its master the frames of which no channel came, and files that lack one', async () => {
    const names = ['threshold_1', 'threshold_2'] as const;
    const channels = names.map((name) => ({ ...w.series().channels[0]!, name }));
    const opened = await w.ingest.openSeries(w.agentContext, request({ channels }));
    await w.ingest.openSeries(second, request({ channels }));
    /** File `number`: which of its ten frames each channel lacks; a channel without a list has no table. */
    const send = (number: number, absent: Partial<Record<(typeof names)[number], number[]>>) =>
      w.sendAndComplete(opened, {
        name: `data_${String(number).padStart(6, '0')}.h5`,
        bytes: randomFile(10),
        chunks: names
          .filter((channel) => absent[channel] !== undefined)
          .map((channel) => frameTableOf((number - 1) * 10, 10, { channel, absent: absent[channel] })),
      });
    await send(1, { threshold_1: [2, 3], threshold_2: [3, 4, 9] });
    await send(2, { threshold_2: [0] });
    await send(3, { threshold_1: [], threshold_2: [5] });
    await end(w.agentContext, opened.datasetId);
    const { master } = await end(second, opened.datasetId);
    expect(master!.files).toEqual([
      { number: 1, rows: 10, absent: [[3, 3]] },
      { number: 2, rows: 10, absent: [[10, 10]] },
      { number: 3, rows: 10, absent: [] },
    ]);
    const row = await w.row(opened.datasetId);
    expect(row.missing).toEqual([
      [3, 3],
      [10, 10],
    ]);
    const frames = (channel: string) => row.channelGaps.find((gap) => gap.channel === channel)?.frames;
    expect(frames('threshold_1')).toEqual([
      [2, 2],
      [11, 19],
    ]);
    expect(frames('threshold_2')).toEqual([
      [4, 4],
      [9, 9],
      [25, 25],
    ]);
  });

  it('gets its master from another agent when the one that was to write it has fallen silent', async () => {
    const { a } = await openBoth();
    const { datasetId } = a;
    for (const number of [1, 2, 3, 4]) await w.sendAndComplete(a, dataFile(number, (number - 1) * 10, 10));
    await end(w.agentContext, datasetId);
    expect((await end(second, datasetId)).master?.files).toHaveLength(4);
    const laterMs = SILENT_MS + 60_000;
    w.agentContext.at(new Date(Date.now() + laterMs).toISOString());
    await w.db
      .update(agent)
      .set({ lastSeenAt: new Date(Date.now() + laterMs) })
      .where(eq(agent.id, secondId));
    expect(await end(w.agentContext, datasetId)).toEqual({ state: 'complete', awaitsMaster: true });
    await w.db.update(agent).set({ lastSeenAt: new Date() }).where(eq(agent.id, secondId));
    expect((await end(w.agentContext, datasetId)).master?.files).toHaveLength(4);
  });

  it('is complete when the last frame is stored, whoever ended first', async () => {
    const { a } = await openBoth();
    await end(second, a.datasetId);
    for (const number of [1, 2, 3]) await w.sendAndComplete(a, dataFile(number, (number - 1) * 10, 10));
    expect((await end(w.agentContext, a.datasetId)).state).toBe('incomplete');
    await w.sendAndComplete(a, dataFile(4, 30, 10));
    expect(await w.row(a.datasetId)).toMatchObject({ state: 'complete', missing: [], framesStored: 40 });
  });

  it('puts the part of an agent that missed the start into the tray, as a dataset with a master of its own', async () => {
    const first = await w.ingest.openSeries(w.agentContext, request());
    const late = request({ framesExpected: null, framesPerFile: 100, prefix: '', seriesId: 17 });
    const apart = await w.ingest.openSeries(second, late);
    expect(apart).toMatchObject({
      experimentCode: null,
      unassignedReason: `it does not fit into ${first.base}, which another agent opened with 10 frames per file where hub 2 has 100: hub 2 missed the start of the series`,
    });
    expect(apart.datasetId).not.toBe(first.datasetId);
    expect(await w.ingest.openSeries(second, late)).toEqual(apart);
    const row = await w.row(apart.datasetId);
    expect(row).toMatchObject({ participants: 1, experimentId: null, agentId: secondId });
    expect((await w.row(first.datasetId)).unassignedReason).toBeNull();

    // From image 110 on, of which 115 never came.
    await w.sendAndComplete(apart, dataFile(2, 110, 10, [5]));
    const ended = await end(second, apart.datasetId, { framesReceived: 9, missing: [[115, 115]] });
    expect(ended).toEqual({
      state: 'incomplete',
      master: { files: [{ number: 2, rows: 10, absent: [[115, 115]] }] },
    });
    expect(await w.row(apart.datasetId)).toMatchObject({ ending: 'end-message', missing: [[115, 115]] });
    const bytes = new Uint8Array(randomBytes(1000));
    await w.sendAndComplete(apart, { name: 'master.h5', bytes, kind: 'master' });
    expect(await end(second, apart.datasetId)).toEqual({ state: 'incomplete' });
  });

  it('is not opened for all by the agent that missed its start', async () => {
    const late = await w.ingest.openSeries(second, request({ framesExpected: null, framesPerFile: 100 }));
    const first = await w.ingest.openSeries(w.agentContext, request());
    expect(first.datasetId).not.toBe(late.datasetId);
    expect([first.experimentCode, first.unassignedReason]).toEqual([late.experimentCode, null]);
    expect(await w.row(first.datasetId)).toMatchObject({ participants: 2, framesPerFile: 10 });
    const made = await enrolAgent(w.agents, w.as('staff'), {
      instrumentId: w.instrument.id,
      name: 'hub 3',
    });
    const third = testContext(await w.agents.authenticate(made.token));
    expect((await w.ingest.openSeries(third, request())).datasetId).toBe(first.datasetId);
  });

  it('does not take an agent that would cut its files otherwise; a series of that name that comes again is another', async () => {
    const first = await w.ingest.openSeries(w.agentContext, request());
    const otherwise = await w.ingest.openSeries(second, request({ framesPerFile: 5 }));
    expect(otherwise.datasetId).not.toBe(first.datasetId);
    expect(otherwise.unassignedReason).toMatch(
      /10 frames per file where hub 2 has 5: give all that receive a series the same configuration$/,
    );
    expect((await w.ingest.openSeries(second, request())).datasetId).toBe(first.datasetId);
    const again = await w.ingest.openSeries(w.agentContext, request());
    expect(again.base).toBe(`${first.base}_2`);
    expect((await w.ingest.openSeries(second, request())).datasetId).toBe(again.datasetId);
  });

  it('ends without an agent that has fallen silent, and names what it would have brought', async () => {
    const { a } = await openBoth();
    const { datasetId } = a;
    await w.sendAndComplete(a, dataFile(1, 0, 10));
    await w.sendAndComplete(a, dataFile(3, 20, 10));
    await end(w.agentContext, datasetId);
    const system = testContext();
    const sweep = createHousekeepingService({
      ...w,
      db: w.db,
      triggers: createTriggersService({ db: w.db }),
    });
    const later = (ms: number) => system.at(new Date(Date.now() + ms).toISOString());
    const heard = (at: Date) => w.db.update(agent).set({ lastSeenAt: at }).where(eq(agent.id, secondId));
    later(SILENT_MS - 60_000);
    await sweep.sweep(system);
    expect((await w.row(datasetId)).ending).toBeNull();
    later(SILENT_MS + 60_000);
    await heard(new Date(Date.now() + SILENT_MS));
    await sweep.sweep(system);
    expect((await w.row(datasetId)).ending).toBeNull();
    await heard(new Date(Date.now() - 1000));
    expect((await sweep.sweep(system)).silent).toBe(1);
    expect(await w.row(datasetId)).toMatchObject({
      state: 'incomplete',
      ending: 'timeout',
      missing: [[10, 19]],
    });
    // The one that is there writes the master; the other comes back, and its data count.
    expect((await end(w.agentContext, datasetId)).master?.files.map(({ number }) => number)).toEqual([1, 3]);
    for (const number of [2, 4]) await w.sendAndComplete(a, dataFile(number, (number - 1) * 10, 10));
    await end(second, datasetId);
    expect(await w.row(datasetId)).toMatchObject({ state: 'complete', missing: [] });
  });

  it('is not ended by an agent that has no part in it', async () => {
    const opened = await w.ingest.openSeries(w.agentContext, request({ seriesKey: randomUUID() }));
    await expect(end(second, opened.datasetId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
