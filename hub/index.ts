import { parseArgs } from 'node:util';
import { runHub } from './run-hub.ts';

/* The HUB process: node hub/index.ts --config FILE; the same as `beamdeck-hub run`. */

const USAGE = 'Usage: node hub/index.ts --config FILE';

function readConfigPath(): string {
  let problem = USAGE;
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' } } });
    if (values.config) return values.config;
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}

runHub(readConfigPath());
