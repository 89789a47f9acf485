import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUILT_IN_TEMPLATES } from '../../../../templates/index.ts';
import { chargingWorld } from '../../../testing/charging-world.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { dataFile, type IngestWorld, ingestWorld } from '../../../testing/ingest-world.ts';
import { mailsTo, proveAddress } from '../../../testing/mails.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestStore, testStore } from '../../../testing/test-store.ts';
import { audit, experiment, experimentNotice, facility, job } from '../../db/schema/index.ts';
import { createJobsService } from '../jobs/jobs.service.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
const system = testContext();

beforeAll(async () => {
  storage = await testStore();
});
afterAll(() => storage?.close());
// A database for each: a sweep counts what it does to all experiments.
beforeEach(async () => {
  database = await testDatabase();
  w = await ingestWorld(database.db, storage.store);
});
afterEach(() => database?.drop());

const keepAt = async (iso: string) => {
  system.at(iso);
  return w.experiments.keepDates(system);
};
const rowOf = async (id: string) => (await w.db.select().from(experiment).where(eq(experiment.id, id)))[0]!;
const noticesOf = async (id: string) =>
  (
    await w.db
      .select()
      .from(experimentNotice)
      .where(eq(experimentNotice.experimentId, id))
      .orderBy(experimentNotice.createdAt)
  ).map(({ kind }) => kind);

const end = (datasetId: string) =>
  w.ingest.endSeries(w.agentContext, {
    datasetId,
    endedAt: new Date().toISOString(),
    ending: 'end-message',
    framesReceived: 10,
    missing: [],
    lost: [],
  });

/** Planned until 2 May 2026 08:00 UTC, active since 30 April 08:00. */
async function planned() {
  const staff = w.as('staff');
  staff.at('2026-04-30T08:00:00Z');
  const { id } = await w.prepare('Planned', staff);
  await w.experiments.edit(staff, {
    experimentId: id,
    version: 1,
    plannedEnd: new Date('2026-05-02T08:00:00Z'),
  });
  await w.experiments.activate(staff, { experimentId: id });
  return { id, staff };
}

/** Finished on 1 May 2026 08:00 UTC, with a window of 30 days: until 31 May. */
async function finished() {
  await w.db.update(facility).set({ processingWindowDays: 30 }).where(eq(facility.id, w.facility.id));
  const { id, staff } = await planned();
  staff.at('2026-05-01T08:00:00Z');
  await w.experiments.finish(staff, { experimentId: id });
  return { id, staff };
}

describe('the planned end', () => {
  it('ends no experiment that is active: it is told once', async () => {
    const { id } = await planned();
    expect(await keepAt('2026-05-02T07:59:59Z')).toMatchObject({ finished: 0, overdue: 0 });
    expect(await keepAt('2026-05-02T08:00:00Z')).toMatchObject({ finished: 0, overdue: 1 });
    expect(await keepAt('2026-05-09T08:00:00Z')).toMatchObject({ finished: 0, overdue: 0 });
    expect(await rowOf(id)).toMatchObject({ state: 'running', finishedAt: null });
    expect(await noticesOf(id)).toEqual(['planned-end-passed']);
  });

  it('ends none that data still arrive for, and the one whose last dataset has ended', async () => {
    const { id, staff } = await planned();
    const series = await w.ingest.openSeries(w.agentContext, w.series({ startedAt: '2026-05-02T07:00:00Z' }));
    expect((await w.row(series.datasetId)).experimentId).toBe(id);
    staff.at('2026-05-02T09:30:00Z');
    await w.experiments.deactivate(staff, { instrumentId: w.instrument.id });
    expect(await keepAt('2026-05-02T10:00:00Z')).toMatchObject({ finished: 0, overdue: 1 });
    await w.sendAndComplete(series, dataFile(1, 0, 10));
    await end(series.datasetId);
    expect(await keepAt('2026-05-02T11:00:00Z')).toMatchObject({ finished: 1 });
    // It measured beyond its plan: its window counts from when it was last active.
    expect(await rowOf(id)).toMatchObject({
      state: 'processing',
      finishedAt: new Date('2026-05-02T09:30:00Z'),
    });
  });

  it('leaves alone what was never measured', async () => {
    const { id } = await w.prepare('Never');
    await w.experiments.edit(w.as('staff'), {
      experimentId: id,
      version: 1,
      plannedEnd: new Date('2026-05-02T08:00:00Z'),
    });
    await keepAt('2027-05-02T08:00:00Z');
    expect((await rowOf(id)).state).toBe('preparation');
  });
});

