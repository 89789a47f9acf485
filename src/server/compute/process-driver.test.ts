import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeComputeContract } from './compute.contract.ts';
import type { ComputeDriver } from './compute.port.ts';
import {
  type ComputeUnderTest,
  type Holds,
  probeRequest,
  untilLogged,
  untilOver,
  wholeLog,
} from './compute-kit.contract.ts';
import { describeComputeLimits } from './compute-limits.contract.ts';
import { findControlGroups } from './control-groups.ts';
import { createProcessDriver } from './process-driver.ts';
import { identityOf, isAlive } from './process-identity.ts';
import { SANDBOX_WORDS, type SandboxKind, strongestSandbox } from './sandbox.ts';

const [strongest, groups] = await Promise.all([strongestSandbox(), findControlGroups()]);

const under =
  (sandbox: SandboxKind, { withoutGroups = groups === null } = {}) =>
  async (): Promise<ComputeUnderTest> => {
    const runsDir = await mkdtemp(join(tmpdir(), 'beamdeck-runs-'));
    const holds: Holds = {
      confinement: sandbox !== 'none',
      memory: !withoutGroups,
      cpus: !withoutGroups,
      processes: !withoutGroups || sandbox === 'own-id',
    };
    return {
      driver: () => {
        return createProcessDriver({
          runsDir,
          allowUnconfined: true,
          killAfterMs: 1500,
          sandbox,
          withoutGroups,
        });
      },
      holds,
      close: () => rm(runsDir, { recursive: true, force: true }),
    };
  };

describeComputeContract('process, unconfined', under('none', { withoutGroups: true }));
if (strongest !== 'none') {
  describeComputeContract(`process, ${strongest}`, under(strongest));
  describeComputeLimits(`process, ${strongest}`, under(strongest));
}
if (strongest === 'own-id') {
  describeComputeContract('process, root without capabilities', under('root-without-capabilities'));
}

