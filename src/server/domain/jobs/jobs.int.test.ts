import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  JOB_OVER,
  type JobMachine,
  jobMachine,
  type MeasuredWorld,
  pause,
} from '#src/testing/running-jobs.ts';
import { audit, job, outbox } from '../../db/schema/index.ts';
import type { JobsService } from './jobs.service.ts';

const COUNTS = [40, 0, 25, 12, 60];
let machine: JobMachine;
let w: MeasuredWorld;
beforeAll(async () => {
  machine = await jobMachine();
});
afterAll(() => machine?.close());
beforeEach(async () => {
  w = await machine.measured(COUNTS);
});
afterEach(() => machine.clear());

describe('triggers', () => {
  const trigger = () =>
    w.jobs.createTrigger(w.as('staff'), {
      instrumentId: w.instrument.id,
      name: 'Fast feedback',
      templateSlug: 'fast-feedback',
    });

  it('start one job per dataset, however often and at the same moment the event comes', async () => {
    const { triggerId } = await trigger();
    const { datasetId } = w.dataset;
    const started = await Promise.all([1, 2, 3, 4].map(() => w.jobs.startTriggered(w.system, { datasetId })));
    expect(started.flatMap((answer) => answer.jobIds)).toHaveLength(1);
    expect((await w.jobs.startTriggered(w.system, { datasetId })).jobIds).toEqual([]);
    const rows = await w.db.select().from(job).where(eq(job.triggerId, triggerId));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ state: 'queued', outputPath: 'processed/lyso/run_1/fast-feedback' });
    const { rows: queued } = await w.db.execute(
      sql`select 1 from graphile_worker.jobs where key = ${`submit-job:${rows[0]!.id}`}`,
    );
    expect(queued).toHaveLength(1);
    const told = await w.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.kind, 'job.changed'), eq(outbox.topic, `experiment:${w.experiment.id}`)));
    expect(told).toHaveLength(1);
  });

  it('start nothing for a dataset that still grows or belongs to nobody', async () => {
    await trigger();
    const growing = await w.ingest.openSeries(w.agentContext, w.series());
    expect((await w.jobs.startTriggered(w.system, { datasetId: growing.datasetId })).jobIds).toEqual([]);
    const nobody = await w.ingest.openSeries(w.agentContext, w.series({ startedAt: '2025-01-01T00:00:00Z' }));
    await w.ingest.endSeries(w.agentContext, {
      datasetId: nobody.datasetId,
      endedAt: new Date().toISOString(),
      ending: 'timeout',
      framesReceived: 0,
      missing: [],
      lost: [],
    });
    expect((await w.jobs.startTriggered(w.system, { datasetId: nobody.datasetId })).jobIds).toEqual([]);
  });

  it('are for staff, and check their parameters', async () => {
    const wanted = { instrumentId: w.instrument.id, name: 'x', templateSlug: 'fast-feedback' };
    await expect(w.jobs.createTrigger(w.as('pi'), wanted)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(
      w.jobs.createTrigger(w.as('staff'), { ...wanted, parameters: { minSpotPixels: 0, colour: 'red' } }),
    ).rejects.toMatchObject({
      code: 'BAD_INPUT',
      details: { parameters: { minSpotPixels: expect.any(String), colour: expect.any(String) } },
    });
  });
});

