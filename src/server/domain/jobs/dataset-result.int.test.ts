import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  audit,
  dataset,
  datasetMetric,
  datasetResult,
  job,
  jobTemplate,
} from '#src/server/db/schema/index.ts';
import { type ChargingWorld, chargingWorld } from '#src/testing/charging-world.ts';
import { codeOf } from '#src/testing/experiment-world.ts';
import { PROBE_TEMPLATE } from '#src/testing/probe-template.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { MERGING_METRICS } from '#templates/lib/dials-template.ts';

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
  await database.db
    .update(jobTemplate)
    .set({ metrics: MERGING_METRICS })
    .where(eq(jobTemplate.slug, PROBE_TEMPLATE.slug));
});

const merged = (mergedResolutionA: number, completeness = 99, ccHalf = 0.998) => ({
  ...{ mergedResolutionA, completeness, ccHalf },
});

/** A job on the dataset that ends so, with these numbers. */
async function run(metrics: Record<string, number>, exitCode = 0): Promise<string> {
  const jobId = await w.start();
  await w.startWaiting();
  await database.db.update(job).set({ metrics }).where(eq(job.id, jobId));
  w.compute.end(`${jobId}-1`, 1000, 'exited', exitCode);
  await w.observe();
  return jobId;
}
/** The dataset as lists show it. */
async function shown() {
  const [item] = (await w.datasets.listDatasets(w.as('pi'), { experimentId: w.experiment.id, limit: 1 }))
    .items;
  return { numbers: item!.summary, result: item!.result };
}
const resultOf = async () => (await shown()).result?.jobId ?? null;

describe('the result of a dataset', () => {
  it('is the best of its jobs by the rules, and not the newest; one that failed never is', async () => {
    expect(await shown()).toEqual({ numbers: {}, result: null });
    const far = await run(merged(1.6));
    const near = await run(merged(2.4));
    const failed = await run(merged(1.1), 1);
    expect(await shown()).toMatchObject({
      numbers: merged(1.6),
      result: { jobId: far, templateName: PROBE_TEMPLATE.name, isChosen: false },
    });
    const { items } = await w.jobs.list(w.as('pi'), { experimentId: w.experiment.id, limit: 10 });
    const marks = new Map(items.map(({ id, isResult }) => [id, isResult]));
    expect([far, near, failed].map((id) => marks.get(id))).toEqual([true, false, false]);
    // What lists are ordered by follows.
    const rows = await database.db
      .select({ name: datasetMetric.name, value: datasetMetric.value })
      .from(datasetMetric)
      .where(eq(datasetMetric.datasetId, w.dataset.datasetId));
    expect(rows).toContainEqual({ name: 'mergedResolutionA', value: 1.6 });

    const further = await run(merged(1.5));
    expect(await resultOf()).toBe(further);
  });

  it('is what a member chose, until they take that back; who did so is on record', async () => {
    const far = await run(merged(1.6));
    const near = await run(merged(2.4));
    await w.jobs.chooseResult(w.as('pi'), { jobId: near });
    expect(await shown()).toMatchObject({ numbers: merged(2.4), result: { jobId: near, isChosen: true } });
    const detail = await w.jobs.get(w.as('pi'), { jobId: near });
    expect(detail).toMatchObject({ isResult: true, resultChosenByName: 'pi', canChooseResult: true });
    expect(await w.jobs.get(w.as('pi'), { jobId: far })).toMatchObject({ isResult: false });
    expect(await codeOf(w.jobs.chooseResult(w.as('pi'), { jobId: near }))).toBe('ALREADY_DONE');

    // Whatever runs later.
    await run(merged(1.2));
    expect(await resultOf()).toBe(near);
    await w.jobs.chooseResult(w.as('pi'), { jobId: far });
    expect(await resultOf()).toBe(far);

    expect(await codeOf(w.jobs.dropResult(w.as('pi'), { jobId: near }))).toBe('ALREADY_DONE');
    await w.jobs.dropResult(w.as('pi'), { jobId: far });
    expect(await shown()).toMatchObject({ numbers: merged(1.2), result: { isChosen: false } });
    const trail = await database.db.select().from(audit).where(eq(audit.entityId, far));
    expect(trail.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['job.chooseResult', 'job.dropResult']),
    );
  });

  it('cannot be what is not over or has failed, and is not for strangers to choose', async () => {
    const good = await run(merged(1.6));
    const failed = await run(merged(1.1), 1);
    const waiting = await w.start();
    for (const jobId of [failed, waiting]) {
      expect(await codeOf(w.jobs.chooseResult(w.as('pi'), { jobId }))).toBe('CONFLICT');
    }
    expect(await codeOf(w.jobs.chooseResult(w.as('stranger'), { jobId: good }))).toBe('NOT_FOUND');
  });

  it('is one where two jobs end at once', async () => {
    const jobs = [await w.start(), await w.start()];
    await w.startWaiting('worker-a');
    for (const [index, jobId] of jobs.entries()) {
      await database.db
        .update(job)
        .set({ metrics: merged(2 - index / 10) })
        .where(eq(job.id, jobId));
      w.compute.end(`${jobId}-1`, 1000);
    }
    await Promise.all([w.observe('worker-a'), w.observe('worker-a', w.newRuns())]);
    const rows = await database.db
      .select()
      .from(datasetResult)
      .where(eq(datasetResult.datasetId, w.dataset.datasetId));
    expect(rows).toEqual([expect.objectContaining({ jobId: jobs[1] })]);
  });

  it('leaves nothing of another experiment where a dataset has changed hands', async () => {
    const jobId = await run(merged(1.6));
    const other = await w.prepare('Another');
    await database.db
      .update(dataset)
      .set({ experimentId: other.id })
      .where(eq(dataset.id, w.dataset.datasetId));
    const { items } = await w.datasets.listDatasets(w.as('staff'), { experimentId: other.id, limit: 1 });
    expect(items[0]).toMatchObject({ id: w.dataset.datasetId, result: null });
    expect(await codeOf(w.jobs.chooseResult(w.as('pi'), { jobId }))).toBe('CONFLICT');
  });
});
