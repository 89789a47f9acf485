import { HUB } from './agent/agent-program.ts';
import { loadHubConfig } from './agent/config.ts';
import { readVersion } from './agent/packed.ts';
import { runAgent } from './agent/run-agent.ts';
import { startHub } from './start-hub.ts';

/** Runs the HUB until it is told to stop; exit codes as `runAgent`. */
export function runHub(configFile: string): void {
  runAgent(
    HUB,
    () => loadHubConfig(configFile),
    (config, log) => startHub(config, log, readVersion()),
  );
}
