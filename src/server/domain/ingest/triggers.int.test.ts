import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUILT_IN_TEMPLATES } from '../../../../templates/index.ts';
import { dataFile, type IngestWorld, ingestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestStore, testStore } from '../../../testing/test-store.ts';
import { job } from '../../db/schema/index.ts';
import { createCustodyService } from '../custody/custody.service.ts';
import { createJobsService, type JobsService } from '../jobs/jobs.service.ts';

const system = testContext();
let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let jobs: JobsService;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  jobs = createJobsService({ db: database.db });
  await jobs.ensureBuiltInTemplates(system, BUILT_IN_TEMPLATES);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await ingestWorld(database.db, storage.store);
  await jobs.createTrigger(w.as('staff'), {
    instrumentId: w.instrument.id,
    name: 'Fast feedback',
    templateSlug: 'fast-feedback',
  });
});

const end = (datasetId: string) =>
  w.ingest.endSeries(w.agentContext, {
    ...{ datasetId, endedAt: new Date().toISOString(), ending: 'end-message' as const },
    ...{ framesReceived: 20, missing: [], lost: [] },
  });
/** Does what the queue holds for the triggers of a dataset, as a worker would. */
async function work(datasetId: string): Promise<void> {
  const { rows } = await w.db.execute(
    sql`select id from graphile_worker.jobs where key = ${`start-triggered-jobs:${datasetId}`}`,
  );
  for (const { id } of rows) {
    await jobs.startTriggered(system, { datasetId });
    await w.db.execute(sql`select graphile_worker.complete_jobs(array[${id}]::bigint[])`);
  }
}
const started = async (datasetId: string) =>
  (await w.db.select().from(job).where(eq(job.datasetId, datasetId)).orderBy(job.createdAt)).map(
    ({ triggerState, experimentId }) => ({ triggerState, experimentId }),
  );

describe('triggers', () => {
  it('run again when an incomplete dataset becomes complete, once for each of its states', async () => {
    const { id: experimentId } = await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    const { datasetId } = opened;
    await w.sendAndComplete(opened, dataFile(1, 0, 10));
    await end(datasetId);
    await work(datasetId);
    expect(await started(datasetId)).toEqual([{ triggerState: 'incomplete', experimentId }]);
    await w.sendAndComplete(opened, dataFile(2, 10, 10));
    await work(datasetId);
    const both = [
      { triggerState: 'incomplete', experimentId },
      { triggerState: 'complete', experimentId },
    ];
    expect(await started(datasetId)).toEqual(both);
    await end(datasetId);
    await work(datasetId);
    await jobs.startTriggered(system, { datasetId });
    expect(await started(datasetId)).toEqual(both);
  });

  it('run for the experiment that a dataset is given to', async () => {
    const opened = await w.ingest.openSeries(w.agentContext, w.series({ startedAt: '2025-01-01T00:00:00Z' }));
    const { datasetId } = opened;
    await w.sendAndComplete(opened, dataFile(1, 0, 10));
    await w.sendAndComplete(opened, dataFile(2, 10, 10));
    await end(datasetId);
    await work(datasetId);
    expect(await started(datasetId)).toEqual([]);
    const custody = createCustodyService({ db: w.db, store: w.store });
    const give = async (experimentId: string) => {
      const { moves } = await custody.reassign(w.as('staff'), { datasetId, experimentId, reason: 'x' });
      await custody.moveData(system, moves[0]!);
      await work(datasetId);
    };
    const first = await w.activate(LONG_AGO);
    await give(first.id);
    expect(await started(datasetId)).toEqual([{ triggerState: 'complete', experimentId: first.id }]);
    const second = await w.activate('2026-02-01T00:00:00Z');
    await expect(give(second.id)).rejects.toThrow(/A job is working on/);
    await w.db.update(job).set({ state: 'succeeded' }).where(eq(job.datasetId, datasetId));
    await give(second.id);
    expect(await started(datasetId)).toEqual([
      { triggerState: 'complete', experimentId: first.id },
      { triggerState: 'complete', experimentId: second.id },
    ]);
  });
});
