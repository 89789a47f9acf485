import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeComputeContract,
  probeRequest,
  untilLogged,
  untilOver,
  wholeLog,
} from './compute.contract.ts';
import type { ComputeDriver } from './compute.port.ts';
import { createProcessDriver } from './process-driver.ts';
import { identityOf, isAlive } from './process-identity.ts';
import { ISOLATION_TEXT, type SandboxKind, strongestSandbox } from './sandbox.ts';

const strongest = await strongestSandbox();

const under = (sandbox: SandboxKind) => async () => {
  const runsDir = await mkdtemp(join(tmpdir(), 'beamdeck-runs-'));
  return {
    driver: () => createProcessDriver({ runsDir, allowUnconfined: true, sandbox }),
    confined: sandbox !== 'none',
    close: () => rm(runsDir, { recursive: true, force: true }),
  };
};

describeComputeContract('process, unconfined', under('none'));
if (strongest !== 'none') describeComputeContract(`process, ${strongest}`, under(strongest));
if (strongest === 'nobody') {
  describeComputeContract('process, root without capabilities', under('root-without-capabilities'));
}

describe('process driver', () => {
  let folder: string;
  let driver: ComputeDriver;
  const readJson = async (runRef: string, name: string) =>
    JSON.parse(await readFile(join(folder, 'runs', runRef, name), 'utf8'));

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
    const open = await mkdtemp(join(folder, 'open-'));
    await chmod(open, 0o755);
    const { isolation } = await driver.submit(probeRequest('told-1', open, { behaviour: 'exit-code' }));
    expect(isolation).toBe(await driver.isolation());
    await untilOver(driver, 'told-1');
  });

  it.skipIf(strongest !== 'nobody')(
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
      expect((await driver.submit(request)).isolation).toBe(ISOLATION_TEXT['root-without-capabilities']);
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
    },
  );

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
