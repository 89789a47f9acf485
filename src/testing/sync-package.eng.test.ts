import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sha256 } from '#hub/testing/folder-rig.ts';
import { makeRpm } from '#scripts/package-sync/packages.ts';
import { startAgentApiServer } from './agent-api-server.ts';
import { BootedSystem, NO_BOOTED_SYSTEM } from './booted-system.ts';
import { type IngestWorld, ingestWorld } from './ingest-world.ts';
import { CONF, InstalledSync, STATE, StartedSync } from './installed-sync.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';
import { type TestStore, testStore } from './test-store.ts';
import { NO_THROWAWAY_SYSTEM } from './throwaway-system.ts';
import { leaveWebEnvironment, enterWebEnvironment as webEnvironment } from './web-environment.ts';

const ROOT = join(import.meta.dirname, '../..');
/** As dpkg-query writes fields. */
const STATUS = '$' + '{db:Status-Status}';
/** Packing 130 MB twice takes minutes on a machine that does other things. */
const BUILD_MS = 600_000;

const hasRpm = spawnSync('rpmbuild', ['--version']).error === undefined;
const NO_RPM = hasRpm ? NO_THROWAWAY_SYSTEM : 'rpmbuild not installed: apt-get install rpm';

let build: string;
let database: TestDatabase;
let storage: TestStore;
let server: Awaited<ReturnType<typeof startAgentApiServer>>;
let w: IngestWorld;
beforeAll(async () => {
  if (NO_THROWAWAY_SYSTEM !== null) return;
  build = mkdtempSync(join(tmpdir(), 'beamdeck-package-test-'));
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/package-sync.ts'), '--out', build]);
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  await w.activate('2026-01-01T00:00:00Z');
  webEnvironment(database, storage);
  server = await startAgentApiServer();
}, BUILD_MS);
afterAll(async () => {
  await server?.close();
  await leaveWebEnvironment();
  await database?.drop();
  await storage?.close();
  if (build) rmSync(build, { recursive: true, force: true });
});

const packageOf = (kind: 'deb' | 'rpm') =>
  join(build, readdirSync(build).find((name) => name.endsWith(`.${kind}`))!);

/** The package on a Debian system: installed, run as its unit runs it, updated, removed, purged. */
describe.skipIf(NO_THROWAWAY_SYSTEM !== null)(
  `the .deb of SYNC${NO_THROWAWAY_SYSTEM ? ` (${NO_THROWAWAY_SYSTEM})` : ''}`,
  () => {
    let sync: StartedSync;
    beforeAll(() => {
      sync = new StartedSync(w, server.url);
    });
    afterAll(() => sync?.dispose());

    const deb = () => packageOf('deb');
    const dpkg = (...words: string[]) => sync.system.run('dpkg', ...words);
    const state = () => sync.system.run('dpkg-query', '-W', '-f', STATUS, 'beamdeck-sync').out;

    it('has the checksum that stands beside it, and is one that dpkg understands', async () => {
      const checked = promisify(execFile)('sha256sum', ['-c', `${deb()}.sha256`], { cwd: build });
      expect((await checked).stdout).toMatch(/\.deb: OK\n$/);
    });

    it('installs program, unit, configuration, and an account that owns nothing but the state', () => {
      expect(dpkg('-i', deb())).toMatchObject({
        code: 0,
        out: expect.stringContaining('beamdeck-sync enrol LICENCE'),
      });
      expect(state()).toBe('installed');
      expect(dpkg('-V', 'beamdeck-sync')).toMatchObject({ code: 0, out: '' });
      sync.expectInstalled();
    });

    it('is enrolled by root, runs as its unit says, and brings a file', async () => {
      sync.configure();
      await sync.enrol('of the .deb');
      sync.start();
      await sync.bring('lyso/of-deb_1.tif');
      sync.expectConfined(sync.status());
      sync.expectAnswers();
    }, 200_000);

    it('stops with the exit code of success when it is asked to', () => sync.stop(), 60_000);

    it('updated keeps the configuration that was changed, and the journal', () => {
      const before = sync.text(CONF);
      const journal = statSync(sync.system.at(`${STATE}/journal.db`)).size;
      expect(dpkg('-i', deb())).toMatchObject({ code: 0, err: '' });
      expect(sync.text(CONF)).toBe(before);
      expect(statSync(sync.system.at(`${STATE}/journal.db`)).size).toBe(journal);
    });

    it('removed leaves configuration and state, purged only the data', () => {
      expect(dpkg('--remove', 'beamdeck-sync').code).toBe(0);
      expect(state()).toBe('config-files');
      sync.expectRemoved();
      expect([sync.isHere(CONF), sync.isHere(`${STATE}/licence.json`)]).toEqual([true, true]);
      expect(dpkg('--purge', 'beamdeck-sync').code).toBe(0);
      expect([sync.isHere('/etc/beamdeck'), sync.isHere(STATE), state()]).toEqual([false, false, '']);
      expect(sync.isHere('/opt/beamdeck/sync/raw/lyso/of-deb_1.tif')).toBe(true);
      // Installed again it begins anew.
      expect(dpkg('-i', deb()).code).toBe(0);
      expect(sync.isHere(`${STATE}/licence.json`)).toBe(false);
    }, 60_000);
  },
);