describe('a job', () => {
  it('of fast feedback finds the spots that are there and brings everything home', async () => {
    const { jobId } = await w.jobs.runTemplate(w.as('pi'), {
      experimentId: w.experiment.id,
      datasetId: w.dataset.datasetId,
      templateSlug: 'fast-feedback',
    });
    const row = await w.until(jobId, JOB_OVER);
    expect(row).toMatchObject({
      state: 'succeeded',
      exitCode: 0,
      progress: 1,
      failure: null,
      leaseOwner: null,
    });
    const detail = await w.jobs.get(w.as('pi'), { jobId });
    expect(detail.metrics).toMatchObject({ spotsMedian: 25, spotsMax: 60, framesAnalysed: 5 });
    expect(detail.plots.map((plot) => plot.id)).toEqual([
      'spots',
      'resolution',
      'background',
      'spot-resolution',
    ]);
    expect(detail.plots[0]!.data[0]).toMatchObject({ x: [1, 2, 3, 4, 5], y: COUNTS });
    expect(detail.files.map((result) => result.name)).toEqual([
      ...['fast-feedback.json', 'found.spots', 'per-frame.csv'],
    ]);
    expect(detail.isolation).toBe(await w.compute.isolation());
    expect(await w.logOf(jobId)).toMatch(/frame 3: 25 spots/);
    expect((await w.row(w.dataset.datasetId)).summary).toMatchObject({ spotsMedian: 25 });
    const verified = await w.files.verifyFile(w.as('pi'), { fileId: detail.files[0]!.id! });
    expect(verified.ok).toBe(true);
    const trail = await w.db.select().from(audit).where(eq(audit.entityId, jobId)).orderBy(audit.id);
    expect(trail.map((entry) => entry.action)).toEqual(['job.create', 'job.finish']);
    expect(await w.compute.list()).toEqual([]);
  });

  it('that fails says why, with the last lines of its log, and leaves no results', async () => {
    const jobId = await w.probe({ behaviour: 'exit-code' });
    const row = await w.until(jobId, JOB_OVER);
    expect(row).toMatchObject({ state: 'failed', exitCode: 7 });
    expect(row.failure).toEqual({
      code: 'exit-code',
      message: 'The program ended with exit code 7.',
      tail: 'about to fail',
    });
    expect((await w.jobs.get(w.as('pi'), { jobId })).files).toEqual([]);
  });

  it('writes into a folder of its own: earlier results stay', async () => {
    const ids: string[] = [];
    for (let n = 1; n <= 6; n++) ids.push(await w.probe({}));
    for (const id of ids.slice(0, 2)) await w.until(id, JOB_OVER);
    const folders = await Promise.all(ids.map(async (id) => (await w.jobRow(id)).outputPath));
    expect(folders).toEqual(
      ['', '_2', '_3', '_4', '_5', '_6'].map((number) => `processed/lyso/run_1/contract-probe${number}`),
    );
  });

  it('waits for a free place, in the order of coming', async () => {
    const ids: string[] = [];
    for (let k = 0; k < 4; k++) ids.push(await w.probe({ behaviour: 'sleep' }));
    await w.runs.submitWaiting(w.system, { owner: 'worker-a' });
    const { items } = await w.jobs.list(w.as('pi'), { experimentId: w.experiment.id, limit: 10 });
    const states = items.reverse().map((item) => [item.state, item.queuedBefore]);
    expect(states).toEqual([
      ['submitted', null],
      ['submitted', null],
      ['queued', 0],
      ['queued', 1],
    ]);
    for (const jobId of ids) await w.jobs.cancel(w.as('pi'), { jobId });
    while ((await w.runs.observeRuns(w.system, { owner: 'worker-a' })) > 0) await pause(50);
    expect(await w.compute.list()).toEqual([]);
  });

  it('is cancelled at once in the list, and its run ends', async () => {
    const jobId = await w.probe({ behaviour: 'sleep' });
    while (!(await w.logOf(jobId)).includes('sleeping')) await w.until(jobId, ['running']);
    await w.jobs.cancel(w.as('pi'), { jobId });
    expect((await w.jobRow(jobId)).state).toBe('cancelled');
    await expect(w.jobs.cancel(w.as('pi'), { jobId })).rejects.toMatchObject({ code: 'ALREADY_DONE' });
    while ((await w.runs.observeRuns(w.system, { owner: 'worker-a' })) > 0) await pause(50);
    expect(await w.compute.list()).toEqual([]);
    expect(await w.logOf(jobId)).toContain('sleeping');
    expect((await w.jobRow(jobId)).leaseUntil).toBeNull();
  });

  it('whose run vanished fails as lost', async () => {
    const jobId = await w.probe({ behaviour: 'sleep' });
    const { runRef } = await w.until(jobId, ['running']);
    while (!(await w.logOf(jobId)).includes('sleeping')) await w.until(jobId, ['running']);
    const { pid } = JSON.parse(await readFile(join(w.runsDir, runRef!, 'run.json'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    const row = await w.until(jobId, JOB_OVER);
    expect(row).toMatchObject({ state: 'failed', failure: { code: 'lost', tail: 'sleeping' } });
  });

  it('whose machine is shut down in good order is run again from the start', async () => {
    const jobId = await w.probe({ behaviour: 'work', sleepMs: 3000 });
    const before = await w.until(jobId, ['running']);
    while (!(await w.logOf(jobId)).includes('from the job')) await w.until(jobId, ['running']);
    await w.runs.interruptRuns(w.system, { owner: 'worker-a', waitMs: 10_000 });
    expect(await w.jobRow(jobId)).toMatchObject({ state: 'queued', leaseOwner: null });
    const after = await w.until(jobId, JOB_OVER);
    expect(after).toMatchObject({ state: 'succeeded', runRef: before.runRef!.replace(/-1$/, '-2') });
    expect((await w.logOf(jobId)).match(/from the job/g)).toHaveLength(1);
  });

  it('whose program is not of this version fails with a sentence', async () => {
    const without = w.newRuns(w.compute, []);
    const jobId = await w.probe({});
    const row = await w.until(jobId, JOB_OVER, without);
    expect(row).toMatchObject({ state: 'failed', failure: { code: 'start-failed' } });
  });
});

describe('rights', () => {
  it('strangers see nothing and learn nothing', async () => {
    const jobId = await w.probe({});
    const stranger = w.as('stranger');
    const input = {
      experimentId: w.experiment.id,
      datasetId: w.dataset.datasetId,
      templateSlug: 'fast-feedback',
    };
    await expect(w.jobs.get(stranger, { jobId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(w.jobs.log(stranger, { jobId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(w.jobs.cancel(stranger, { jobId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(w.jobs.runTemplate(stranger, input)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(w.jobs.list(stranger, { experimentId: w.experiment.id, limit: 10 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await w.jobs.list(stranger, { limit: 10 })).items).toEqual([]);
    expect((await w.jobs.list(stranger, { instrumentId: w.instrument.id, limit: 10 })).items).toEqual([]);
    const unknown = await w.jobs.get(stranger, { jobId: w.system.newId() }).catch((error) => error.message);
    const hidden = await w.jobs.get(stranger, { jobId }).catch((error) => error.message);
    expect(hidden).toBe(unknown);
  });

  it('a dataset of another experiment cannot be had by naming one’s own', async () => {
    const other = await w.activate('2026-06-01T00:00:00Z', 'Other');
    await expect(
      w.jobs.runTemplate(w.as('pi'), {
        experimentId: other.id,
        datasetId: w.dataset.datasetId,
        templateSlug: 'fast-feedback',
      }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('staff see the jobs of their instrument; lists page without gaps', async () => {
    const ids = [await w.probe({}), await w.probe({}), await w.probe({})];
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<JobsService['list']>> = await w.jobs.list(w.as('staff'), {
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
