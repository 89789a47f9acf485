import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Backend } from './backend.ts';

/**
 * A SYNC of its own on a backend, connected when this resolves: starting up is not what is measured.
 * @param dir made for it: configuration and state
 * @param watched the folder that it brings into raw
 */
export async function startSyncChild(backend: Backend, dir: string, watched: string): Promise<ChildProcess> {
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'agent.token'), backend.token, { mode: 0o600 });
  const config = path.join(dir, 'sync.conf');
  writeFileSync(
    config,
    `server = "${backend.serverUrl}"\ntoken_file = "agent.token"\nstate_dir = "state"\nlog_level = "error"\n` +
      `[[folder]]\nfolder = "raw"\npath = "${watched}"\nsettle_s = 0.5\n`,
  );
  const sync = fork(path.join(import.meta.dirname, '../../hub/sync/index.ts'), ['run', '--config', config], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await backend.nextHeartbeat();
  return sync;
}
