import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS } from '#src/shared/model/accounting.ts';
import { type ChargingWorld, chargingWorld } from '#src/testing/charging-world.ts';
import { scriptedCompute } from '#src/testing/scripted-compute.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { RUN_ENDINGS, type RunEnding } from '../../compute/compute.port.ts';

let database: TestDatabase;
let storage: TestStore;
let w: ChargingWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await chargingWorld(database.db, storage);
});

const WALL_MS = 10_000;
const ATTEMPTS = 3;
/** A person who cancels ends the job at once; these end the run under it. */
const ENDINGS = (Object.keys(RUN_ENDINGS) as RunEnding[]).filter((ending) => ending !== 'cancelled');

describe('the end of a run', () => {
  it('is told by its name, and charged when it is not ours, whatever it is', async () => {
    await w.give(HOUR_MS);
    const jobs = new Map<RunEnding, string>();
    for (const ending of ENDINGS) jobs.set(ending, await w.start());
    await w.startWaiting();
    for (const [ending, jobId] of jobs) w.compute.end(`${jobId}-1`, WALL_MS, ending, 7);
    await w.observe();
    for (let attempt = 2; attempt <= ATTEMPTS; attempt++) {
      await w.startWaiting();
      w.compute.end(`${jobs.get('interrupted')}-${attempt}`, WALL_MS, 'interrupted');
      await w.observe();
    }
    for (const [ending, jobId] of jobs) {
      expect(await w.rowOf(jobId), ending).toMatchObject({
        state: 'failed',
        failure: { code: ending === 'exited' ? 'exit-code' : ending },
        chargedCpuMs: RUN_ENDINGS[ending] === 'ours' ? 0 : WALL_MS,
      });
    }
    expect(await w.compute.list()).toEqual([]);
  });

  it('leaves what the run used with its job, of a cancelled one too', async () => {
    const [done, cancelled] = [await w.start(), await w.start()];
    await w.startWaiting();
    w.compute.end(`${done}-1`, WALL_MS);
    await w.jobs.cancel(w.as('pi'), { jobId: cancelled });
    while ((await w.compute.list()).length > 0) await w.observe();
    const used = { usedCpuMs: WALL_MS / 2, peakMemoryBytes: 1_000_000 };
    expect(await w.rowOf(done)).toMatchObject({ state: 'succeeded', ...used });
    expect(await w.rowOf(cancelled)).toMatchObject({ state: 'cancelled', peakMemoryBytes: 1_000_000 });
    expect(await w.jobs.get(w.as('pi'), { jobId: done })).toMatchObject(used);
  });
});

describe('the CPUs of a machine', () => {
  it('are given to the oldest job first, and none goes before it because it is smaller', async () => {
    const machine = scriptedCompute(4);
    const runs = w.newRuns(machine);
    const submit = () => runs.submitWaiting(w.system, { owner: 'worker' });
    const ended = async (jobId: string) => {
      machine.end(`${jobId}-1`, WALL_MS);
      await runs.observeRuns(w.system, { owner: 'worker' });
    };
    const profileOf = async (name: string, cpus: number) =>
      w.profiles.create(w.system, {
        ...{ facilityId: w.facility.id, name, cpus, memoryBytes: 8 * 1024 ** 3 },
        ...{ gpu: null, priceMilli: null },
      });
    const one = await profileOf('One', 1);
    const four = await profileOf('Four', 4);
    const eight = await profileOf('Eight', 8);
    const small = await w.start(one);
    const large = await w.start(four);
    const huge = await w.start(eight);
    const last = await w.start(one);

    expect(await submit()).toBe(1);
    expect(await machine.list()).toEqual([`${small}-1`]);
    await ended(small);
    expect(await submit()).toBe(1);
    expect(await machine.list()).toEqual([`${large}-1`]);
    await ended(large);
    // More than the machine has: alone.
    expect(await submit()).toBe(1);
    expect(await machine.list()).toEqual([`${huge}-1`]);
    await ended(huge);
    expect(await submit()).toBe(1);
    expect(await machine.list()).toEqual([`${last}-1`]);
    await ended(last);
  });
});