/** The same package where systemd is the first process. */
describe.skipIf(NO_BOOTED_SYSTEM !== null)(
  `SYNC as a service of systemd${NO_BOOTED_SYSTEM ? ` (${NO_BOOTED_SYSTEM})` : ''}`,
  () => {
    const UNIT = 'beamdeck-sync.service';
    let system: BootedSystem;
    let sync: InstalledSync;
    beforeAll(async () => {
      system = await BootedSystem.boot();
      sync = new InstalledSync(w, server.url, system);
    }, 150_000);
    afterAll(() => system?.dispose());

    const systemctl = (...words: string[]) => system.run('systemctl', ...words);
    const install = () => system.run('dpkg', '-i', packageOf('deb'));
    const mainPid = () => Number(system.property(UNIT, 'MainPID'));
    const untilState = (state: string) =>
      vi.waitFor(() => expect(system.property(UNIT, 'ActiveState')).toBe(state), {
        timeout: 60_000,
        interval: 200,
      });

    it('is started by nothing but its administrator, and by nobody before it is configured', () => {
      expect(install()).toMatchObject({ code: 0 });
      expect(systemctl('is-enabled', UNIT).out).toBe('disabled\n');
      expect(system.property(UNIT, 'ActiveState')).toBe('inactive');
      renameSync(system.at(CONF), system.at(`${CONF}.away`));
      expect(systemctl('start', UNIT).code).toBe(0);
      expect(system.property(UNIT, 'ActiveState')).toBe('inactive');
      renameSync(system.at(`${CONF}.away`), system.at(CONF));
    });

    it('runs confined, and brings a file', async () => {
      sync.configure();
      await sync.enrol('of systemd');
      expect(systemctl('enable', '--now', UNIT)).toMatchObject({ code: 0 });
      await sync.bring('lyso/of-systemd_1.tif');
      const status = system.run('cat', `/proc/${mainPid()}/status`).out;
      sync.expectConfined(status);
      expect(status).toMatch(/^Seccomp:\t2$/m);
      const mounts = system.run('cat', `/proc/${mainPid()}/mounts`).out;
      expect(mounts).toMatch(/^\S+ \/ \S+ ro,/m);
      expect(mounts).toMatch(/^\S+ \/var\/lib\/beamdeck-sync \S+ rw,/m);
      sync.expectAnswers();
    }, 200_000);

    it('killed is started again, and goes on', async () => {
      const before = mainPid();
      expect(systemctl('kill', '--signal=SIGKILL', UNIT).code).toBe(0);
      await vi.waitFor(() => expect([0, before]).not.toContain(mainPid()), {
        timeout: 60_000,
        interval: 200,
      });
      await sync.bring('lyso/of-systemd_2.tif');
    }, 200_000);

    it('an update starts the new program', async () => {
      const before = mainPid();
      expect(install()).toMatchObject({ code: 0 });
      expect([0, before]).not.toContain(mainPid());
      await sync.bring('lyso/of-systemd_3.tif');
    }, 200_000);

    it('a wrong configuration is said in the journal, and not tried again and again', async () => {
      const right = sync.text(CONF);
      writeFileSync(system.at(CONF), `${right}\nserver_adress = 1\n`);
      systemctl('restart', UNIT);
      await untilState('failed');
      expect(system.property(UNIT, 'ExecMainStatus')).toBe('2');
      expect(system.property(UNIT, 'NRestarts')).toBe('0');
      expect(system.run('journalctl', '--unit', UNIT, '--no-pager').out).toContain('server_adress');
      writeFileSync(system.at(CONF), right);
      expect(systemctl('restart', UNIT).code).toBe(0);
      await untilState('active');
    }, 150_000);

    it('is stopped and disabled when the package is removed', () => {
      expect(system.run('dpkg', '--remove', 'beamdeck-sync')).toMatchObject({ code: 0 });
      sync.expectRemoved();
      expect(systemctl('is-active', UNIT).out).toBe('inactive\n');
      expect(system.run('pgrep', '--full', '/usr/bin/beamdeck-sync').out).toBe('');
    }, 60_000);
  },
);

