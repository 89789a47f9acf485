import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { BUILT_IN_TEMPLATES } from '../../templates/index.ts';
import { createProcessDriver } from '../server/compute/process-driver.ts';
import { job, jobLog } from '../server/db/schema/index.ts';
import { createFilesService } from '../server/domain/files/files.service.ts';
import { createJobRunsService } from '../server/domain/jobs/job-runs.service.ts';
import { createJobsService } from '../server/domain/jobs/jobs.service.ts';
import { createLogger } from '../server/observability/logger.ts';
import { ingestWorld } from './ingest-world.ts';
import { PROBE_TEMPLATE } from './probe-template.ts';
import { testContext } from './test-context.ts';
import { testDatabase } from './test-database.ts';
import { testStore } from './test-store.ts';

const TEMPLATES = [...BUILT_IN_TEMPLATES, PROBE_TEMPLATE];

export const JOB_OVER = ['succeeded', 'failed', 'cancelled'] as const;
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A machine that runs jobs for real, two at once, and looks at them when a test says so. */
export async function jobMachine() {
  const system = testContext();
  const [database, storage, runsDir] = await Promise.all([
    testDatabase(),
    testStore(),
    mkdtemp(join(tmpdir(), 'beamdeck-runs-')),
  ]);
  const { db } = database;
  const { store } = storage;
  const compute = createProcessDriver({ runsDir, allowUnconfined: true, capacity: 2 });
  const jobs = createJobsService({ db });
  const newRuns = (driver = compute, templates = TEMPLATES) =>
    createJobRunsService({
      ...{ db, compute: driver, store, files: createFilesService({ db, store }), templates },
      log: createLogger('test', 'silent'),
    });
  const runs = newRuns();
  await jobs.ensureBuiltInTemplates(system, TEMPLATES);

  const jobRow = async (jobId: string) => (await db.select().from(job).where(eq(job.id, jobId)))[0]!;
  const logOf = async (jobId: string) =>
    (await db.select().from(jobLog).where(eq(jobLog.jobId, jobId)).orderBy(jobLog.seq))
      .map((chunk) => chunk.text)
      .join('');

  /** Looks until the job is in one of the states; the test's own time limit ends a wait in vain. */
  async function until(jobId: string, states: readonly string[], service = runs, owner = 'worker-a') {
    for (;;) {
      await service.submitWaiting(system, { owner });
      await service.observeRuns(system, { owner });
      const row = await jobRow(jobId);
      if (states.includes(row.state)) return row;
      await pause(50);
    }
  }
  const machine = { ...{ system, jobs, runs, newRuns, compute, runsDir }, ...{ jobRow, logOf, until } };

  return {
    /** A facility of its own with an experiment, and in it a dataset whose frames have so many spots. */
    async measured(counts: readonly number[]) {
      const w = await ingestWorld(db, store);
      const experiment = await w.activate('2026-01-01T00:00:00Z');
      const dataset = await w.measureSpots(counts);
      const probe = async (parameters: Record<string, unknown>) =>
        (
          await jobs.runTemplate(w.as('pi'), {
            ...{ experimentId: experiment.id, datasetId: dataset.datasetId },
            ...{ templateSlug: PROBE_TEMPLATE.slug, parameters },
          })
        ).jobId;
      return { ...w, ...machine, experiment, dataset, probe };
    },
    /** So that no job of one test takes a place in the next. */
    async clear(): Promise<void> {
      const { items } = await jobs.list(system, { states: ['queued', 'submitted', 'running'], limit: 100 });
      for (const { id } of items) await jobs.cancel(system, { jobId: id });
      while ((await runs.observeRuns(system, { owner: 'worker-a' })) > 0) await pause(50);
    },
    async close(): Promise<void> {
      await database.drop();
      await storage.close();
      await rm(runsDir, { recursive: true, force: true });
    },
  };
}
export type JobMachine = Awaited<ReturnType<typeof jobMachine>>;
export type MeasuredWorld = Awaited<ReturnType<JobMachine['measured']>>;
