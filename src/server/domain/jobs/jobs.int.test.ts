import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import { type IngestWorld, ingestWorld } from '../../../testing/ingest-world.ts';
import { PROBE_TEMPLATE } from '../../../testing/probe-template.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestStore, testStore } from '../../../testing/test-store.ts';
import type { ComputeDriver } from '../../compute/compute.port.ts';
import { createProcessDriver } from '../../compute/process-driver.ts';
import { audit, file, frameTable, job, jobLog, outbox } from '../../db/schema/index.ts';
import { createLogger } from '../../observability/logger.ts';
import { createFilesService } from '../files/files.service.ts';
import { createJobRunsService, type JobRunsService } from './job-runs.service.ts';
import { createJobsService, type JobsService } from './jobs.service.ts';

const TEMPLATES = [...BUILT_IN_TEMPLATES, PROBE_TEMPLATE];
const COUNTS = [40, 0, 25, 12, 60];
const system = testContext();

let database: TestDatabase;
let storage: TestStore;
let runsDir: string;
let compute: ComputeDriver;
let jobs: JobsService;
let runs: JobRunsService;
let w: IngestWorld;
let experiment: { id: string; code: string };
let dataset: { datasetId: string; base: string };

const newRuns = (driver = compute) =>
  createJobRunsService({
    db: database.db,
    compute: driver,
    store: storage.store,
    files: createFilesService({ db: database.db, store: storage.store }),
    templates: TEMPLATES,
    log: createLogger('test', 'silent'),
  });

beforeAll(async () => {
  [database, storage, runsDir] = await Promise.all([
    testDatabase(),
    testStore(),
    mkdtemp(join(tmpdir(), 'beamdeck-runs-')),
  ]);
  compute = createProcessDriver({ runsDir, allowUnconfined: true, capacity: 2 });
  jobs = createJobsService({ db: database.db });
  runs = newRuns();
  await jobs.ensureBuiltInTemplates(system, TEMPLATES);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
  await rm(runsDir, { recursive: true, force: true });
});

beforeEach(async () => {
  w = await ingestWorld(database.db, storage.store);
  experiment = await w.activate('2026-01-01T00:00:00Z');
  dataset = await w.measureSpots(COUNTS);
});

/** No job of one test takes a place in the next. */
afterEach(async () => {
  const { items } = await jobs.list(system, { states: ['queued', 'submitted', 'running'], limit: 100 });
  for (const { id } of items) await jobs.cancel(system, { jobId: id });
  while ((await runs.observeRuns(system, { owner: 'worker-a' })) > 0) await pause(50);
});

const jobRow = async (jobId: string) => (await database.db.select().from(job).where(eq(job.id, jobId)))[0]!;
const probe = async (parameters: Record<string, unknown>) =>
  (
    await jobs.runTemplate(w.as('pi'), {
      experimentId: experiment.id,
      datasetId: dataset.datasetId,
      templateSlug: 'contract-probe',
      parameters,
    })
  ).jobId;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

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
const logOf = async (jobId: string) =>
  (await database.db.select().from(jobLog).where(eq(jobLog.jobId, jobId)).orderBy(jobLog.seq))
    .map((chunk) => chunk.text)
    .join('');
const OVER = ['succeeded', 'failed', 'cancelled'];

