#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { SYNC } from '../agent/agent-program.ts';
import { readVersion } from '../agent/packed.ts';
import { runAgent } from '../agent/run-agent.ts';
import { showFindings } from '../cli/check-agent.ts';
import { endWith, needOne, say, switchUploads } from '../cli/command-line.ts';
import { enrol } from '../cli/enrol.ts';
import { CommandFault, LocalClient } from '../cli/local-client.ts';
import { showStatus } from '../cli/show-status.ts';
import { checkSync, firewallRules } from './check-sync.ts';
import { pull } from './pull/pull-command.ts';
import { startSync } from './start-sync.ts';
import { DEFAULT_CONFIG_FILE, loadSyncConfig, type SyncConfig } from './sync-config.ts';
import { USAGE } from './usage.ts';

/* beamdeck-sync: brings files of a beamline's disk into the store and an experiment's files home, and what can be seen and done on its own machine. */

const OPTIONS = {
  config: { type: 'string', default: DEFAULT_CONFIG_FILE },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Those that need the configuration. */
const COMMANDS = ['run', 'enrol', 'status', 'check', 'pause', 'resume'] as const;
type Command = (typeof COMMANDS)[number];
const isCommand = (name: string): name is Command => COMMANDS.some((one) => one === name);

const TYPE_HELP = 'Type "beamdeck-sync --help" to see what there is.';

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new CommandFault(`${error instanceof Error ? error.message : String(error)}\n${TYPE_HELP}`, 2);
  }
}

async function check(config: SyncConfig, client: LocalClient): Promise<void> {
  const running = await client.statusIfRunning();
  const findings = await checkSync(config, running);
  say('For the firewall:');
  for (const rule of await firewallRules(config, running)) say(`      ${rule}`);
  showFindings(findings, say);
}

async function command(
  name: Exclude<Command, 'run'>,
  rest: readonly string[],
  config: SyncConfig,
): Promise<void> {
  const client = new LocalClient(config.stateDir, SYNC);
  if (name === 'check') return check(config, client);
  if (name === 'status') return say(showStatus(await client.status(), SYNC));
  if (name === 'enrol') return say(await enrol(needOne(rest, 'enrol LICENCE'), config, client, SYNC));
  return switchUploads(name, client, 'files stay where they are, and those that come are sent afterwards');
}

async function main(): Promise<void> {
  const [first, ...own] = process.argv.slice(2);
  if (first === 'pull') return pull(own);
  const { positionals, values } = readArguments();
  const [name, ...rest] = positionals;
  if (values.help || name === undefined || name === 'help') return say(USAGE.trimEnd());
  if (name === 'version') return say(readVersion());
  if (!isCommand(name)) throw new CommandFault(`There is no command "${name}". ${TYPE_HELP}`, 2);
  if (name === 'run') {
    return runAgent(
      SYNC,
      () => loadSyncConfig(values.config),
      (config, log) => startSync(config, log, readVersion()),
    );
  }
  return command(name, rest, loadSyncConfig(values.config));
}

void main().catch(endWith);
