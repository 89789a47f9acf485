import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataFolder, writePrivate } from './data-folder.ts';

export interface HubAddresses {
  webUrl: string;
  /** The simulated beamline; left out when it is switched off. */
  simulator: string | null;
  /** Where `npm run replay` binds. */
  replay: string;
}

const detector = (name: string, endpoint: string) => `
[[detector]]
name = "${name}"
protocol = "stream-v2"
mode = "connect"
endpoints = ["${endpoint}"]
`;

export function hubToml(addresses: HubAddresses): string {
  return `# Written by \`npm run up\` at every start.
server = "${addresses.webUrl}"
token_file = "agent.token"
state_dir = "state"

[buffer]
dir = ""
max_bytes = "2 GiB"
${addresses.simulator === null ? '' : detector('simulator', addresses.simulator)}${detector('replay', addresses.replay)}`;
}

/** Writes hub.toml and the agent's token; returns the path of the former. */
export async function writeHubFiles(
  folder: DataFolder,
  addresses: HubAddresses,
  token: string,
): Promise<string> {
  await mkdir(folder.hubState, { recursive: true, mode: 0o700 });
  await writePrivate(join(folder.hub, 'agent.token'), `${token}\n`);
  const file = join(folder.hub, 'hub.toml');
  await writePrivate(file, hubToml(addresses));
  return file;
}
