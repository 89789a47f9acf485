import { ConfigError, config } from '#src/server/config/config.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { createStore, reportOfStore } from '#src/server/storage/create-store.ts';
import { createDataServer } from './data-server.ts';

/** Parts in flight may finish for this long after SIGTERM. */
const GRACE_MS = 5000;

function start(): void {
  const settings = config();
  const log = createLogger('data-server', settings.logLevel);
  const store = createStore(settings);
  const server = createDataServer({ store, webOrigin: settings.webUrl, version: settings.version, log });

  const { dataPort: port, dataHost: host } = settings;
  server.listen(port, host).then(
    () => log.info({ host, port, store: settings.storeDir || settings.s3Bucket }, 'listening'),
    (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const sentence = taken
        ? `Port ${port} is in use: choose another BEAMDECK_DATA_PORT.`
        : `The data server cannot listen on ${host}, port ${port}.`;
      log.fatal({ err: error }, sentence);
      process.exitCode = 1;
    },
  );
  // Told at once, not at the first part.
  store
    .check()
    .then(() => reportOfStore(settings))
    .then(({ lines, fault }) => {
      for (const line of lines) log.info(line);
      if (fault !== null) log.error(fault);
    })
    .catch((error) => log.error({ err: error }, 'the store cannot be used'));

  const stop = () => {
    log.info('stopping');
    void server.stop(GRACE_MS).then(() => log.info('stopped'));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

try {
  start();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
