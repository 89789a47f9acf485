import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { AgentConfig } from '../agent/agent-config.ts';
import type { AgentProgram } from '../agent/agent-program.ts';
import { readLicence } from '../agent/licence-file.ts';
import type { LocalStatus } from '../local/local-control.ts';
import { CommandFault } from './local-client.ts';

/* What can be known before an agent is started, whichever program it is. */

export interface Finding {
  ok: boolean;
  text: string;
}

export const TIMEOUT_MS = 5000;

/** One line each. Throws CommandFault when any is not good. */
export function showFindings(findings: readonly Finding[], say: (line: string) => void): void {
  for (const { ok, text } of findings) say(`${ok ? 'good ' : 'BAD  '} ${text}`);
  const bad = findings.filter(({ ok }) => !ok).length;
  if (bad > 0) throw new CommandFault(`${bad} of ${findings.length} are not good.`);
}

/** A folder that is not there yet is made at the start, if the next one above can be written. */
export function checkFolder(what: string, folder: string): Finding {
  let nearest = folder;
  while (!existsSync(nearest)) nearest = path.dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    if (!statSync(nearest).isDirectory())
      return { ok: false, text: `${what} ${folder}: ${nearest} is no folder` };
    return { ok: true, text: `${what} ${folder} can be written` };
  } catch {
    return { ok: false, text: `${what} ${folder}: this account may not write in ${nearest}` };
  }
}

/** @param running what the agent of this state folder says; null when none runs: only the server knows what became of a licence */
export function checkLicence(
  { licenceFile, instrument, stateDir }: AgentConfig,
  program: AgentProgram,
  running: Pick<LocalStatus, 'refusal'> | null,
): Finding {
  if (running !== null && running.refusal !== null)
    return { ok: false, text: `the running ${program.name} is refused: ${running.refusal}` };
  if (licenceFile === null)
    return { ok: true, text: `this ${program.name} has a token of its own and needs no licence` };
  const isEnrolled = existsSync(path.join(stateDir, 'identity.json'));
  try {
    const { payload } = readLicence(licenceFile, { program, instrument, bound: null, nowMs: Date.now() });
    const until = payload.expiresAt.slice(0, 10);
    const state = isEnrolled ? 'enrolled' : 'to be exchanged at the next start';
    return {
      ok: true,
      text: `licence for ${payload.name} of ${payload.instrument.name} until ${until}, ${state}`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: isEnrolled, text: isEnrolled ? `enrolled; the licence file is not needed (${why})` : why };
  }
}
