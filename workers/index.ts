import { ConfigError, config } from '#src/server/config/config.ts';
import { createWorkerContainer } from '#src/server/worker-container.ts';
import { awaitDatabase } from './await-database.ts';
import { startWorker } from './worker.ts';

/** The worker process: queue, triggers, jobs. Any number may run; each job is looked after by one at a time. */
async function main(): Promise<void> {
  const services = createWorkerContainer(config(), 'worker');
  const { log, jobRuns, config: settings } = services;
  await awaitDatabase(services);
  const worker = await startWorker(services);
  log.info({ owner: worker.owner, runsDir: settings.runsDir }, 'working');
  jobRuns.isolation().then(
    (isolation) => log.info({ isolation }, 'jobs are confined by'),
    (error: unknown) => log.error({ err: error }, 'jobs cannot be run'),
  );

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    log.info('stopping');
    try {
      await worker.stop();
      await services.close();
      log.info('stopped');
    } catch (error) {
      log.error({ err: error }, 'did not stop in good order');
      process.exitCode = 1;
    }
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}

try {
  await main();
} catch (error) {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else
    process.stderr.write(
      `The worker cannot start: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
  process.exit(1);
}
