import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SYNC } from '#hub/agent/agent-program.ts';
import { LocalClient } from '#hub/cli/local-client.ts';
import { startBackend } from './lib/backend.ts';
import { fillWatchedFolder, noteAsStored } from './lib/million-files.ts';
import { peakResidentBytes, processorSeconds, residentBytes } from './lib/processor-time.ts';

/**
 * What a SYNC costs that watches many files and has nothing to do: memory, and processor time between two looks through its folder;
 * and what such a look costs. The files lie there, and the journal knows them as stored, as after a year of a beamline: sending a million
 * files first would measure something else. The SYNC is the real one, in a process of its own before a real server.
 *
 * npm run bench -- sync-idle [--files 1000000] [--seconds 60] [--dir FOLDER]
 */
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '60' },
    dir: { type: 'string', default: os.tmpdir() },
    executable: { type: 'string' },
  },
});
const FILES = Number(values.files);
const IDLE_S = Number(values.seconds);
/** Long enough that nothing is looked through while it is to be idle. */
const SCAN_S = IDLE_S + 60;

const say = (line: string) => process.stderr.write(`${line}\n`);

function startSync(config: string): ChildProcess {
  const args = ['run', '--config', config];
  const entry = path.join(import.meta.dirname, '../hub/sync/index.ts');
  const options = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
  return values.executable
    ? spawn(path.resolve(values.executable), args, options)
    : spawn(process.execPath, [entry, ...args], options);
}

async function scanAfter(client: LocalClient, atMs: number) {
  for (;;) {
    await sleep(1000);
    const told = await client.statusIfRunning().catch(() => null);
    const scan = told?.status.folders[0]?.lastScan;
    if (scan && Date.parse(scan.at) > atMs) return scan;
  }
}

const folder = mkdtempSync(path.join(path.resolve(values.dir), 'beamdeck-sync-idle-'));
const backend = await startBackend(path.join(folder, 'store'));
let sync: ChildProcess | null = null;
try {
  const watched = path.join(folder, 'raw');
  const stateDir = path.join(folder, 'state');
  mkdirSync(stateDir);
  say(`making ${FILES} files …`);
  fillWatchedFolder(watched, FILES);
  noteAsStored(watched, stateDir, 'raw');
  const config = path.join(folder, 'sync.conf');
  writeFileSync(path.join(folder, 'agent.token'), backend.token, { mode: 0o600 });
  writeFileSync(
    config,
    `server = "${backend.serverUrl}"\ntoken_file = "agent.token"\nstate_dir = "state"\nlog_level = "error"\n` +
      `[[folder]]\nfolder = "raw"\npath = "raw"\nscan_s = ${SCAN_S}\n`,
  );
  const startedMs = Date.now();
  sync = startSync(config);
  const { pid } = sync;
  const client = new LocalClient(stateDir, SYNC);
  const first = await scanAfter(client, startedMs - 1);
  say(`first look: ${first.entries} entries in ${(first.tookMs / 1000).toFixed(1)} s`);
  const cpuAtFirst = processorSeconds(pid);

  await sleep(10_000);
  const before = processorSeconds(pid);
  await sleep(IDLE_S * 1000);
  const idleCpu = processorSeconds(pid) - before;
  const idleRss = residentBytes(pid);
  say(`between: ${((100 * idleCpu) / IDLE_S).toFixed(2)} % of a core, ${(idleRss / 1e6).toFixed(0)} MB`);

  const beforeScan = processorSeconds(pid);
  const second = await scanAfter(client, Date.parse(first.at));
  const scanCpu = processorSeconds(pid) - beforeScan;
  await sleep(5000);
  const told = await client.status();
  if (told.status.queue.files !== 0) throw new Error('files were to be sent: this measured something else');
  const { states } = told.status.folders[0]!;
  if (states.confirmed !== 0)
    throw new Error(`${states.confirmed} files were sent: this measured something else`);
  process.stdout.write(
    `${JSON.stringify({
      bench: 'sync-idle',
      files: second.entries,
      rss_mb: Math.round(residentBytes(pid) / 1e6),
      idle_rss_mb: Math.round(idleRss / 1e6),
      peak_rss_mb: Math.round(peakResidentBytes(pid) / 1e6),
      core_percent_between_rescans: Number(((100 * idleCpu) / IDLE_S).toFixed(2)),
      rescan_s: Number((second.tookMs / 1000).toFixed(1)),
      rescan_cpu_s: Number(scanCpu.toFixed(1)),
      rescan_cpu_told_s: Number(((second.cpuMs ?? 0) / 1000).toFixed(1)),
      first_look_s: Number((first.tookMs / 1000).toFixed(1)),
      start_cpu_s: Number(cpuAtFirst.toFixed(1)),
    })}\n`,
  );
} finally {
  sync?.kill('SIGKILL');
  await backend.stop();
  rmSync(folder, { recursive: true, force: true });
}
