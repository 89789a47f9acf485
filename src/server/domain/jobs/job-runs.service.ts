import { setTimeout as sleep } from 'node:timers/promises';
import type { TemplateDefinition } from '../../../shared/contracts/job-template.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { ComputeDriver, RunObservation, RunRequest } from '../../compute/compute.port.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { Logger } from '../../observability/logger.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import type { FilesService } from '../files/files.service.ts';
import { convertSpots } from './convert-spots.ts';
import { DatasetFeeds } from './dataset-feeds.ts';
import { failUnstarted, finishJob, type RunVerdict, verdictOf } from './finish-run.ts';
import { isFinal, transitionJob } from './job.repository.ts';
import { announceJob } from './job-events.ts';
import {
  claimAlive,
  claimWaiting,
  holdClaim,
  holdLease,
  postponeClaim,
  type RunJob,
  releaseAll,
  releaseLease,
  runJobs,
  storeUse,
  updateRun,
} from './job-lease.repository.ts';
import { forgetStoredLog } from './job-log.repository.ts';
import { forgetProvisional, keepProvisional } from './provisional.repository.ts';
import { ProvisionalResults } from './provisional-results.ts';
import { attemptOf, jobIdOf, MAX_ATTEMPTS, nextRunRef } from './run-attempt.ts';
import { copyLog } from './run-log.ts';
import { ReportReader } from './run-reports.ts';
import { runRequestOf } from './run-request.ts';
import { untilShownMs } from './until-shown.ts';

export interface JobRunsDeps {
  db: Database;
  compute: ComputeDriver;
  store: Pick<ObjectStore, 'localTree' | 'openTree' | 'treeDelayMs'>;
  files: Pick<FilesService, 'storeResult'>;
  templates: readonly TemplateDefinition[];
  log: Logger;
}

const OBSERVE_LIMIT = 100;
/** A mounted bucket has no folder of an experiment before its first object: how often that is looked at, and how long a job waits for it. */
const LOOK_FOR_TREE_S = 2;
const WAIT_FOR_TREE_MS = 10 * 60_000;
/** Results that cannot be stored are tried again, for a store may be full or away for a while. */
const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 30_000;
const GIVE_UP_AFTER = 8;
/** Faults that pass by themselves: never a reason to give results up. */
const PASSING: readonly string[] = ['UNAVAILABLE', 'STORE_FULL', 'INTERNAL'];

/**
 * Runs jobs: gives waiting ones to the compute driver, observes those that run, brings log, progress, metrics, plots and files
 * home, and gives each job its final state. A worker does this under a lease per job (`owner` names the worker); every step may be
 * cut short at any point and is done again by the next worker without doing anything twice.
 */
