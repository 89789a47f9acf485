import { AgentConfigError } from '../agent/agent-config.ts';
import { LicenceFault } from '../agent/licence-file.ts';
import { CommandFault, type LocalClient } from './local-client.ts';

/* What the command lines of HUB and SYNC have in common. */

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The only word that follows a command. @param what the command as it is to be typed */
export function needOne(rest: readonly string[], what: string): string {
  if (rest.length !== 1) throw new CommandFault(`Say which: ${what}.`, 2);
  return rest[0]!;
}

/** @param meanwhile what goes on while uploading is paused */
export async function switchUploads(
  to: 'pause' | 'resume',
  client: LocalClient,
  meanwhile: string,
): Promise<void> {
  await client.switchUploads(to);
  say(
    to === 'pause'
      ? `Uploading is paused; ${meanwhile}.`
      : 'Uploading goes on, unless it is switched off by the server.',
  );
}

/** Tells what a command failed with, and sets the exit code. */
export function endWith(error: unknown): void {
  const isOurs =
    error instanceof CommandFault || error instanceof AgentConfigError || error instanceof LicenceFault;
  process.stderr.write(`${isOurs ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode =
    error instanceof CommandFault ? error.exitCode : error instanceof AgentConfigError ? 2 : 1;
}