describe('triggers', () => {
  const trigger = () =>
    jobs.createTrigger(w.as('staff'), {
      instrumentId: w.instrument.id,
      name: 'Fast feedback',
      templateSlug: 'fast-feedback',
    });

  it('start one job per dataset, however often and at the same moment the event comes', async () => {
    const { triggerId } = await trigger();
    const { datasetId } = dataset;
    const started = await Promise.all([1, 2, 3, 4].map(() => jobs.startTriggered(system, { datasetId })));
    expect(started.flatMap((answer) => answer.jobIds)).toHaveLength(1);
    expect((await jobs.startTriggered(system, { datasetId })).jobIds).toEqual([]);
    const rows = await database.db.select().from(job).where(eq(job.triggerId, triggerId));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ state: 'queued', outputPath: 'processed/lyso/run_1/fast-feedback' });
    const { rows: queued } = await database.db.execute(
      sql`select 1 from graphile_worker.jobs where key = ${`submit-job:${rows[0]!.id}`}`,
    );
    expect(queued).toHaveLength(1);
    const told = await database.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.kind, 'job.changed'), eq(outbox.topic, `experiment:${experiment.id}`)));
    expect(told).toHaveLength(1);
  });

  it('start nothing for a dataset that still grows or belongs to nobody', async () => {
    await trigger();
    const growing = await w.ingest.openSeries(w.agentContext, w.series());
    expect((await jobs.startTriggered(system, { datasetId: growing.datasetId })).jobIds).toEqual([]);
    const nobody = await w.ingest.openSeries(w.agentContext, w.series({ startedAt: '2025-01-01T00:00:00Z' }));
    await w.ingest.endSeries(w.agentContext, {
      datasetId: nobody.datasetId,
      endedAt: new Date().toISOString(),
      ending: 'timeout',
      framesReceived: 0,
      missing: [],
      lost: [],
    });
    expect((await jobs.startTriggered(system, { datasetId: nobody.datasetId })).jobIds).toEqual([]);
  });

  it('are for staff, and check their parameters', async () => {
    const wanted = { instrumentId: w.instrument.id, name: 'x', templateSlug: 'fast-feedback' };
    await expect(jobs.createTrigger(w.as('pi'), wanted)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(
      jobs.createTrigger(w.as('staff'), { ...wanted, parameters: { minSpotPixels: 0, colour: 'red' } }),
    ).rejects.toMatchObject({
      code: 'BAD_INPUT',
      details: { parameters: { minSpotPixels: expect.any(String), colour: expect.any(String) } },
    });
  });
});