describe('process driver', () => {
  let folder: string;
  let driver: ComputeDriver;
  const readJson = async (runRef: string, name: string) =>
    JSON.parse(await readFile(join(folder, 'runs', runRef, name), 'utf8'));

  /** One that every user may read. */
  async function openFolder(): Promise<string> {
    const open = await mkdtemp(join(folder, 'open-'));
    await chmod(open, 0o755);
    return open;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'beamdeck-driver-'));
    driver = createProcessDriver({ runsDir: join(folder, 'runs'), allowUnconfined: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('refuses to run unconfined where that is not allowed', async () => {
    const strict = createProcessDriver({
      runsDir: join(folder, 'runs'),
      allowUnconfined: false,
      sandbox: 'none',
    });
    await expect(strict.submit(probeRequest('strict-1', folder, { behaviour: 'work' }))).rejects.toThrow(
      'install bubblewrap',
    );
  });

  it('says the truth about the confinement of a run', async () => {
    const { isolation } = await driver.submit(
      probeRequest('told-1', await openFolder(), { behaviour: 'exit-code' }),
    );
    expect(isolation).toBe(await driver.isolation());
    await untilOver(driver, 'told-1');
  });

  it.skipIf(strongest !== 'own-id')(
    'keeps root, without its powers, for data that nobody may read',
    async () => {
      const closed = await mkdtemp(join(folder, 'closed-'));
      await mkdir(join(closed, 'raw'), { mode: 0o700 });
      await writeFile(join(closed, 'raw', 'a.txt'), 'closed to others', { mode: 0o600 });
      const request = probeRequest('closed-1', closed, {
        behaviour: 'work',
        source: 'raw/a.txt',
        sleepMs: 0,
      });
      expect((await driver.submit(request)).isolation).toContain(SANDBOX_WORDS['root-without-capabilities']);
      expect(await untilOver(driver, 'closed-1')).toMatchObject({ ending: 'exited', exitCode: 0 });
    },
  );

  it.each(['none', strongest] as const)(
    'a killed supervisor means a lost run, and its program does not go on unseen (%s)',
    async (sandbox) => {
      const runRef = `killed-${sandbox}`;
      const own = createProcessDriver({ runsDir: join(folder, 'runs'), allowUnconfined: true, sandbox });
      await own.submit(probeRequest(runRef, folder, { behaviour: 'sleep' }));
      await untilLogged(own, runRef, 'sleeping');
      const supervisor = await readJson(runRef, 'run.json');
      const program = await readJson(runRef, 'program.json');
      process.kill(supervisor.pid, 'SIGKILL');
      const seen = await untilOver(own, runRef);
      expect(seen).toMatchObject({ state: 'lost', ending: 'lost', exitCode: null });
      expect(await wholeLog(own, runRef)).toContain('sleeping');
      while (isAlive(program)) await new Promise((resolve) => setTimeout(resolve, 20));
      // Its control group is not left behind either.
      if (groups) expect(existsSync((await readJson(runRef, 'group.json')).pids)).toBe(false);
    },
  );

  it.skipIf(strongest !== 'own-id')('limits processes where there are no control groups', async () => {
    const own = createProcessDriver({
      ...{ runsDir: join(folder, 'runs'), allowUnconfined: true, withoutGroups: true },
    });
    const { isolation } = await own.submit(
      probeRequest('bomb-1', await openFolder(), { behaviour: 'fork-bomb' }, { processes: 80 }),
    );
    expect(isolation).toContain('CPUs not limited');
    await untilLogged(own, 'bomb-1', 'processes');
    const { processes } = JSON.parse(/\{"processes":\d+\}/.exec(await wholeLog(own, 'bomb-1'))![0]);
    expect(processes).toBeLessThanOrEqual(80);
    await own.cancel('bomb-1', 'cancelled');
    expect(await untilOver(own, 'bomb-1')).toMatchObject({ ending: 'cancelled', use: { cpuMs: null } });
  });

  it.skipIf(!groups)('leaves no control group of a run that is over', async () => {
    await driver.submit(probeRequest('grouped-1', folder, { behaviour: 'exit-code' }));
    await untilOver(driver, 'grouped-1');
    const group = await readJson('grouped-1', 'group.json');
    expect(group.pids.startsWith(groups!.pids)).toBe(true);
    expect(existsSync(group.pids)).toBe(false);
    expect(existsSync(group.memory)).toBe(false);
  });

  it.skipIf(strongest === 'none')('hands the descriptor of the sandbox to no program', async () => {
    await driver.submit(probeRequest('descriptors-1', folder, { behaviour: 'descriptors' }));
    await untilOver(driver, 'descriptors-1');
    expect(await wholeLog(driver, 'descriptors-1')).toMatch(/^anon_inode:/);
  });

  it.skipIf(strongest === 'none')(
    'tells a program that could not be started from one that failed',
    async () => {
      const runRef = 'unstarted-1';
      await driver.submit(probeRequest(runRef, folder, { behaviour: 'exit-code' }));
      await untilOver(driver, runRef);
      const plan = await readJson(runRef, 'plan.json');
      const missing = plan.argv.map((word: string) => (word === folder ? join(folder, 'not-there') : word));
      await mkdir(join(folder, 'runs', 'unstarted-2', 'job'), { recursive: true });
      await writeFile(
        join(folder, 'runs', 'unstarted-2', 'plan.json'),
        JSON.stringify({ ...plan, argv: missing }),
      );
      await driver.submit(probeRequest('unstarted-2', folder, { behaviour: 'exit-code' }));
      expect(await untilOver(driver, 'unstarted-2')).toMatchObject({
        ending: 'start-failed',
        exitCode: null,
      });
      expect(await wholeLog(driver, 'unstarted-2')).toContain('not-there');
    },
  );

  it('ends a run when its disk is nearly full: that is not its doing', async () => {
    const own = createProcessDriver({
      ...{ runsDir: join(folder, 'runs'), allowUnconfined: true },
      diskReserveBytes: Number.MAX_SAFE_INTEGER,
    });
    await own.submit(probeRequest('full-1', folder, { behaviour: 'sleep' }));
    expect(await untilOver(own, 'full-1')).toMatchObject({ ending: 'disk-full', exitCode: null });
  });

  it('takes a run whose machine was restarted for interrupted', async () => {
    const run = join(folder, 'runs', 'restarted-1');
    await mkdir(run, { recursive: true });
    const self = identityOf(process.pid)!;
    const claim = { ...self, bootId: 'before the restart', startedAt: '2026-01-01T00:00:00.000Z' };
    await writeFile(join(run, 'run.json'), JSON.stringify(claim));
    expect(await driver.observe('restarted-1')).toMatchObject({ state: 'lost', ending: 'interrupted' });
  });

  it('takes a run that was prepared and not started from whoever comes too late', async () => {
    await driver.submit(probeRequest('late-1', folder, { behaviour: 'exit-code' }));
    await untilOver(driver, 'late-1');
    const run = join(folder, 'runs', 'late-2');
    await mkdir(join(run, 'job'), { recursive: true });
    await copyFile(join(folder, 'runs', 'late-1', 'plan.json'), join(run, 'plan.json'));
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(run, 'plan.json'), longAgo, longAgo);
    const seen = await driver.observe('late-2');
    expect(seen).toMatchObject({ state: 'lost', ending: 'interrupted', startedAt: null });
    const supervisor = spawn(process.execPath, [join(import.meta.dirname, 'process-supervisor.ts'), run]);
    await once(supervisor, 'exit');
    expect(existsSync(join(run, 'log'))).toBe(false);
    expect(await driver.observe('late-2')).toMatchObject({ state: 'lost', ending: 'interrupted' });
  });

  it('takes a process number that was given out again for another process', () => {
    const self = identityOf(process.pid)!;
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, startTicks: '1' })).toBe(false);
    expect(isAlive({ ...self, bootId: 'before the restart' })).toBe(false);
  });

  it('does not judge a prepared run that has not started yet', async () => {
    const runRef = 'pending-1';
    await driver.submit(probeRequest(runRef, folder, { behaviour: 'exit-code' }));
    const seen = await driver.observe(runRef);
    expect(['pending', 'running', 'exited']).toContain(seen.state);
    await untilOver(driver, runRef);
  });
});
