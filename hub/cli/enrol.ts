import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HubConfig } from '../agent/config.ts';
import { readLicence } from '../agent/licence-file.ts';
import { CommandFault, type LocalClient } from './local-client.ts';

const WAIT_MS = 30_000;
const LOOK_MS = 500;

/** Puts a licence in its place and says what came of it; the HUB exchanges it. Throws CommandFault. */
export async function enrol(source: string, config: HubConfig, client: LocalClient): Promise<string> {
  const { licenceFile, instrument } = config;
  if (licenceFile === null) throw new CommandFault(`${config.file} names no licence_file: add it first.`);
  const { file, payload } = readLicence(source, { instrument, bound: null, nowMs: Date.now() });
  // Whole or not at all: the HUB may be looking at it.
  writeFileSync(`${licenceFile}.new`, `${JSON.stringify(file)}\n`, { mode: 0o600 });
  renameSync(`${licenceFile}.new`, licenceFile);
  const before = await client.statusIfRunning();
  if (before === null) return `The licence is in place; the HUB exchanges it at its next start.`;
  for (let waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
    await sleep(LOOK_MS);
    const { refusal, status, licenceId } = await client.status();
    if (licenceId === payload.licenceId) return `Enrolled as ${payload.name} of ${payload.instrument.name}.`;
    if (refusal !== null && refusal !== before.refusal) throw new CommandFault(refusal);
    const { lastError } = status;
    if (lastError?.code === 'licence-refused' && lastError.at !== before.status.lastError?.at) {
      throw new CommandFault(lastError.message);
    }
  }
  return 'The licence is in place; the HUB has not exchanged it yet: see "beamdeck-hub status".';
}