describe('a job', () => {
  it('of fast feedback finds the spots that are there and brings everything home', async () => {
    const { jobId } = await jobs.runTemplate(w.as('pi'), {
      experimentId: experiment.id,
      datasetId: dataset.datasetId,
      templateSlug: 'fast-feedback',
    });
    const row = await until(jobId, OVER);
    expect(row).toMatchObject({
      state: 'succeeded',
      exitCode: 0,
      progress: 1,
      failure: null,
      leaseOwner: null,
    });
    const detail = await jobs.get(w.as('pi'), { jobId });
    expect(detail.metrics).toMatchObject({ spotsMedian: 25, spotsMax: 60, framesAnalysed: 5 });
    expect(detail.plots.map((plot) => plot.id)).toEqual([
      'spots',
      'resolution',
      'background',
      'spot-resolution',
    ]);
    expect(detail.plots[0]!.data[0]).toMatchObject({ x: [1, 2, 3, 4, 5], y: COUNTS });
    expect(detail.files.map((result) => result.name)).toEqual(['fast-feedback.json', 'per-frame.csv']);
    expect(detail.isolation).toBe(await compute.isolation());
    expect(await logOf(jobId)).toMatch(/frame 3: 25 spots/);
    expect((await w.row(dataset.datasetId)).summary).toMatchObject({ spotsMedian: 25 });
    const verified = await w.files.verifyFile(w.as('pi'), { fileId: detail.files[0]!.id! });
    expect(verified.ok).toBe(true);
    const trail = await database.db.select().from(audit).where(eq(audit.entityId, jobId)).orderBy(audit.id);
    expect(trail.map((entry) => entry.action)).toEqual(['job.create', 'job.finish']);
    expect(await compute.list()).toEqual([]);
  });

  it('that fails says why, with the last lines of its log, and leaves no results', async () => {
    const jobId = await probe({ behaviour: 'exit-code' });
    const row = await until(jobId, OVER);
    expect(row).toMatchObject({ state: 'failed', exitCode: 7 });
    expect(row.failure).toEqual({
      code: 'exit-code',
      message: 'The program ended with exit code 7.',
      tail: 'about to fail',
    });
    expect((await jobs.get(w.as('pi'), { jobId })).files).toEqual([]);
  });

  it('writes into a folder of its own: earlier results stay', async () => {
    const [first, second] = [await probe({}), await probe({})];
    await until(first, OVER);
    await until(second, OVER);
    const folders = [(await jobRow(first)).outputPath, (await jobRow(second)).outputPath];
    expect(folders).toEqual(['processed/lyso/run_1/contract-probe', 'processed/lyso/run_1/contract-probe_2']);
  });

  it('waits for a free place, in the order of coming', async () => {
    const ids: string[] = [];
    for (let k = 0; k < 4; k++) ids.push(await probe({ behaviour: 'sleep' }));
    await runs.submitWaiting(system, { owner: 'worker-a' });
    const { items } = await jobs.list(w.as('pi'), { experimentId: experiment.id, limit: 10 });
    const states = items.reverse().map((item) => [item.state, item.queuedBefore]);
    expect(states).toEqual([
      ['submitted', null],
      ['submitted', null],
      ['queued', 0],
      ['queued', 1],
    ]);
    for (const jobId of ids) await jobs.cancel(w.as('pi'), { jobId });
    while ((await runs.observeRuns(system, { owner: 'worker-a' })) > 0) await pause(50);
    expect(await compute.list()).toEqual([]);
  });

  it('is cancelled at once in the list, and its run ends', async () => {
    const jobId = await probe({ behaviour: 'sleep' });
    while (!(await logOf(jobId)).includes('sleeping')) await until(jobId, ['running']);
    await jobs.cancel(w.as('pi'), { jobId });
    expect((await jobRow(jobId)).state).toBe('cancelled');
    await expect(jobs.cancel(w.as('pi'), { jobId })).rejects.toMatchObject({ code: 'ALREADY_DONE' });
    while ((await runs.observeRuns(system, { owner: 'worker-a' })) > 0) await pause(50);
    expect(await compute.list()).toEqual([]);
    expect(await logOf(jobId)).toContain('sleeping');
    expect((await jobRow(jobId)).leaseUntil).toBeNull();
  });

  it('whose run vanished fails as lost', async () => {
    const jobId = await probe({ behaviour: 'sleep' });
    const { runRef } = await until(jobId, ['running']);
    while (!(await logOf(jobId)).includes('sleeping')) await until(jobId, ['running']);
    const { pid } = JSON.parse(await readFile(join(runsDir, runRef!, 'run.json'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    const row = await until(jobId, OVER);
    expect(row).toMatchObject({ state: 'failed', failure: { code: 'lost', tail: 'sleeping' } });
  });

  it('whose machine is shut down in good order is run again from the start', async () => {
    const jobId = await probe({ behaviour: 'work', sleepMs: 3000 });
    const before = await until(jobId, ['running']);
    while (!(await logOf(jobId)).includes('from the job')) await until(jobId, ['running']);
    await runs.interruptRuns(system, { owner: 'worker-a', waitMs: 10_000 });
    expect(await jobRow(jobId)).toMatchObject({ state: 'queued', leaseOwner: null });
    const after = await until(jobId, OVER);
    expect(after).toMatchObject({ state: 'succeeded', runRef: before.runRef!.replace(/-1$/, '-2') });
    expect((await logOf(jobId)).match(/from the job/g)).toHaveLength(1);
  });

  it('whose program is not of this version fails with a sentence', async () => {
    const without = createJobRunsService({
      db: database.db,
      compute,
      store: storage.store,
      files: w.files,
      templates: [],
      log: createLogger('test', 'silent'),
    });
    const jobId = await probe({});
    const row = await until(jobId, OVER, without);
    expect(row).toMatchObject({ state: 'failed', failure: { code: 'start-failed' } });
  });
});

describe('leases', () => {
  const endLease = (jobId: string) =>
    database.db.execute(sql`update job set lease_until = now() - interval '1 second' where id = ${jobId}`);
  /** How often the program of a job that is over was started. */
  const startsOf = async (jobId: string) => {
    const { outputPath } = await jobRow(jobId);
    const { store } = storage;
    const text = Buffer.from(
      await store.readRange(`${experiment.code}/${outputPath}/starts.txt`, 0, 1000),
    ).toString();
    return text.trim().split('\n').length;
  };
  const leaseOf = async (jobId: string) => {
    const { rows } = await database.db.execute<{ state: string; soonOver: boolean }>(
      sql`select state, lease_until <= now() + interval '15 seconds' as "soonOver" from job where id = ${jobId}`,
    );
    return rows[0];
  };

  it('of a worker killed before its first look at a run are soon over, and the run goes on', async () => {
    const jobId = await probe({ behaviour: 'work', sleepMs: 500 });
    await runs.submitWaiting(system, { owner: 'killed' });
    expect(await leaseOf(jobId)).toEqual({ state: 'submitted', soonOver: true });
    expect(await newRuns().observeRuns(system, { owner: 'worker-b' })).toBe(0);
    await endLease(jobId);
    expect(await until(jobId, OVER, newRuns(), 'worker-b')).toMatchObject({ state: 'succeeded' });
    expect(await startsOf(jobId)).toBe(1);
  });

  it('of a worker killed right after the driver has started a run are soon over, and it is not started again', async () => {
    const jobId = await probe({ behaviour: 'work', sleepMs: 500 });
    const dying = newRuns({
      ...compute,
      async submit(request) {
        const submitted = await compute.submit(request);
        // What the database sees of a killed worker: the connection ends in the middle of a transaction.
        await database.db.execute(sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and state = 'idle in transaction'`);
        return submitted;
      },
    });
    await expect(dying.submitWaiting(system, { owner: 'killed' })).rejects.toThrow();
    expect(await leaseOf(jobId)).toEqual({ state: 'queued', soonOver: true });
    expect(await compute.list()).toEqual([`${jobId}-1`]);
    await endLease(jobId);
    expect(await until(jobId, OVER, newRuns(), 'worker-b')).toMatchObject({ state: 'succeeded' });
    expect(await startsOf(jobId)).toBe(1);
  });

  it('once lost are noticed before a run is started: a worker that was held up starts nothing', async () => {
    const jobId = await probe({ behaviour: 'work' });
    let slow: Promise<number> | undefined;
    await database.db.transaction(async (tx) => {
      // Holds the worker up between its claim and the driver.
      await tx.execute(sql`lock table ${frameTable} in access exclusive mode`);
      slow = runs.submitWaiting(system, { owner: 'slow' });
      while ((await jobRow(jobId)).leaseOwner !== 'slow') await pause(20);
      await database.db.update(job).set({ leaseOwner: 'worker-b' }).where(eq(job.id, jobId));
    });
    await slow;
    expect(await compute.list()).toEqual([]);
    expect(await jobRow(jobId)).toMatchObject({ state: 'queued', leaseOwner: 'worker-b' });
    await endLease(jobId);
    await until(jobId, OVER);
  });

  it('let one worker at a time look after a job; a silent one is replaced, and changes nothing any more', async () => {
    const jobId = await probe({ behaviour: 'work', sleepMs: 1500 });
    await until(jobId, ['running'], runs, 'worker-a');
    const other = newRuns();
    expect(await other.observeRuns(system, { owner: 'worker-b' })).toBe(0);
    await endLease(jobId);
    expect(await other.observeRuns(system, { owner: 'worker-b' })).toBe(1);
    expect((await jobRow(jobId)).leaseOwner).toBe('worker-b');
    expect(await runs.observeRuns(system, { owner: 'worker-a' })).toBe(0);
    const row = await until(jobId, OVER, other, 'worker-b');
    expect(row.state).toBe('succeeded');
    expect((await logOf(jobId)).match(/done/g)).toHaveLength(1);
    const results = await database.db
      .select()
      .from(file)
      .where(and(eq(file.experimentId, experiment.id), eq(file.kind, 'result')));
    expect(results.map((result) => result.name).sort()).toEqual(['copy.bin', 'starts.txt']);
  });
});

describe('rights', () => {
  it('strangers see nothing and learn nothing', async () => {
    const jobId = await probe({});
    const stranger = w.as('stranger');
    const input = {
      experimentId: experiment.id,
      datasetId: dataset.datasetId,
      templateSlug: 'fast-feedback',
    };
    await expect(jobs.get(stranger, { jobId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(jobs.log(stranger, { jobId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(jobs.cancel(stranger, { jobId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(jobs.runTemplate(stranger, input)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(jobs.list(stranger, { experimentId: experiment.id, limit: 10 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await jobs.list(stranger, { limit: 10 })).items).toEqual([]);
    expect((await jobs.list(stranger, { instrumentId: w.instrument.id, limit: 10 })).items).toEqual([]);
    const unknown = await jobs.get(stranger, { jobId: system.newId() }).catch((error) => error.message);
    const hidden = await jobs.get(stranger, { jobId }).catch((error) => error.message);
    expect(hidden).toBe(unknown);
  });

  it('a dataset of another experiment cannot be had by naming one’s own', async () => {
    const other = await w.activate('2026-06-01T00:00:00Z', 'Other');
    await expect(
      jobs.runTemplate(w.as('pi'), {
        experimentId: other.id,
        datasetId: dataset.datasetId,
        templateSlug: 'fast-feedback',
      }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('staff see the jobs of their instrument; lists page without gaps', async () => {
    const ids = [await probe({}), await probe({}), await probe({})];
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<JobsService['list']>> = await jobs.list(w.as('staff'), {
        instrumentId: w.instrument.id,
        limit: 2,
        cursor,
      });
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual([...ids].reverse());
  });
});