export function createJobRunsService({ db, compute, store, files, templates, log }: JobRunsDeps) {
  const reports = new ReportReader(compute, (runRef, report, fault) =>
    log.warn({ runRef, report, err: fault }, 'a run left a report that cannot be read'),
  );
  const provisional = new ProvisionalResults(compute);
  const feeds = new DatasetFeeds(store, templates);
  const followers = templates.filter(({ follows }) => follows).map(({ entry }) => entry);
  const retries = new Map<string, { tries: number; notBefore: number }>();

  /** Jobs that start with a dataset may come before anything of the experiment is stored. */
  async function mustWaitForTree(ctx: ServiceContext, run: RunJob): Promise<boolean> {
    if (store.localTree(run.experimentCode) === null || (await store.openTree(run.experimentCode)))
      return false;
    if (ctx.now().getTime() - run.job.createdAt.getTime() < WAIT_FOR_TREE_MS) return true;
    throw new AppError('UNAVAILABLE', 'Nothing of the experiment is in the mounted bucket that jobs read.');
  }

  /** Gives one claimed job to the driver. */
  async function submitOne(ctx: ServiceContext, owner: string, run: RunJob): Promise<void> {
    const jobId = run.job.id;
    const fail = async (tx: Transaction, error: unknown) => {
      log.error({ jobId, err: error }, 'a job could not be started');
      await failUnstarted(tx, ctx, run, owner, error instanceof Error ? error.message : String(error));
    };
    let request: RunRequest;
    try {
      await sleep(untilShownMs(run.job.createdAt, ctx.now(), store.treeDelayMs));
      if (await mustWaitForTree(ctx, run)) {
        await postponeClaim(db, { jobId, owner, seconds: LOOK_FOR_TREE_S });
        return;
      }
      request = await runRequestOf(db, { compute, store, templates }, run);
    } catch (error) {
      await db.transaction((tx) => fail(tx, error));
      return;
    }
    const { runRef } = request;
    const submitted = await db.transaction(async (tx) => {
      // Held while the driver starts it: were this worker only slow, another could take the job over, finish it and clear its run
      // away, and the driver, which then knows nothing of it, would start it again.
      if (!(await holdClaim(tx, jobId, owner))) return null;
      let isolation: string;
      try {
        ({ isolation } = await compute.submit(request));
      } catch (error) {
        await fail(tx, error);
        return null;
      }
      const set = { runRef, isolation, submittedAt: ctx.now() };
      const row = await transitionJob(tx, jobId, 'submitted', set, owner);
      if (row) await announceJob(tx, ctx, row, run.instrumentId);
      return row;
    });
    if (submitted) log.info({ jobId, runRef, isolation: submitted.isolation }, 'job submitted');
  }

  /** Results first, then the state: whoever sees "succeeded" finds the files. */
  async function storeResults(ctx: ServiceContext, run: RunJob, runRef: string): Promise<void> {
    const { experimentId, datasetId, outputPath } = run.job;
    if (outputPath === null) return;
    const left = await compute.listOutput(runRef);
    const results = left.map(({ path }) => ({ path, body: () => compute.readOutput(runRef, path) }));
    const converted = await convertSpots(compute, runRef, run.template.outputs, left);
    for (const { path, body } of [...results, ...converted]) {
      await files.storeResult(ctx, {
        ...{ experimentId, datasetId },
        ...{ path: `${outputPath}/${path}`, body: body() },
      });
    }
  }

  async function storeReports(ctx: ServiceContext, owner: string, run: RunJob, runRef: string) {
    const changes = await reports.changes(runRef);
    if (Object.keys(changes).length === 0) return;
    try {
      await db.transaction(async (tx) => {
        if (!(await holdLease(tx, run.job.id, owner))) return;
        await updateRun(tx, run.job.id, {
          ...changes,
          plots: changes.plots as unknown as Record<string, unknown>[] | undefined,
        });
        const progress = changes.progress ?? run.job.progress;
        await announceJob(tx, ctx, { ...run.job, progress }, run.instrumentId);
      });
    } catch (error) {
      reports.forget(runRef);
      throw error;
    }
  }

  /** What a run has left so far: people watch their results grow. What is left when it ends is stored as results then. */
  async function storeProvisional(ctx: ServiceContext, owner: string, run: RunJob, runRef: string) {
    const changes = await provisional.changes(db, run.job.id, runRef);
    if (!changes) return;
    try {
      await db.transaction(async (tx) => {
        if (!(await holdLease(tx, run.job.id, owner))) return;
        await keepProvisional(tx, run.job.id, changes);
        await announceJob(tx, ctx, run.job, run.instrumentId);
      });
    } catch (error) {
      provisional.forget(runRef);
      throw error;
    }
  }

  /** Returns whether there may be more: a log of gigabytes is brought home look by look, between those at other runs. */
  async function storeLog(ctx: ServiceContext, owner: string, run: RunJob, runRef: string): Promise<boolean> {
    const { seq, more } = await copyLog({ db, compute, ctx, owner, jobId: run.job.id, runRef });
    if (seq === null) return false;
    await db.transaction((tx) =>
      publish(tx, ctx, { topics: [`job:${run.job.id}`], kind: 'job.log', data: { jobId: run.job.id, seq } }),
    );
    return more;
  }

  async function requeue(ctx: ServiceContext, owner: string, run: RunJob): Promise<void> {
    await db.transaction(async (tx) => {
      const set = { leaseOwner: null, leaseUntil: null, startedAt: null, submittedAt: null, progress: 0 };
      const row = await transitionJob(tx, run.job.id, 'queued', set, owner);
      if (!row) return;
      await forgetStoredLog(tx, row.id, ctx.now());
      await forgetProvisional(tx, row.id);
      await recordAudit(tx, ctx, {
        action: 'job.requeue',
        entityKind: 'job',
        entityId: row.id,
        experimentId: row.experimentId,
        detail: { attempt: attemptOf(row.runRef) },
      });
      await announceJob(tx, ctx, row, run.instrumentId);
    });
  }

  async function clearAway(runRef: string): Promise<void> {
    reports.forget(runRef);
    provisional.forget(runRef);
    feeds.forget(runRef);
    try {
      await compute.remove(runRef);
    } catch (error) {
      // What is left is swept later; the job is done.
      log.warn({ runRef, err: error }, 'the folder of a run could not be removed');
    }
  }

  /** Whether a failed try to store results is worth another; throws nothing. */
  function retryOrGiveUp(runRef: string, error: unknown): RunVerdict | null {
    const code = error instanceof AppError ? error.code : 'INTERNAL';
    const tries = (retries.get(runRef)?.tries ?? 0) + 1;
    const isFull = code === 'NOT_COVERED';
    const hopeless = isFull || code === 'TOO_LARGE' || (tries >= GIVE_UP_AFTER && !PASSING.includes(code));
    if (hopeless) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The results could not be stored: ${reason}`;
      return { state: 'failed', code: isFull ? 'storage-full' : 'results', message };
    }
    const waitMs = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** (tries - 1));
    retries.set(runRef, { tries, notBefore: Date.now() + waitMs });
    log.error({ runRef, tries, waitMs, err: error }, 'the results of a run could not be stored yet');
    return null;
  }

  async function finish(
    ctx: ServiceContext,
    owner: string,
    run: RunJob,
    runRef: string,
    seen: RunObservation,
  ): Promise<void> {
    if ((retries.get(runRef)?.notBefore ?? 0) > Date.now()) return;
    if (seen.ending === 'interrupted' && attemptOf(runRef) < MAX_ATTEMPTS) {
      await requeue(ctx, owner, run);
      await clearAway(runRef);
      return;
    }
    let verdict = verdictOf(seen);
    if (verdict.state === 'succeeded') {
      try {
        await storeResults(ctx, run, runRef);
      } catch (error) {
        const given = retryOrGiveUp(runRef, error);
        if (!given) return;
        verdict = given;
      }
    }
    const row = await db.transaction((tx) => finishJob(tx, ctx, { run, owner, verdict, seen }));
    retries.delete(runRef);
    // Null: cancelled just now, or taken over; whoever has it clears the run away.
    if (!row) return;
    await clearAway(runRef);
    log.info({ jobId: row.id, runRef, state: row.state, failure: row.failure?.code }, 'job finished');
  }

  /** A cancelled job's run is ended, its last words are kept, its folder goes; then the lease ends and nobody looks again. */
  async function clearCancelled(ctx: ServiceContext, owner: string, run: RunJob, runRef: string) {
    const seen = await compute.observe(runRef);
    if (seen.state === 'pending' || seen.state === 'running') {
      await compute.cancel(runRef, 'cancelled');
      return;
    }
    if (await storeLog(ctx, owner, run, runRef)) return;
    if (seen.use) await storeUse(db, run.job.id, seen.use);
    await db.transaction((tx) => forgetProvisional(tx, run.job.id));
    await clearAway(runRef);
    await releaseLease(db, run.job.id, owner);
  }

  /** Tells a run that follows its dataset how that has grown. One that cannot be told is observed all the same. */
  async function feedRun(owner: string, run: RunJob, runRef: string): Promise<void> {
    try {
      const text = await feeds.next(db, run, runRef);
      if (text === null) return;
      await db.transaction(async (tx) => {
        // Held meanwhile, or a slow worker could put what is old in place of what the one that took over has told.
        if (await holdLease(tx, run.job.id, owner)) await compute.feed(runRef, text);
        else feeds.forget(runRef);
      });
    } catch (error) {
      feeds.forget(runRef);
      log.warn({ runRef, err: error }, 'a run cannot be told how its dataset grows');
    }
  }

  async function observeOne(ctx: ServiceContext, owner: string, run: RunJob): Promise<void> {
    const runRef = run.job.runRef ?? nextRunRef(run.job.id, null);
    if (run.job.state === 'cancelled') {
      await clearCancelled(ctx, owner, run, runRef);
      return;
    }
    const seen = await compute.observe(runRef);
    if (seen.state === 'running' && run.job.state === 'submitted') {
      await db.transaction(async (tx) => {
        const row = await transitionJob(tx, run.job.id, 'running', { startedAt: seen.startedAt }, owner);
        if (row) await announceJob(tx, ctx, row, run.instrumentId);
        run.job.state = row?.state ?? run.job.state;
      });
    }
    const over = seen.state === 'exited' || seen.state === 'lost';
    if (!over) await feedRun(owner, run, runRef);
    const more = await storeLog(ctx, owner, run, runRef);
    if (over && more) return;
    await storeReports(ctx, owner, run, runRef);
    if (!over) await storeProvisional(ctx, owner, run, runRef);
    if (over) await finish(ctx, owner, run, runRef, seen);
  }

  /** One look at every run this worker is to observe. Returns how many there were; one that fails does not hold up the others. */
  async function observeRuns(ctx: ServiceContext, input: { owner: string }): Promise<number> {
    const jobIds = await claimAlive(db, { owner: input.owner, limit: OBSERVE_LIMIT });
    const runs = await runJobs(db, jobIds);
    feeds.keepOnly(new Set(runs.flatMap(({ job }) => job.runRef ?? [])));
    for (const run of runs) {
      try {
        await observeOne(ctx, input.owner, run);
      } catch (error) {
        log.error({ jobId: run.job.id, err: error }, 'a run could not be observed');
      }
    }
    return jobIds.length;
  }

  return {
    /** Starts waiting jobs while there are free places. Returns how many were taken. */
    async submitWaiting(ctx: ServiceContext, input: { owner: string }): Promise<number> {
      for (let taken = 0; ; taken++) {
        const claim = { owner: input.owner, capacity: compute.capacity, followers };
        const jobId = await db.transaction(
          async (tx) =>
            (await claimWaiting(tx, { ...claim, beside: true })) ??
            (await claimWaiting(tx, { ...claim, beside: false })),
        );
        const [run] = jobId === null ? [] : await runJobs(db, [jobId]);
        if (!run) return taken;
        await submitOne(ctx, input.owner, run);
      }
    },

    observeRuns,

    /**
     * Ends this worker's runs because its machine is shut down in good order; their jobs go back to the queue. Gives up waiting after
     * `waitMs`: whoever starts next finds how they ended.
     */
    async interruptRuns(ctx: ServiceContext, input: { owner: string; waitMs: number }): Promise<void> {
      const jobIds = await claimAlive(db, { owner: input.owner, limit: OBSERVE_LIMIT });
      const runs = await runJobs(db, jobIds);
      for (const { job } of runs) {
        if (job.runRef !== null) await compute.cancel(job.runRef, 'interrupted');
      }
      const deadline = Date.now() + input.waitMs;
      while (Date.now() < deadline && (await observeRuns(ctx, input)) > 0) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },

    /** Lets another worker take over at once instead of when the leases end. */
    async releaseLeases(input: { owner: string }): Promise<void> {
      await releaseAll(db, input.owner);
    },

    /** Removes what killed workers left behind of runs whose job is over, or not in this database. */
    async sweepRuns(): Promise<number> {
      const runRefs = await compute.list();
      const over = await isFinal(db, runRefs.map(jobIdOf));
      let removed = 0;
      for (const runRef of runRefs) {
        if (!over.has(jobIdOf(runRef))) continue;
        const { state } = await compute.observe(runRef);
        if (state !== 'exited' && state !== 'lost') continue;
        await clearAway(runRef);
        removed++;
      }
      return removed;
    },

    /** Whether a run follows a dataset: looking often shows its frames soon. */
    isFollowing: () => feeds.isBusy,

    /** Calls back when looking at the runs may be worth while. */
    onRunEnd: (listener: () => void) => compute.onEnd(listener),

    isolation: () => compute.isolation(),
  };
}

export type JobRunsService = ReturnType<typeof createJobRunsService>;
