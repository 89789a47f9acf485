import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { RunnerOptions } from 'graphile-worker';
import { openPool } from '#src/server/db/pool.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import type { WorkerContainer } from '#src/server/worker-container.ts';
import { watchAbandonedTasks } from './abandoned-tasks.ts';
import { AlarmLoop } from './alarm-loop.ts';
import { onceDatabaseAnswers } from './await-database.ts';
import { CRONTAB } from './crontab.ts';
import { startQueue } from './queue.ts';
import { queueLog } from './queue-log.ts';
import { RunLoop } from './run-loop.ts';
import { toTask, type WorkerParts } from './task.ts';
import { checkTemplate } from './tasks/check-template.ts';
import { foldFolders } from './tasks/fold-folders.ts';
import { makePreviews } from './tasks/make-previews.ts';
import { moveData } from './tasks/move-data.ts';
import { placeFiles } from './tasks/place-files.ts';
import { postWebhook } from './tasks/post-webhook.ts';
import { removeFiles } from './tasks/remove-files.ts';
import { sendMail } from './tasks/send-mail.ts';
import { sendPasswordLink } from './tasks/send-password-link.ts';
import { startTriggeredJobs } from './tasks/start-triggered-jobs.ts';
import { submitJob } from './tasks/submit-job.ts';
import { sweep } from './tasks/sweep.ts';
import { verifyData } from './tasks/verify-data.ts';
import { watchStorage } from './tasks/watch-storage.ts';

/** How soon runs must end when the worker is stopped in good order; less than what process managers grant. */
const INTERRUPT_MS = 6000;

export interface RunningWorker {
  /** The name under which it holds leases. */
  owner: string;
  stop(): Promise<void>;
}

/** Starts the queue's tasks and the loop that runs jobs. The database must be migrated. */
export async function startWorker(services: WorkerContainer): Promise<RunningWorker> {
  const { config, log, jobs, jobRuns, templates, templateChecks } = services;
  const owner = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
  await onceDatabaseAnswers(log, () => jobs.ensureBuiltInTemplates(systemContext('worker'), templates));

  // A pool of its own: the queue listens on one connection and must not wait for services.
  const { pool, close } = openPool(config.databaseUrl, {
    max: config.workerConcurrency + 2,
    name: 'queue',
    log,
  });

  const runLoop = new RunLoop(jobRuns, owner, log);
  const parts: WorkerParts = { services, runLoop };
  const settings: RunnerOptions = {
    pgPool: pool,
    concurrency: config.workerConcurrency,
    noHandleSignals: true,
    pollInterval: 2000,
    crontab: CRONTAB,
    logger: queueLog(log),
    taskList: {
      [checkTemplate.name]: toTask(checkTemplate, parts),
      [foldFolders.name]: toTask(foldFolders, parts),
      [makePreviews.name]: toTask(makePreviews, parts),
      [moveData.name]: toTask(moveData, parts),
      [placeFiles.name]: toTask(placeFiles, parts),
      [postWebhook.name]: toTask(postWebhook, parts),
      [removeFiles.name]: toTask(removeFiles, parts),
      [sendMail.name]: toTask(sendMail, parts),
      [sendPasswordLink.name]: toTask(sendPasswordLink, parts),
      [startTriggeredJobs.name]: toTask(startTriggeredJobs, parts),
      [submitJob.name]: toTask(submitJob, parts),
      [sweep.name]: toTask(sweep, parts),
      [verifyData.name]: toTask(verifyData, parts),
      [watchStorage.name]: toTask(watchStorage, parts),
    },
  };
  const queue = await onceDatabaseAnswers(log, () => startQueue(settings, log));
  runLoop.start();
  const stopping = new AbortController();
  // Somebody may have installed something while no worker ran. Not waited for: runs are under way by now, and whoever started this must be able to stop it.
  const checked = templateChecks
    .checkAll(systemContext('worker'), stopping.signal)
    .catch((error: unknown) => log.warn({ err: error }, 'what templates need could not be looked for'));
  const alarmLoop = new AlarmLoop(services.alarmWatch, log);
  alarmLoop.start();
  const stopWatching = watchAbandonedTasks(pool, log);
  return {
    owner,
    async stop() {
      stopping.abort();
      await stopWatching();
      await alarmLoop.stop();
      await queue.stop();
      await runLoop.stop();
      await jobRuns.interruptRuns(systemContext('worker'), { owner, waitMs: INTERRUPT_MS });
      await jobRuns.releaseLeases({ owner });
      await checked;
      await close();
    },
  };
}
