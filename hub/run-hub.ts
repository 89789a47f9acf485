import { pino } from 'pino';
import { HubConfigError, loadHubConfig } from './agent/config.ts';
import { JournalInUseError } from './agent/journal-database.ts';
import { startHub } from './start-hub.ts';
import { readVersion } from './version.ts';

function refuse(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

function loadOrRefuse(file: string) {
  try {
    return loadHubConfig(file);
  } catch (error) {
    if (error instanceof HubConfigError) refuse(error.message, 2);
    throw error;
  }
}

/**
 * Runs the HUB until SIGTERM or SIGINT. Exit codes: 0 stopped as asked, 1 failed, 2 wrong command line or configuration, 3 another
 * HUB uses the state folder.
 */
export function runHub(configFile: string): void {
  const config = loadOrRefuse(configFile);
  const log = pino({ level: config.logLevel, base: { process: 'hub' } });
  try {
    const hub = startHub(config, log, readVersion());
    let stopping = false;
    const stop = () => {
      if (stopping) return;
      stopping = true;
      hub.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.fatal({ err: error }, 'the HUB did not stop cleanly');
          process.exit(1);
        },
      );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    if (error instanceof JournalInUseError) refuse(error.message, 3);
    refuse(`The HUB cannot start: ${error instanceof Error ? error.message : String(error)}`, 1);
  }
}
