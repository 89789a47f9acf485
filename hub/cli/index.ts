#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { HUB } from '../agent/agent-program.ts';
import { type HubConfig, loadHubConfig } from '../agent/config.ts';
import { DETECTOR_PROTOCOLS, type DetectorProtocol } from '../agent/detector-config.ts';
import { readVersion } from '../agent/packed.ts';
import { showFindings } from './check-agent.ts';
import { checkConfig } from './check-config.ts';
import { listenTo, showCheck } from './check-stream.ts';
import { endWith, needOne, say, switchUploads } from './command-line.ts';
import { enrol } from './enrol.ts';
import { CommandFault, LocalClient } from './local-client.ts';
import { showStatus } from './show-status.ts';

/* beamdeck-hub: the HUB, and what can be seen and done on its own machine, with and without the server. */

const USAGE = `beamdeck-hub COMMAND [--config FILE]

  run               run the HUB until it is stopped
  status            what it does now
  check             is everything right? configuration, folders, licence, server, detectors
  check tcp://H:P   is my detector heard? listens for ten seconds
                      --protocol stream-v1|stream-v2   --bind   --seconds N
                    What it hears is taken away from whoever else receives this stream.
  enrol LICENCE     put a licence from the web app in its place
  experiments       what can be made active here
  activate ID|none  make an experiment active from now on, without the server too
  pause, resume     stop uploading, and let it go on; receiving goes on meanwhile
  version

Without --config: hub.toml in this folder, else /etc/beamdeck/hub.toml.
Exit codes: 0 good, 1 not good (the sentence says what), 2 wrong command line or configuration, 3 another HUB is running.
`;

const OPTIONS = {
  config: { type: 'string' },
  protocol: { type: 'string', default: 'stream-v2' },
  seconds: { type: 'string', default: '10' },
  bind: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new CommandFault(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
}

type Values = ReturnType<typeof readArguments>['values'];

function configFile({ config }: Values): string | null {
  return config ?? ['hub.toml', '/etc/beamdeck/hub.toml'].find((file) => existsSync(file)) ?? null;
}

function needConfig(values: Values): HubConfig {
  const file = configFile(values);
  if (file === null)
    throw new CommandFault('There is no hub.toml here: say where it is with --config FILE.', 2);
  return loadHubConfig(file);
}

async function check(rest: readonly string[], values: Values): Promise<void> {
  if (rest.length > 0) return checkStream(needOne(rest, 'check tcp://HOST:PORT'), values);
  const config = needConfig(values);
  const running = await new LocalClient(config.stateDir, HUB).statusIfRunning();
  showFindings(await checkConfig(config, running), say);
}

async function checkStream(endpoint: string, values: Values): Promise<void> {
  if (!/^tcp:\/\/.+:\d+$/.test(endpoint))
    throw new CommandFault(`"${endpoint}" is no address such as tcp://10.0.0.5:31001.`, 2);
  const protocol = DETECTOR_PROTOCOLS.find((one) => one === values.protocol);
  const seconds = Number(values.seconds);
  if (!protocol) throw new CommandFault(`--protocol must be one of ${DETECTOR_PROTOCOLS.join(', ')}.`, 2);
  if (!(seconds > 0 && seconds <= 3600)) throw new CommandFault('--seconds must be a number up to 3600.', 2);
  const file = configFile(values);
  const running =
    file === null ? null : await new LocalClient(loadHubConfig(file).stateDir, HUB).statusIfRunning();
  const own = running?.status.detectors.find(({ endpoints }) => endpoints.includes(endpoint));
  if (own) {
    const { name, state, messages, lastMessageAt } = own;
    say(
      `The running HUB receives this stream as "${name}"; listening here would take its messages away, so it was asked.`,
    );
    say(`${name}: ${state}, ${messages} messages since its start, the last ${lastMessageAt ?? 'never'}.`);
    if (state === 'connecting' || state === 'error') throw new CommandFault('The detector is not heard.');
    return;
  }
  await listen(endpoint, { protocol, seconds, bind: values.bind });
}

async function listen(
  endpoint: string,
  options: { protocol: DetectorProtocol; seconds: number; bind: boolean },
): Promise<void> {
  process.stderr.write(
    `Listening for ${options.seconds} s. What is heard here is taken away from a HUB that receives the same stream.\n`,
  );
  const heard = await listenTo(endpoint, options);
  say(showCheck(endpoint, heard));
  if (!heard.connected || heard.firstFault !== null)
    throw new CommandFault('The detector is not heard rightly.');
}

async function experiments(client: LocalClient): Promise<void> {
  const [known, { active, instructionsOf }] = [await client.experiments(), await client.status()];
  if (instructionsOf === null) throw new CommandFault('This HUB has no instructions of the server yet.');
  for (const { id, code, state, title } of known) {
    say(`${id === active?.id ? '*' : ' '} ${code}  ${state.padEnd(11)}  ${id}  ${title}`);
  }
  if (known.length === 0) say('This instrument has no open experiment.');
}

/** Commands that can do nothing without the configuration. */
const WITH_CONFIG = ['status', 'experiments', 'enrol', 'activate', 'pause', 'resume'] as const;
const isWithConfig = (command: string): command is (typeof WITH_CONFIG)[number] =>
  WITH_CONFIG.some((one) => one === command);

async function run(command: string | undefined, rest: readonly string[], values: Values): Promise<void> {
  if (values.help || command === undefined || command === 'help') return say(USAGE.trimEnd());
  if (command === 'version') return say(readVersion());
  if (command === 'run') {
    // Of use for this command alone, and everything of the HUB hangs on it.
    const { runHub } = await import('../run-hub.ts');
    return runHub(needConfig(values).file);
  }
  if (command === 'check') return check(rest, values);
  if (!isWithConfig(command)) throw new CommandFault(`There is no command "${command}".\n\n${USAGE}`, 2);
  const config = needConfig(values);
  const client = new LocalClient(config.stateDir, HUB);
  if (command === 'status') return say(showStatus(await client.status(), HUB));
  if (command === 'experiments') return experiments(client);
  if (command === 'enrol') return say(await enrol(needOne(rest, 'enrol LICENCE'), config, client, HUB));
  if (command === 'activate') {
    const { code } = await client.activate(needOne(rest, 'activate ID, or activate none'));
    return say(code === null ? 'No experiment is active from now on.' : `${code} is active from now on.`);
  }
  return switchUploads(command, client, 'receiving goes on');
}

try {
  const { positionals, values } = readArguments();
  await run(positionals[0], positionals.slice(1), values);
} catch (error) {
  endWith(error);
}
