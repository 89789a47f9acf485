import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountBucket, NO_MOUNT } from '#scripts/lib/rclone-mount.ts';
import { NO_RGW } from '#scripts/lib/throwaway-rgw.ts';
import { BUILT_IN_TEMPLATES } from '#templates/index.ts';
import { type IngestWorld, ingestWorld } from '../../testing/ingest-world.ts';
import { PROBE_TEMPLATE } from '../../testing/probe-template.ts';
import { sharedBucket } from '../../testing/shared-bucket.ts';
import { WorkerProcesses } from '../../testing/spawn-worker.ts';
import { testContext } from '../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../testing/test-database.ts';
import { type TestS3Store, testS3Store } from '../../testing/test-s3-store.ts';
import { createProcessDriver } from '../compute/process-driver.ts';
import { file, job } from '../db/schema/index.ts';
import { createJobRunsService } from '../domain/jobs/job-runs.service.ts';
import { createJobsService } from '../domain/jobs/jobs.service.ts';
import { createLogger } from '../observability/logger.ts';
import type { S3Settings } from './s3-connection.ts';

const missing = [NO_RGW, NO_MOUNT].filter((reason) => reason !== null).join('; ');

/** A real worker on an installation whose store is a bucket: what measuring starts by itself reads the mounted tree (docs/decisions/0016). */
describe.skipIf(missing !== '')(`triggers on a bucket of Ceph RGW${missing && ` (${missing})`}`, () => {
  let bucket: S3Settings;
  let mount: Awaited<ReturnType<typeof mountBucket>>;
  let storage: TestS3Store;
  let database: TestDatabase;
  let runsDir: string;
  let workers: WorkerProcesses;
  let w: IngestWorld;
  beforeAll(async () => {
    bucket = await sharedBucket();
    mount = await mountBucket(bucket);
    const { endpoint, region, accessKey, secretKey } = bucket;
    [storage, database, runsDir] = await Promise.all([
      testS3Store(bucket, { mountDir: mount.dir }),
      testDatabase(),
      mkdtemp(join(tmpdir(), 'beamdeck-runs-')),
    ]);
    workers = new WorkerProcesses(
      { databaseUrl: database.url, storeDir: '', runsDir },
      {
        BEAMDECK_STORE: 's3',
        BEAMDECK_S3_ENDPOINT: endpoint,
        BEAMDECK_S3_REGION: region,
        BEAMDECK_S3_BUCKET: bucket.bucket,
        BEAMDECK_S3_ACCESS_KEY: accessKey,
        BEAMDECK_S3_SECRET_KEY: secretKey,
        BEAMDECK_S3_MOUNT_DIR: mount.dir,
      },
    );
    w = await ingestWorld(database.db, storage.store);
    const jobs = createJobsService({ db: database.db });
    await jobs.ensureBuiltInTemplates(testContext(), [...BUILT_IN_TEMPLATES, PROBE_TEMPLATE]);
    await jobs.createTrigger(w.as('staff'), {
      instrumentId: w.instrument.id,
      name: 'Fast feedback',
      templateSlug: 'fast-feedback',
    });
    workers.start();
  });
  afterAll(async () => {
    await workers?.endAll();
    await storage?.close();
    await database?.drop();
    await mount?.close();
    await rm(runsDir, { recursive: true, force: true });
  });

  /** Whatever the mount knows of the folders, it has just asked for: what is stored a moment later it knows nothing of. */
  function lookAllTheTime(folders: readonly string[]): () => Promise<void> {
    let isOn = true;
    const looking = (async () => {
      for (; isOn; await sleep(20)) for (const folder of folders) await readdir(folder).catch(() => []);
    })();
    return async () => {
      isOn = false;
      await looking;
    };
  }

  const jobOf = async (datasetId: string) =>
    (await database.db.select().from(job).where(eq(job.datasetId, datasetId)))[0];
  async function untilOver(datasetId: string) {
    for (;;) {
      const found = await jobOf(datasetId);
      if (found && ['succeeded', 'failed', 'cancelled'].includes(found.state)) return found;
      await sleep(50);
    }
  }

  // The experiment's folder is as new to the mount as its files are; several, since what the mount asks for when is chance.
  it.each([1, 2, 3, 4])(
    'a finished dataset is processed, and its results are stored (experiment %i)',
    async (nth) => {
      const experiment = await w.activate(`2026-0${nth}-01T00:00:00Z`);
      const tree = storage.store.localTree(experiment.code)!;
      await expect(stat(tree)).rejects.toMatchObject({ code: 'ENOENT' });
      const stop = lookAllTheTime([mount.dir, tree, join(tree, 'raw')]);
      const { datasetId } = await w.measureSpots([9, 4, 16]);
      const over = await untilOver(datasetId);
      await stop();
      expect(over.failure).toBeNull();
      expect(over).toMatchObject({ state: 'succeeded', metrics: { spotsMedian: 9, spotsMax: 16 } });

      const results = await database.db
        .select()
        .from(file)
        .where(
          and(eq(file.experimentId, experiment.id), sql`starts_with(${file.path}, ${over.outputPath!})`),
        );
      expect(results).not.toEqual([]);
      for (const { storeKey, sizeBytes, path } of results) {
        const stored = Buffer.from(await storage.store.readRange(storeKey, 0, sizeBytes));
        expect(stored.length).toBe(sizeBytes);
        // The next job finds them where this one found its data.
        let seen: Buffer | null = null;
        while (!seen?.equals(stored)) {
          await sleep(20);
          seen = await readFile(join(tree, path)).catch(() => null);
        }
      }
    },
  );

  // As fast as a quiet machine is: nothing between what is stored and the start of its job. Several, since the mount asks when it likes.
  it('a job that starts at once sees what had just been stored', async () => {
    const system = testContext();
    const compute = createProcessDriver({
      runsDir: `${runsDir}/at-once`,
      allowUnconfined: true,
      capacity: 8,
    });
    const jobs = createJobsService({ db: database.db });
    const runs = createJobRunsService({
      ...{ db: database.db, compute, store: storage.store, files: w.files },
      ...{ templates: BUILT_IN_TEMPLATES, log: createLogger('test', 'silent') },
    });
    await workers.endAll();
    for (let nth = 0; nth < 6; nth++) {
      const experiment = await w.activate(`2026-05-0${nth + 1}T00:00:00Z`);
      const stop = lookAllTheTime([mount.dir, storage.store.localTree(experiment.code)!]);
      await sleep(nth * 90);
      const { datasetId } = await w.measureSpots([9, 4, 16]);
      await jobs.startTriggered(system, { datasetId });
      await runs.submitWaiting(system, { owner: 'at-once' });
      const started = (await jobOf(datasetId))!;
      expect(started.failure).toBeNull();
      while (!['succeeded', 'failed'].includes((await jobOf(datasetId))!.state)) {
        await runs.observeRuns(system, { owner: 'at-once' });
        await sleep(50);
      }
      await stop();
      expect(await jobOf(datasetId)).toMatchObject({ failure: null, state: 'succeeded' });
    }
  });
});
