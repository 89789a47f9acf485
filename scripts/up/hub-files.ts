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
licence_file = "HUB.licence.json"
state_dir = "state"

[buffer]
dir = ""
max_bytes = "2 GiB"
${addresses.simulator === null ? '' : detector('simulator', addresses.simulator)}${detector('replay', addresses.replay)}`;
}

/** Writes hub.toml and the HUB's licence, with which it enrols itself; returns the path of the former. */
export async function writeHubFiles(
  folder: DataFolder,
  addresses: HubAddresses,
  licence: string,
): Promise<string> {
  await mkdir(folder.hubState, { recursive: true, mode: 0o700 });
  await writePrivate(join(folder.hub, 'HUB.licence.json'), licence);
  const file = join(folder.hub, 'hub.toml');
  await writePrivate(file, hubToml(addresses));
  return file;
}
