import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderRig } from '../testing/folder-rig.ts';
import { freePort, until } from '../testing/hub-rig.ts';

/** The example of docs/examples with real rsync. */
const hasRsync = spawnSync('rsync', ['--version']).status === 0;
if (!hasRsync) process.stderr.write('skipped: rsync is not installed, so its example is not tried\n');

const EXAMPLE = new URL('../../docs/examples/rsyncd.conf', import.meta.url);
let rig: FolderRig;
let daemon: ChildProcess | null = null;
let port: number;
beforeEach(async () => {
  rig = await FolderRig.create();
  port = await freePort();
});
afterEach(async () => {
  daemon?.kill();
  await rig.dispose();
});

function startDaemon(): void {
  const secrets = path.join(rig.hub.folder, 'rsyncd.secrets');
  writeFileSync(secrets, 'detector:a-password\n', { mode: 0o600 });
  const example = readFileSync(EXAMPLE, 'utf8');
  const changed = example
    .replace('port = 8730', `port = ${port}`)
    .replace('/data/landing', rig.landing)
    .replace('/etc/beamdeck/rsyncd.secrets', secrets);
  expect(changed).not.toMatch(/\/data\/landing|\/etc\/beamdeck|8730/);
  const config = path.join(rig.hub.folder, 'rsyncd.conf');
  // A daemon started by root would become nobody, who may not write into a folder of this test.
  const own = process.getuid?.() === 0 ? 'uid = root\ngid = root\n' : '';
  writeFileSync(config, own + changed);
  daemon = spawn('rsync', ['--daemon', '--no-detach', `--config=${config}`], { stdio: 'ignore' });
}

const rsync = (...args: string[]) =>
  spawnSync('rsync', args, { env: { ...process.env, RSYNC_PASSWORD: 'a-password' }, encoding: 'utf8' });

it.skipIf(!hasRsync)(
  'rsync may write into the landing folder, and neither read nor delete',
  async () => {
    rig.configure({ settleMs: 30_000 });
    // In a folder that is new itself the first files are found by looking, and have to stand still.
    mkdirSync(rig.at('run'));
    await rig.start();
    startDaemon();
    const module = `rsync://detector@127.0.0.1:${port}/landing/`;
    const source = path.join(rig.hub.folder, 'source');
    mkdirSync(path.join(source, 'run'), { recursive: true });
    for (let n = 0; n < 30; n++) writeFileSync(path.join(source, 'run', `${n}.cbf`), `content ${n}`);
    await until('the daemon', () => rsync('-a', `${source}/`, module).status === 0);
    // Renamed into place: nobody waits for the settle time.
    for (let n = 0; n < 30; n++) await rig.untilStored(`run/${n}.cbf`, `content ${n}`);
    // Of another length: rsync does not look at bytes of the same length written within the same second.
    writeFileSync(path.join(source, 'run', '7.cbf'), 'written anew');
    rig.configure({});
    await rig.restart();
    expect(rsync('-a', `${source}/`, module).status).toBe(0);
    await rig.untilStored('run/7.cbf', 'written anew');
    await rig.quiet();
    expect(rig.peer.sourceFiles.stored).toHaveLength(30);
    expect(rsync('-a', module, path.join(rig.hub.folder, 'back')).status).not.toBe(0);
    expect(rsync('-a', '--delete', `${rig.hub.folder}/state/`, module).status).not.toBe(0);
    expect(rsync(`rsync://127.0.0.1:${port}/`).stdout).toBe('');
  },
  60_000,
);