/** A package of before: another program, another configuration. @returns the file */
async function olderRpm(folder: string): Promise<string> {
  const [root, work] = [join(folder, 'root'), join(folder, 'work')];
  for (const made of [root, work, join(root, 'docs')]) mkdirSync(made, { recursive: true });
  for (const part of ['packaging', 'LICENSE', 'docs/sync.md'])
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  const conf = join(root, 'packaging/sync.conf');
  writeFileSync(conf, `# of an older version\n${readFileSync(conf, 'utf8')}`);
  const executable = join(folder, 'older-program');
  writeFileSync(executable, '#!/bin/sh\necho 0.0.1\n', { mode: 0o755 });
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  return (await makeRpm({ root, arch, version: '0.0.1', executable, work, out: folder }))!;
}

/** By rpm's own tools; what it needs is looked at and not demanded, since Debian's packages are not in rpm's database. */
describe.skipIf(NO_RPM !== null)(`the .rpm of SYNC${NO_RPM ? ` (${NO_RPM})` : ''}`, () => {
  let sync: StartedSync;
  let older: string;
  beforeAll(async () => {
    older = await olderRpm(join(build, 'older'));
    sync = new StartedSync(w, server.url);
  });
  afterAll(() => sync?.dispose());

  const ask = (...words: string[]) =>
    execFileSync('rpm', ['-qp', ...words, packageOf('rpm')], { encoding: 'utf8' });
  const rpm = (...words: string[]) => sync.system.run('rpm', ...words);
  const install = (how: '-i' | '-U', file: string) => rpm(how, '--nodeps', '--force-debian', file);

  it('holds the executable byte by byte, owned by root, and needs what every distribution names alike', () => {
    const [line] = ask('--dump').match(/^\/usr\/bin\/beamdeck-sync .*$/m)!;
    expect(line).toContain(` ${sha256(readFileSync(join(build, 'beamdeck-sync')))} 0100755 root root `);
    expect(ask('-c')).toBe('/etc/beamdeck/sync.conf\n');
    const needs = ask('--requires').split('\n');
    expect(needs.filter((one) => one.includes('.so.'))).toEqual([
      'libc.so.6(GLIBC_2.28)(64bit)',
      'libgcc_s.so.1()(64bit)',
      'libstdc++.so.6()(64bit)',
    ]);
  });

  it('takes the place of an older one: the configuration that was changed stays, the new one lies beside it', () => {
    expect(install('-i', older)).toMatchObject({ code: 0 });
    expect(sync.system.run('beamdeck-sync', 'version').out).toBe('0.0.1\n');
    sync.expectInstalled();
    sync.configure();
    const changed = sync.text(CONF);
    expect(install('-U', packageOf('rpm'))).toMatchObject({ code: 0 });
    sync.expectInstalled();
    expect(sync.text(CONF)).toBe(changed);
    expect(sync.text(`${CONF}.rpmnew`)).toBe(readFileSync(join(ROOT, 'packaging/sync.conf'), 'utf8'));
    // Of all files only the configuration is other than in the package.
    expect(rpm('-V', '--nodeps', 'beamdeck-sync').out).toMatch(/^\S+ +c \/etc\/beamdeck\/sync\.conf\n$/);
  });

  it('is enrolled by root, runs as its unit says, brings a file, and stops when it is asked to', async () => {
    await sync.enrol('of the .rpm');
    sync.start();
    await sync.bring('lyso/of-rpm_1.tif');
    sync.expectConfined(sync.status());
    sync.expectAnswers();
    await sync.stop();
  }, 200_000);

  it('removed leaves state, data and the configuration that was changed', () => {
    const changed = sync.text(CONF);
    expect(rpm('-e', 'beamdeck-sync').code).toBe(0);
    sync.expectRemoved();
    expect(sync.text(`${CONF}.rpmsave`)).toBe(changed);
    expect([sync.isHere(`${STATE}/licence.json`), sync.isHere(`${STATE}/journal.db`)]).toEqual([true, true]);
    expect(sync.isHere('/opt/beamdeck/sync/raw/lyso/of-rpm_1.tif')).toBe(true);
  });
});
