import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentApiPeer } from '../testing/agent-api-peer.ts';
import { until } from '../testing/hub-rig.ts';

/* The command line as people start it, beside a SYNC that runs. */
const ENTRY = path.join(import.meta.dirname, 'index.ts');
const SOON_MS = 60_000;

let folder: string;
let peer: AgentApiPeer;
let sync: ChildProcess | null = null;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-sync-cli-'));
  peer = new AgentApiPeer(path.join(folder, 'store'));
  await peer.listen();
  for (const name of ['state', 'raw']) mkdirSync(path.join(folder, name));
  writeFileSync(
    path.join(folder, 'sync.conf'),
    `server = "${peer.url}"\nstate_dir = "state"\n[[folder]]\nfolder = "raw"\npath = "raw"\nsettle_s = 0.2\n`,
  );
  const licence = peer.authority.licence({ kind: 'sync', name: 'SYNC of the peer' });
  writeFileSync(path.join(folder, 'state/licence.json'), licence);
});
afterEach(async () => {
  if (sync !== null && sync.exitCode === null) {
    const ended = new Promise((resolve) => sync!.once('exit', resolve));
    sync.kill('SIGKILL');
    await ended;
  }
  sync = null;
  await peer.close();
  rmSync(folder, { recursive: true, force: true });
});

const config = () => path.join(folder, 'sync.conf');

function beamdeckSync(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, ...words], (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

async function start(): Promise<number> {
  const former = peer.lastHeartbeat?.startedAt;
  sync = spawn(process.execPath, [ENTRY, 'run', '--config', config()], { stdio: 'ignore' });
  const isHeard = () =>
    peer.lastHeartbeat?.controlRevision != null && peer.lastHeartbeat.startedAt !== former;
  await until('the instructions', isHeard, SOON_MS);
  return sync.pid!;
}

const write = (name: string, content: string) => writeFileSync(path.join(folder, 'raw', name), content);
const isStored = (name: string) => peer.sourceFiles.stored.some(({ sourcePath }) => sourcePath === name);

it('pause and resume stop and continue uploading, also over a start; the status says so', async () => {
  await start();
  write('before.dat', 'before');
  await until('the first file', () => isStored('before.dat'), SOON_MS);
  const own = ['--config', config()];
  expect(await beamdeckSync('pause', ...own)).toMatchObject({
    code: 0,
    out: expect.stringContaining('Uploading is paused; files stay where they are'),
  });
  write('meanwhile.dat', 'meanwhile');
  const held = () => peer.lastHeartbeat?.held?.[0];
  await until('what is held', () => held()?.because === 'site-paused' && held()?.files === 1, SOON_MS);
  expect((await beamdeckSync('status', ...own)).out).toMatch(
    /uploading +paused \(on site\)[\s\S]*held +1 file, 9 B/,
  );
  sync!.kill('SIGTERM');
  await until('the stop', () => sync!.exitCode === 0, SOON_MS);
  expect(await beamdeckSync('status', ...own)).toMatchObject({
    code: 1,
    err: expect.stringContaining('No SYNC is running'),
  });
  await start();
  expect((await beamdeckSync('status', ...own)).out).toContain('paused (on site)');
  expect(isStored('meanwhile.dat')).toBe(false);
  expect((await beamdeckSync('resume', ...own)).code).toBe(0);
  await until('what was held', () => isStored('meanwhile.dat'), SOON_MS);
}, 300_000);

it('help, version and a wrong command', async () => {
  expect((await beamdeckSync('--help')).out).toMatch(/^NAME\n[\s\S]*^ {4}pause, resume$/m);
  expect((await beamdeckSync('version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await beamdeckSync('colour')).toMatchObject({
    code: 2,
    err: expect.stringContaining('no command "colour"'),
  });
  expect(await beamdeckSync('status', '--colour')).toMatchObject({ code: 2 });
});

it.skipIf(process.platform !== 'linux')(
  'its disk accesses come after those of others, of every thread',
  async () => {
    const pid = await start();
    write('x.dat', 'x');
    await until('a file, read and sent', () => isStored('x.dat'), SOON_MS);
    const threads = readdirSync(`/proc/${pid}/task`);
    expect(threads.length).toBeGreaterThan(4);
    const priorities = execFileSync('ionice', ['-p', ...threads], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(new Set(priorities.map((line) => line.replace(/^\d+: /, '')))).toEqual(
      new Set(['best-effort: prio 7']),
    );
  },
  120_000,
);
