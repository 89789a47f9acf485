import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { and, eq, sql } from 'drizzle-orm';
import { parseCrontab } from 'graphile-worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '#src/server/db/client.ts';
import { file, job, jobLog, jobTemplate, upload } from '#src/server/db/schema/index.ts';
import { createCustodyService } from '#src/server/domain/custody/custody.service.ts';
import { createJobsService, type JobsService } from '#src/server/domain/jobs/jobs.service.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { dataFile, type IngestWorld, ingestWorld } from '#src/testing/ingest-world.ts';
import { PROBE_TEMPLATE } from '#src/testing/probe-template.ts';
import { WorkerProcesses } from '#src/testing/spawn-worker.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import { CRONTAB } from './crontab.ts';

/** Real worker processes on a real database and store, killed at bad moments. */
const system = testContext();
const log = createLogger('test', 'silent');
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let database: TestDatabase;
let storage: TestStore;
let runsDir: string;
let jobs: JobsService;
let w: IngestWorld;
let experiment: { id: string };
let datasetId: string;
let workers: WorkerProcesses;

beforeAll(async () => {
  [database, storage, runsDir] = await Promise.all([
    testDatabase(),
    testStore(),
    mkdtemp(join(tmpdir(), 'beamdeck-runs-')),
  ]);
  await chmod(storage.folder, 0o755);
  workers = new WorkerProcesses({ databaseUrl: database.url, storeDir: storage.folder, runsDir });
  jobs = createJobsService({ db: database.db });
  await jobs.ensureBuiltInTemplates(system, [...BUILT_IN_TEMPLATES, PROBE_TEMPLATE]);
  w = await ingestWorld(database.db, storage.store);
  experiment = await w.activate('2026-01-01T00:00:00Z');
  await jobs.createTrigger(w.as('staff'), {
    instrumentId: w.instrument.id,
    name: 'Fast feedback',
    templateSlug: 'fast-feedback',
  });
  ({ datasetId } = await w.measureSpots([9, 4, 16]));
});
afterEach(() => workers?.endAll());
afterAll(async () => {
  await database?.drop();
  await storage?.close();
  await rm(runsDir, { recursive: true, force: true });
});

const jobRow = async (jobId: string) => (await database.db.select().from(job).where(eq(job.id, jobId)))[0]!;
const logOf = async (jobId: string) =>
  (await database.db.select().from(jobLog).where(eq(jobLog.jobId, jobId)).orderBy(jobLog.seq))
    .map((chunk) => chunk.text)
    .join('');
/** Another database of the same server. */
function serverUrl(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.pathname = '/postgres';
  return url.href;
}
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(50);
}
const isOver = async (jobId: string) =>
  ['succeeded', 'failed', 'cancelled'].includes((await jobRow(jobId)).state);
const probe = async (parameters: Record<string, unknown>) =>
  (
    await jobs.runTemplate(w.as('pi'), {
      experimentId: experiment.id,
      datasetId,
      templateSlug: 'contract-probe',
      parameters,
    })
  ).jobId;
/** As if the 15 seconds of a killed worker's lease were over. */
const endLeases = () =>
  database.db.execute(
    sql`update job set lease_until = now() - interval '1 second' where lease_until is not null`,
  );

