import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { serverUrlFault } from '../../agent/agent-config.ts';
import { DIRECT_UPLINK, type UplinkConfig } from '../../agent/uplink-config.ts';
import { CommandFault } from '../../cli/local-client.ts';
import { DEFAULT_CONFIG_FILE, loadSyncConfig } from '../sync-config.ts';
import type { PullOrder } from './pull-run.ts';

const OPTIONS = {
  follow: { type: 'boolean', default: false },
  server: { type: 'string' },
  'token-file': { type: 'string' },
  include: { type: 'string', multiple: true, default: [] as string[] },
  exclude: { type: 'string', multiple: true, default: [] as string[] },
  config: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const HOW = 'pull EXPERIMENT DIR [--follow] [--server URL] [--token-file FILE]';
const TOKEN = /^bd_[A-Za-z0-9_-]{20,}$/;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new CommandFault(`${error instanceof Error ? error.message : String(error)}\nSay: ${HOW}.`, 2);
  }
}

function readToken(file: string | undefined, fromEnvironment: string | null): string {
  let token = fromEnvironment;
  if (file !== undefined) {
    try {
      token = readFileSync(file, 'utf8').trim();
    } catch (error) {
      const isThere = (error as NodeJS.ErrnoException).code !== 'ENOENT';
      throw new CommandFault(
        isThere
          ? `The token file cannot be read: ${(error as Error).message}.`
          : `The token file ${file} is not there.`,
        2,
      );
    }
  }
  if (token === null) {
    throw new CommandFault(
      'Give an access token: make one on your account page, put it into a file that only you can read, and name that with --token-file, or set BEAMDECK_TOKEN.',
      2,
    );
  }
  if (!TOKEN.test(token)) {
    throw new CommandFault(
      `What ${file === undefined ? 'BEAMDECK_TOKEN holds' : `is in ${file}`} is no whole access token: copy it from your account page, from bd_ to its end.`,
      2,
    );
  }
  return token;
}

function readWay(server: string | undefined, config: string | undefined): [string, UplinkConfig] {
  if (server === undefined) {
    try {
      const { serverUrl, uplink } = loadSyncConfig(config ?? DEFAULT_CONFIG_FILE);
      return [serverUrl, uplink];
    } catch (error) {
      if (config !== undefined) throw error;
      throw new CommandFault('Say which server: --server https://beamdeck.example.org.', 2);
    }
  }
  const fault = serverUrlFault(server);
  if (fault !== null) throw new CommandFault(`--server: ${fault}.`, 2);
  const uplink = config === undefined ? DIRECT_UPLINK : loadSyncConfig(config).uplink;
  return [server.replace(/\/+$/, ''), uplink];
}

/** What is wanted, from the words behind `pull`; null for help. Throws CommandFault, AgentConfigError. */
export function readPullOrder(
  args: readonly string[],
  tokenFromEnvironment: string | null,
): PullOrder | null {
  const { positionals, values } = parse(args);
  if (values.help) return null;
  const [experiment, dir, ...more] = positionals;
  if (!experiment || !dir || more.length > 0) throw new CommandFault(`Say: ${HOW}.`, 2);
  const token = readToken(values['token-file'], tokenFromEnvironment);
  const [serverUrl, uplink] = readWay(values.server, values.config);
  const { include, exclude, follow } = values;
  return { experiment, dir: path.resolve(dir), serverUrl, token, uplink, include, exclude, follow };
}
