import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Backend } from './backend.ts';

export interface HubChild {
  process: ChildProcess;
  /** Rejects when it ends before it is asked to. */
  died: Promise<never>;
}

/**
 * A HUB of its own on a backend, connected when this resolves: starting up is not what is measured.
 * @param dir made for it: configuration, state and buffer
 * @param sources TOML of what it receives
 */
export async function startHubChild(
  backend: Backend,
  dir: string,
  maxBuffer: string,
  sources: string,
): Promise<HubChild> {
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'agent.token'), backend.token, { mode: 0o600 });
  const config = path.join(dir, 'hub.toml');
  writeFileSync(
    config,
    `server = "${backend.serverUrl}"\ntoken_file = "agent.token"\nstate_dir = "state"\nlog_level = "error"\n` +
      `[buffer]\ndir = "spool"\nmax_bytes = "${maxBuffer}"\n${sources}`,
  );
  const hub = fork(path.join(import.meta.dirname, '../../hub/index.ts'), ['--config', config], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const died = new Promise<never>((_, reject) => {
    hub.once('exit', (code) => reject(new Error(`the HUB ended (${code}) before it was asked to`)));
  });
  died.catch(() => undefined);
  await Promise.race([backend.nextHeartbeat(), died]);
  return { process: hub, died };
}

/** TOML of one detector that listens at `endpoint`. */
export const detectorToml = (endpoint: string, protocol = 'stream-v2') =>
  `[[detector]]\nname = "bench"\nprotocol = "${protocol}"\nmode = "connect"\nendpoints = ["${endpoint}"]\n`;