describe('a worker process', () => {
  it('runs what the trigger of a finished dataset starts, untouched by anybody', async () => {
    workers.start();
    await until(async () => (await database.db.select().from(job)).length > 0);
    const [made] = await database.db.select().from(job).where(eq(job.datasetId, datasetId));
    await until(() => isOver(made!.id));
    expect(await jobRow(made!.id)).toMatchObject({
      state: 'succeeded',
      metrics: { spotsMedian: 9, spotsMax: 16 },
    });
  }, 120_000);

  it('killed in the middle of a run costs nothing: the next one goes on, and nothing happens twice', async () => {
    const first = workers.start();
    const jobId = await probe({ behaviour: 'work', sleepMs: 2500 });
    await until(async () => (await logOf(jobId)).includes('from the job'));
    await workers.end(first, 'SIGKILL');
    const { state, leaseOwner, runRef } = await jobRow(jobId);
    expect(state).toBe('running');
    await endLeases();
    workers.start();
    await until(() => isOver(jobId));
    const after = await jobRow(jobId);
    expect(after).toMatchObject({ state: 'succeeded', runRef, exitCode: 0 });
    expect(leaseOwner).not.toBeNull();
    const log = await logOf(jobId);
    expect(log.match(/from the job/g)).toHaveLength(1);
    expect(log.match(/done/g)).toHaveLength(1);
    const results = await database.db
      .select()
      .from(file)
      .where(and(eq(file.experimentId, experiment.id), sql`starts_with(${file.path}, ${after.outputPath!})`));
    expect(results.map((result) => result.name).sort()).toEqual(['copy.bin', 'starts.txt']);
    const starts = results.find((result) => result.name === 'starts.txt')!;
    const text = Buffer.from(await storage.store.readRange(starts.storeKey, 0, 1000)).toString();
    expect(text.trim().split('\n')).toHaveLength(1);
  }, 120_000);

  it('killed while a run ends by itself: its end is found later', async () => {
    const first = workers.start();
    const jobId = await probe({ behaviour: 'work', sleepMs: 500 });
    await until(async () => (await jobRow(jobId)).state === 'running');
    await workers.end(first, 'SIGKILL');
    await pause(1500);
    await endLeases();
    workers.start();
    await until(() => isOver(jobId));
    expect((await jobRow(jobId)).state).toBe('succeeded');
    expect((await logOf(jobId)).match(/done/g)).toHaveLength(1);
  }, 120_000);

  it('stopped in good order ends its runs, and the next one runs them again', async () => {
    const first = workers.start();
    const jobId = await probe({ behaviour: 'work', sleepMs: 4000 });
    await until(async () => (await logOf(jobId)).includes('from the job'));
    await workers.end(first, 'SIGTERM');
    expect(await jobRow(jobId)).toMatchObject({ state: 'queued', leaseOwner: null });
    workers.start();
    await until(() => isOver(jobId));
    expect((await jobRow(jobId)).state).toBe('succeeded');
  }, 120_000);

  it('stopped in good order while it still looks at what templates need leaves no run behind either', async () => {
    const slug = 'looked-at-for-long';
    const [row] = await database.db
      .insert(jobTemplate)
      .values({
        ...{ id: system.newId(), slug, version: 1, name: slug, description: '', entry: 'script:bash' },
        ...{ parameters: [], metrics: [], createdAt: system.now() },
      })
      .returning();
    let ended: Promise<void> | undefined;
    let jobId = '';
    await database.db.transaction(async (tx) => {
      await tx.select().from(jobTemplate).where(eq(jobTemplate.id, row!.id)).for('update');
      const first = workers.start();
      jobId = await probe({ behaviour: 'work', sleepMs: 4000 });
      await until(async () => (await logOf(jobId)).includes('from the job'));
      ended = workers.end(first, 'SIGTERM');
      await Promise.race([ended, until(async () => (await jobRow(jobId)).state !== 'running')]);
    });
    await ended;
    expect(await jobRow(jobId)).toMatchObject({ state: 'queued', leaseOwner: null });
    await jobs.cancel(w.as('pi'), { jobId });
  }, 120_000);

  it('takes up the task of a worker that was killed while it held it', async () => {
    const { datasetId: orphaned } = await w.measureSpots([3, 5]);
    await database.db.execute(sql`
      update graphile_worker._private_jobs
      set locked_by = 'worker-that-was-killed', locked_at = now() - interval '2 minutes', attempts = 1`);
    workers.start();
    const jobsOf = () => database.db.select().from(job).where(eq(job.datasetId, orphaned));
    await until(async () => (await jobsOf()).length > 0);
    expect(await jobsOf()).toHaveLength(1);
  }, 120_000);

  it('outlives a database that goes away in the middle of a task', async () => {
    const worker = workers.start();
    const name = new URL(database.url).pathname.slice(1);
    const elsewhere = openDatabase(serverUrl(database.url), { max: 1, name: 'test', log });
    const connections = (allowed: boolean) =>
      elsewhere.pool.query(`alter database "${name}" allow_connections ${allowed}`);
    const blocker = openDatabase(database.url, { max: 1, name: 'blocker', log });
    let measured: { datasetId: string };
    try {
      // The task cannot go on while this table is locked.
      const blocked = blocker.db.transaction(async (tx) => {
        await tx.execute(sql`lock table job in access exclusive mode`);
        measured = await w.measureSpots([7]);
        await until(async () => {
          const { rowCount } = await elsewhere.db.execute(sql`
            select 1 from pg_stat_activity
            where datname = ${name} and application_name = 'beamdeck-worker' and wait_event_type = 'Lock'
              and query like 'select % from "job" where %"job"."trigger_id"%'`);
          return rowCount === 1;
        });
        await connections(false);
        await elsewhere.db.execute(
          sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`,
        );
      });
      await expect(blocked).rejects.toThrow();
      await pause(1500);
    } finally {
      await connections(true);
      await blocker.close();
      await elsewhere.close();
    }
    expect(worker.exitCode).toBeNull();
    await database.db.execute(
      sql`update graphile_worker._private_jobs set locked_at = locked_at - interval '2 minutes'`,
    );
    const jobsOf = () => database.db.select().from(job).where(eq(job.datasetId, measured.datasetId));
    await until(async () => (await jobsOf()).length > 0);
    expect(worker.exitCode).toBeNull();
  }, 120_000);

  it('moves data that were given to an experiment, and reads the store again when asked', async () => {
    const opened = await w.ingest.openSeries(w.agentContext, w.series({ startedAt: '2025-01-01T00:00:00Z' }));
    const stored = await w.sendAndComplete(opened, dataFile(1, 0, 10));
    await w.ingest.endSeries(w.agentContext, {
      ...{ datasetId: opened.datasetId, endedAt: new Date().toISOString(), ending: 'end-message' },
      ...{ framesReceived: 10, missing: [], lost: [] },
    });
    const custody = createCustodyService({ db: database.db, store: storage.store });
    const { moves } = await custody.reassign(w.as('staff'), {
      ...{ datasetId: opened.datasetId, experimentId: experiment.id, reason: 'by the logbook' },
    });
    workers.start();
    const keyOf = async () =>
      (await database.db.select().from(file).where(eq(file.id, stored.fileId)))[0]!.storeKey;
    await until(async () => (await keyOf()).endsWith(`/${moves[0]!.path}_data_000001.h5`));
    const verified = { experimentId: experiment.id, datasetId: opened.datasetId, limit: 1 };
    await custody.startVerification(w.as('pi'), verified);
    const last = async () => (await custody.verifications(w.as('pi'), verified))[0]!;
    await until(async () => (await last()).finishedAt !== null);
    expect(await last()).toMatchObject({ filesChecked: 1, faults: [] });
  }, 120_000);

  it('sweeps uploads that were given up, and no live ones', async () => {
    const open = async (daysAgo: number) => {
      w.agentContext.at(new Date(Date.now() - daysAgo * 24 * 3600 * 1000).toISOString());
      const series = await w.ingest.openSeries(w.agentContext, w.series({ prefix: `swept/${daysAgo}` }));
      const sent = await w.send(series, dataFile(1, 0, 10));
      w.agentContext.at(null);
      return sent;
    };
    const [givenUp, live] = [await open(8), await open(6)];
    workers.start();
    const stateOf = async ({ uploadId }: { uploadId: string }) =>
      (await database.db.select().from(upload).where(eq(upload.id, uploadId)))[0]?.state;
    // What the crontab would start at its time.
    for (const { task } of parseCrontab(CRONTAB))
      await database.db.execute(sql`select graphile_worker.add_job(${task}::text)`);
    await until(async () => (await stateOf(givenUp)) === undefined);
    expect(await stateOf(live)).toBe('open');
    expect(await w.ingest.completeUpload(w.agentContext, live.complete)).toMatchObject({ path: live.path });
  }, 120_000);
});
