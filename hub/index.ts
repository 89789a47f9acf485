import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { HubConfigError, loadHubConfig } from './agent/config.ts';
import { JournalInUseError } from './agent/journal-database.ts';
import { startHub } from './start-hub.ts';

/*
 * The HUB process: node hub/index.ts --config FILE
 * Exit codes: 0 stopped as asked, 1 failed, 2 wrong command line or configuration, 3 another HUB uses the state folder.
 */

function refuse(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

function readConfigPath(): string {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' } } });
    if (values.config) return values.config;
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error), 2);
  }
  refuse('Usage: node hub/index.ts --config FILE', 2);
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function loadOrRefuse(file: string) {
  try {
    return loadHubConfig(file);
  } catch (error) {
    if (error instanceof HubConfigError) refuse(error.message, 2);
    throw error;
  }
}

const config = loadOrRefuse(readConfigPath());
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