describe('the processing window', () => {
  it('begins when it is finished, is taken back with it, and is given to what was finished before there were windows', async () => {
    const { id, staff } = await finished();
    expect((await rowOf(id)).processingUntil).toEqual(new Date('2026-05-31T08:00:00Z'));
    await w.experiments.reopen(staff, { experimentId: id });
    expect(await rowOf(id)).toMatchObject({ state: 'running', finishedAt: null, processingUntil: null });
    expect(await codeOf(w.experiments.reopen(staff, { experimentId: id }))).toBe('CONFLICT');
    await w.experiments.finish(staff, { experimentId: id });
    await w.db.update(experiment).set({ processingUntil: null }).where(eq(experiment.id, id));
    await keepAt('2026-05-02T08:00:00Z');
    expect((await rowOf(id)).processingUntil).toEqual(new Date('2026-05-31T08:00:00Z'));
  });

  it('is announced 14, 3 and 1 day before its end, each once, and then closes the experiment', async () => {
    const { id } = await finished();
    for (const day of ['16', '17', '18', '28', '29', '30']) await keepAt(`2026-05-${day}T09:00:00Z`);
    expect(await noticesOf(id)).toEqual(['processing-ends-14d', 'processing-ends-3d', 'processing-ends-1d']);
    expect(await keepAt('2026-05-31T08:00:00Z')).toMatchObject({ closed: 1 });
    expect(await keepAt('2026-05-31T09:00:00Z')).toMatchObject({ closed: 0 });
    expect((await rowOf(id)).state).toBe('closed');
    expect((await noticesOf(id)).at(-1)).toBe('processing-over');
  });

  it('is announced by mail to those who can ask for more, once each, on the facility’s clocks', async () => {
    const { id } = await finished();
    for (const who of ['pi', 'staff', 'stranger'] as const) await proveAddress(w.db, w.people[who]);
    for (const hour of ['09', '10']) await keepAt(`2026-05-18T${hour}:00:00Z`);
    await keepAt('2026-05-30T12:00:00Z');
    const mails = await mailsTo(w.db, w.people.pi);
    expect(mails.map(({ kind, uselessAt }) => [kind, uselessAt])).toEqual(
      Array(2).fill(['experiment-ends', new Date('2026-05-31T08:00:00Z')]),
    );
    const { code } = await rowOf(id);
    expect(mails[0]).toMatchObject({
      subject: `Analysis of ${code} ends on Sun 31 May 2026, 10:00 CEST (Europe/Berlin)`,
      link: `/experiments/${code}`,
    });
    for (const other of ['staff', 'stranger'] as const) {
      expect(await mailsTo(w.db, w.people[other])).toEqual([]);
    }
  });

  it('tells only the nearest when nothing swept for long', async () => {
    const { id } = await finished();
    await keepAt('2026-05-30T12:00:00Z');
    expect(await noticesOf(id)).toEqual(['processing-ends-1d']);
  });

  it('over: jobs are refused with the date, by triggers too, until it is prolonged', async () => {
    const { id } = await finished();
    const jobs = createJobsService({ db: w.db });
    await jobs.ensureBuiltInTemplates(testContext(), BUILT_IN_TEMPLATES);
    const { datasetId } = await w.ingest.openSeries(
      w.agentContext,
      w.series({ startedAt: '2026-04-30T12:00:00Z' }),
    );
    await end(datasetId);
    await jobs.createTrigger(testContext(), {
      instrumentId: w.instrument.id,
      name: 'Feedback',
      templateSlug: 'fast-feedback',
    });
    const pi = w.as('pi');
    const run = () => jobs.runTemplate(pi, { experimentId: id, datasetId, templateSlug: 'fast-feedback' });
    pi.at('2026-05-31T07:59:59Z');
    await run();
    pi.at('2026-05-31T08:00:00Z');
    // The window ends on the second, whether or not anything has swept.
    await expect(run()).rejects.toMatchObject({
      code: 'PROCESSING_OVER',
      message: expect.stringContaining('ended on Sun 31 May 2026, 10:00 CEST'),
      details: { until: '2026-05-31T08:00:00.000Z' },
    });
    const triggered = testContext();
    triggered.at('2026-05-31T08:00:00Z');
    expect(await jobs.startTriggered(triggered, { datasetId })).toEqual({ jobIds: [] });
    const [refused] = await w.db.select().from(audit).where(eq(audit.action, 'job.refuse'));
    expect(refused).toMatchObject({ experimentId: id, entityId: datasetId });
    await w.db.update(experiment).set({ state: 'closed' }).where(eq(experiment.id, id));
    const staff = w.as('staff');
    staff.at('2026-06-02T08:00:00Z');
    await w.experiments.prolong(staff, { experimentId: id, until: new Date('2026-07-01T00:00:00Z') });
    expect((await rowOf(id)).state).toBe('processing');
    pi.at('2026-06-02T09:00:00Z');
    await run();
    expect(await w.db.select().from(job).where(eq(job.experimentId, id))).toHaveLength(2);
  });

  it('over: a job that runs then goes on, succeeds, and its results are stored', async () => {
    const running = await chargingWorld(w.db, storage);
    const { id } = running.experiment;
    const jobId = await running.start();
    await running.startWaiting();
    await w.db.update(facility).set({ processingWindowDays: 30 }).where(eq(facility.id, running.facility.id));
    const staff = running.as('staff');
    staff.at('2026-05-01T08:00:00Z');
    await running.experiments.finish(staff, { experimentId: id });
    expect(await keepAt('2026-05-31T08:00:00Z')).toMatchObject({ closed: 1 });
    expect((await rowOf(id)).state).toBe('closed');
    expect((await running.rowOf(jobId)).state).toBe('running');
    running.compute.leave(`${jobId}-1`, 'summary.txt');
    running.compute.end(`${jobId}-1`, 1000);
    await running.observe();
    expect(await running.rowOf(jobId)).toMatchObject({ state: 'succeeded', failure: null });
    const { files } = await running.jobs.get(running.as('pi'), { jobId });
    expect(files.map(({ name }) => name)).toEqual(['summary.txt']);
  });
});
