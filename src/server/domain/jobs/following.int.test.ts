import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import { readSpotsFile } from '../../../shared/codecs/spots-file.ts';
import { type IngestWorld, ingestWorld } from '../../../testing/ingest-world.ts';
import { SPOT_CHANNEL, SPOT_GEOMETRY, spotFile } from '../../../testing/spot-frames.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestStore, testStore } from '../../../testing/test-store.ts';
import { createProcessDriver } from '../../compute/process-driver.ts';
import { dataset, job } from '../../db/schema/index.ts';
import { createLogger } from '../../observability/logger.ts';
import { createFilesService } from '../files/files.service.ts';
import { fireTriggers } from '../triggers/fire-triggers.ts';
import { DatasetFeeds } from './dataset-feeds.ts';
import { runJobs } from './job-lease.repository.ts';
import { createJobResultsService } from './job-results.service.ts';
import { createJobRunsService, type JobRunsService } from './job-runs.service.ts';
import { createJobsService, type JobsService } from './jobs.service.ts';

const system = testContext();
const FILES = [
  [40, 0, 25],
  [60, 9, 10],
  [3, 44, 80],
];
const OVER = ['succeeded', 'failed', 'cancelled'];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let database: TestDatabase;
let storage: TestStore;
let runsDir: string;
let jobs: JobsService;
let runs: JobRunsService;
let w: IngestWorld;
let experimentId: string;
let code: string;
let opened: { datasetId: string; base: string };

/** As another worker would have it: it shares nothing with the others but the database and the folder of the runs. */
const newRuns = (capacity = 2) =>
  createJobRunsService({
    db: database.db,
    compute: createProcessDriver({ runsDir, allowUnconfined: true, capacity }),
    store: storage.store,
    files: createFilesService({ db: database.db, store: storage.store }),
    templates: BUILT_IN_TEMPLATES,
    log: createLogger('test', 'silent'),
  });

beforeAll(async () => {
  [database, storage, runsDir] = await Promise.all([
    testDatabase(),
    testStore(),
    mkdtemp(join(tmpdir(), 'beamdeck-runs-')),
  ]);
  jobs = createJobsService({ db: database.db });
  await jobs.ensureBuiltInTemplates(system, BUILT_IN_TEMPLATES);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
  await rm(runsDir, { recursive: true, force: true });
});
beforeEach(async () => {
  runs = newRuns();
  w = await ingestWorld(database.db, storage.store);
  ({ id: experimentId, code } = await w.activate('2026-01-01T00:00:00Z'));
  await jobs.createTrigger(w.as('staff'), {
    ...{ instrumentId: w.instrument.id, name: 'Fast feedback', templateSlug: 'fast-feedback' },
    event: 'dataset.started',
  });
  opened = await w.ingest.openSeries(
    w.agentContext,
    w.series({ channels: [SPOT_CHANNEL], geometry: SPOT_GEOMETRY, framesExpected: 9, framesPerFile: 3 }),
  );
});
afterEach(async () => {
  const { items } = await jobs.list(system, { states: ['queued', 'submitted', 'running'], limit: 100 });
  for (const { id } of items) await jobs.cancel(system, { jobId: id });
  for (const owner of ['worker-a', 'worker-b'])
    while ((await runs.observeRuns(system, { owner })) > 0) await pause(50);
});

const store = (index: number) =>
  w.sendAndComplete(opened, { name: `data_00000${index + 1}.h5`, ...spotFile(3 * index, FILES[index]!) });
const end = () =>
  w.ingest.endSeries(w.agentContext, {
    ...{ datasetId: opened.datasetId, endedAt: new Date().toISOString(), ending: 'end-message' },
    ...{ framesReceived: 9, missing: [], lost: [] },
  });
async function startedJob(): Promise<string> {
  const { jobIds } = await fireTriggers(database.db, system, {
    ...{ event: 'dataset.started', datasetId: opened.datasetId },
  });
  expect(jobIds).toHaveLength(1);
  return jobIds[0]!;
}
const rowOf = async (jobId: string) => (await database.db.select().from(job).where(eq(job.id, jobId)))[0]!;
type Row = Awaited<ReturnType<typeof rowOf>>;

