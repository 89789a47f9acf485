import { chownSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentConfig } from '../agent/agent-config.ts';
import type { AgentProgram } from '../agent/agent-program.ts';
import { readLicence } from '../agent/licence-file.ts';
import { CommandFault, type LocalClient } from './local-client.ts';

const WAIT_MS = 30_000;
const LOOK_MS = 500;

/** Puts a licence in its place and says what came of it; the agent exchanges it. Throws CommandFault. */
export async function enrol(
  source: string,
  config: AgentConfig,
  client: LocalClient,
  program: AgentProgram,
): Promise<string> {
  const { licenceFile, instrument } = config;
  if (licenceFile === null) throw new CommandFault(`${config.file} names no licence_file: add it first.`);
  const { file, payload } = readLicence(source, { program, instrument, bound: null, nowMs: Date.now() });
  putInPlace(licenceFile, `${JSON.stringify(file)}\n`);
  const before = await client.statusIfRunning();
  if (before === null) return `The licence is in place; the ${program.name} exchanges it at its next start.`;
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
  return `The licence is in place; the ${program.name} has not exchanged it yet: see "${program.command} status".`;
}

/** Whole or not at all: the agent may be looking at it. Put there by root, it belongs to the account the folder belongs to. */
function putInPlace(licenceFile: string, text: string): void {
  const folder = path.dirname(licenceFile);
  const whole = `${licenceFile}.new`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(whole, text, { mode: 0o600 });
    const { uid, gid } = statSync(folder);
    if (process.geteuid?.() === 0) chownSync(whole, uid, gid);
    renameSync(whole, licenceFile);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFault(
      `The licence cannot be put in its place (${why}): run this command as the account of the agent, or as root.`,
    );
  }
}