/** Works as `owner` until the job is so; the test's own time limit ends a wait in vain. */
async function until(jobId: string, isSo: (row: Row) => boolean, owner = 'worker-a', service = runs) {
  for (;;) {
    await service.submitWaiting(system, { owner });
    await service.observeRuns(system, { owner });
    const row = await rowOf(jobId);
    if (isSo(row)) return row;
    if (OVER.includes(row.state))
      throw new Error(`ended as ${row.state}: ${row.failure?.message} ${row.failure?.tail}`);
    await pause(20);
  }
}
const hasLookedAt = (frames: number) => (row: Row) => row.metrics.framesAnalysed === frames;
const spotsPerFrame = (bytes: Uint8Array) =>
  [...readSpotsFile(bytes)].map(([frame, spots]) => [frame, spots.length]);
const isOver = (row: Row) => OVER.includes(row.state);

describe('a job that follows its dataset', () => {
  it('is told of frames as they are stored, whichever worker looks after it, and ends with the dataset; its numbers are those of a run on the whole', async () => {
    const jobId = await startedJob();
    await until(jobId, ({ state }) => state === 'running');
    expect(runs.isFollowing()).toBe(true);
    await store(2);
    const first = await until(jobId, hasLookedAt(3));
    expect(first).toMatchObject({ state: 'running', metrics: { framesStored: 3, spotsMax: 80 } });
    // The page shows it meanwhile.
    expect((await jobs.get(w.as('pi'), { jobId })).metrics).toMatchObject({ hitRate: 66.7 });

    // So do the spots on its frames, in the viewer.
    const results = createJobResultsService({ db: database.db, store: storage.store, jobs });
    const spotRuns = () => results.spotRuns(w.as('pi'), { datasetId: opened.datasetId });
    let soFar = await spotRuns();
    for (; soFar.length === 0; soFar = await spotRuns()) {
      await runs.observeRuns(system, { owner: 'worker-a' });
      await pause(20);
    }
    expect(soFar).toMatchObject([
      { jobId, templateName: 'Fast feedback', startedBy: 'Fast feedback', file: null },
    ]);
    const part = await results.show(w.as('pi'), { jobId, path: soFar[0]!.parts[0]!.path });
    expect(spotsPerFrame(part.bytes)).toEqual([
      [7, 3],
      [8, 44],
      [9, 80],
    ]);

    // Its worker is gone: another takes over, and tells what came since.
    await store(0);
    await runs.releaseLeases({ owner: 'worker-a' });
    const other = newRuns();
    await until(jobId, hasLookedAt(6), 'worker-b', other);
    await store(1);
    await end();
    const row = await until(jobId, isOver, 'worker-b', other);
    expect(row).toMatchObject({ state: 'succeeded', runRef: `${jobId}-1`, progress: 1 });
    expect(other.isFollowing()).toBe(false);

    const [over] = await spotRuns();
    expect(over).toMatchObject({ jobId, isResult: true, parts: [], file: { url: expect.any(String) } });
    const stored = await storage.store.readRange(
      `${code}/${row.outputPath}/found.spots`,
      0,
      over!.file!.sizeBytes,
    );
    expect(spotsPerFrame(stored)).toEqual(FILES.flat().map((spots, frame) => [frame + 1, spots]));
    const again = await jobs.runTemplate(w.as('pi'), {
      ...{ experimentId, datasetId: opened.datasetId, templateSlug: 'fast-feedback' },
    });
    const whole = await until(again.jobId, isOver, 'worker-b', other);
    expect(whole.state).toBe('succeeded');
    expect(row.metrics).toEqual(whole.metrics);
    expect(row.plots).toEqual(whole.plots);
    expect((await spotRuns()).map((each) => each.jobId).sort()).toEqual([jobId, again.jobId].sort());
    expect(row.metrics).toMatchObject({ framesAnalysed: 9, framesStored: 9, framesUnreadable: 0 });
  }, 120_000);

  it('that started after the end of the dataset is one look at all of it', async () => {
    const jobId = await startedJob();
    for (const index of [0, 1, 2]) await store(index);
    await end();
    expect(await until(jobId, isOver)).toMatchObject({ state: 'succeeded', metrics: { framesAnalysed: 9 } });
  }, 120_000);

  it('learns nothing of a dataset that is another experiment’s by then, and fails', async () => {
    const jobId = await startedJob();
    await store(0);
    await until(jobId, hasLookedAt(3));
    const elsewhere = await w.prepare('Others');
    // The platform lets nobody give it away while a job works on it; should that ever fail, this holds.
    const away = { experimentId: elsewhere.id, base: 'raw/secret-of-others' };
    await database.db.update(dataset).set(away).where(eq(dataset.id, opened.datasetId));
    const folder = join(runsDir, `${jobId}-1`, 'feed');
    while (!(await readFile(join(folder, 'feed.json'), 'utf8')).includes('null}')) {
      await runs.observeRuns(system, { owner: 'worker-a' });
      if (isOver(await rowOf(jobId))) break;
    }
    for (const name of await readdir(folder).catch(() => []))
      expect(await readFile(join(folder, name), 'utf8')).toBe('{"dataset":null}');
    const row = await until(jobId, isOver);
    expect(row.failure?.tail).toContain('The dataset was given to another experiment');
    expect(JSON.stringify(row)).not.toContain('secret-of-others');
    expect((await jobs.get(w.as('pi'), { jobId })).files).toEqual([]);
  }, 120_000);

  it('of a dataset that was announced every so many frames looks at those that are there', async () => {
    const { triggerId } = await jobs.createTrigger(w.as('staff'), {
      ...{ instrumentId: w.instrument.id, name: 'Fast feedback', templateSlug: 'fast-feedback' },
      event: 'dataset.started',
    });
    const jobId = await startedJob();
    const [run] = await runJobs(database.db, [jobId]);
    const feeds = new DatasetFeeds(storage.store, BUILT_IN_TEMPLATES);
    expect(run!.job.triggerId).toBe(triggerId);
    expect(await feeds.next(database.db, { ...run!, triggerEvent: 'dataset.frames' }, 'x-1')).toBeNull();
    expect(await feeds.next(database.db, run!, 'x-1')).not.toBeNull();
  });

  it('has a place of its own while its dataset grows: a long run does not keep it waiting, nor it any other', async () => {
    const one = newRuns(1);
    const { datasetId } = await w.measureSpots([9, 4]);
    const other = async () => {
      const run = { experimentId, datasetId, templateSlug: 'fast-feedback' };
      return (await jobs.runTemplate(w.as('pi'), run)).jobId;
    };
    const [long, waits] = [await other(), await other()];
    const elsewhere = { state: 'running' as const, leaseOwner: 'elsewhere' };
    await database.db
      .update(job)
      .set({ ...elsewhere, leaseUntil: new Date(Date.now() + 3600_000) })
      .where(eq(job.id, long));
    const follows = await startedJob();
    await until(follows, ({ state }) => state === 'running', 'worker-a', one);
    expect((await rowOf(waits)).state).toBe('queued');
    await database.db
      .update(job)
      .set({ state: 'cancelled', leaseOwner: null, leaseUntil: null })
      .where(eq(job.id, long));
    await until(waits, isOver, 'worker-a', one);
    expect((await rowOf(follows)).state).toBe('running');
  });
});

it('what a run is told waits until the tree shows it, and is told once', async () => {
  const jobId = await startedJob();
  const [run] = await runJobs(database.db, [jobId]);
  let nowMs = 1000;
  const feeds = new DatasetFeeds({ treeDelayMs: 700 }, BUILT_IN_TEMPLATES, () => nowMs);
  const framesTold = async () => {
    const text = await feeds.next(database.db, run!, 'x-1');
    return text === null ? null : JSON.parse(text).dataset.framesStored;
  };
  expect(await framesTold()).toBeNull();
  await store(0);
  nowMs += 400;
  expect(await framesTold()).toBeNull();
  nowMs += 300;
  // The first look, at nothing stored.
  expect(await framesTold()).toBe(0);
  nowMs += 399;
  expect(await framesTold()).toBeNull();
  nowMs += 1;
  expect(await framesTold()).toBe(3);
  nowMs += 10_000;
  expect(await framesTold()).toBeNull();
  // A worker that takes over knows nothing of that and tells it again.
  feeds.keepOnly(new Set());
  expect(await framesTold()).toBeNull();
  nowMs += 700;
  expect(await framesTold()).toBe(3);
});
