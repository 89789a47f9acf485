import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import {
  type ComputeUnderTest,
  openContract,
  pause,
  readOutput,
  untilLogged,
  untilOver,
  wholeLog,
} from './compute-kit.contract.ts';

/** What every driver of compute promises, of runs that behave and of runs that do not. What it promises of limits is in compute-limits.contract.ts. */
export function describeComputeContract(name: string, open: () => Promise<ComputeUnderTest>): void {
  describe(`compute driver ${name}`, () => {
    const contract = openContract(name, open);
    const { promise, submit } = contract;

    promise('runs a program: log, reports, results, times', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'work', source: 'raw/a.txt', sleepMs: 0 });
      const seen = await untilOver(driver, runRef);
      expect(seen).toMatchObject({
        state: 'exited',
        ending: 'exited',
        exitCode: 0,
        signal: null,
        reason: null,
      });
      expect(seen.finishedAt!.getTime()).toBeGreaterThanOrEqual(seen.startedAt!.getTime());
      const log = await wholeLog(driver, runRef);
      expect(log).toContain('grüße from the job\n');
      expect(log).toContain('a word on stderr\n');
      expect(JSON.parse((await driver.readReport(runRef, 'metrics'))!)).toEqual({
        answer: 42,
        nothing: null,
      });
      expect(JSON.parse((await driver.readReport(runRef, 'progress'))!)).toMatchObject({ done: 1, total: 4 });
      expect(JSON.parse((await driver.readReport(runRef, 'plots'))!)).toHaveLength(1);
      expect((await driver.listOutput(runRef)).map((file) => file.path)).toEqual([
        'deep/copy.bin',
        'starts.txt',
      ]);
      expect(await readOutput(driver, runRef, 'deep/copy.bin')).toBe('data of the experiment');
    });

    promise('starts a run once, however often and from however many workers it is submitted', async () => {
      const driver = contract.driver();
      const request = contract.request({ behaviour: 'work', source: 'raw/a.txt', sleepMs: 300 });
      await Promise.all([1, 2, 3, 4].map(() => contract.driver().submit(request)));
      await untilLogged(driver, request.runRef, 'from the job');
      await contract.driver().submit(request);
      await untilOver(driver, request.runRef);
      await driver.submit(request);
      await pause(300);
      const starts = await readOutput(driver, request.runRef, 'starts.txt');
      expect(starts.trim().split('\n')).toHaveLength(1);
    });

    promise('is seen by a driver that did not start it', async () => {
      const runRef = await submit({ behaviour: 'work', source: 'raw/a.txt', sleepMs: 500 });
      const other = contract.driver();
      await untilLogged(other, runRef, 'from the job');
      expect((await other.observe(runRef)).state).toBe('running');
      expect((await untilOver(other, runRef)).exitCode).toBe(0);
    });

    promise('shows what a run has left so far, while it goes on', async () => {
      const runRef = await submit({ behaviour: 'work', source: 'raw/a.txt', sleepMs: 60_000 });
      const driver = contract.driver();
      const listed = async () =>
        (await driver.outputSoFar(runRef, 100)).filter(({ sizeBytes }) => sizeBytes > 0);
      while ((await listed()).length === 0) await pause(50);
      const [file] = await listed();
      expect(file).toMatchObject({ path: 'starts.txt', changedAt: expect.any(Date) });
      expect(Buffer.from((await driver.readSoFar(runRef, file!))!).toString()).toMatch(/^\d+\n$/);
      expect(await driver.readSoFar(runRef, { ...file!, sizeBytes: 1 })).toBeNull();
      expect((await driver.observe(runRef)).state).toBe('running');
      await driver.cancel(runRef, 'cancelled');
      await untilOver(driver, runRef);
      expect(await driver.outputSoFar('no-such-run-1', 100)).toEqual([]);
    });

    promise('hints at the end of a run, so that nobody need look often', async () => {
      const driver = contract.driver();
      const hinted = new Promise<void>((resolve) => driver.onEnd(resolve));
      const request = contract.request({ behaviour: 'exit-code' });
      await driver.submit(request);
      await hinted;
      expect((await driver.observe(request.runRef)).state).toBe('exited');
    });

    promise('tells the exit code of a program that failed', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'exit-code' });
      expect(await untilOver(driver, runRef)).toMatchObject({ ending: 'exited', exitCode: 7 });
      expect(await wholeLog(driver, runRef)).toContain('about to fail');
    });

    promise('tells of a program that crashed, and takes it for one that ended by itself', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'crash' });
      const seen = await untilOver(driver, runRef);
      expect(seen).toMatchObject({ state: 'exited', ending: 'exited' });
      // 128 + SIGSEGV where something stands between program and driver.
      expect(seen.signal === 'SIGSEGV' || seen.exitCode === 139).toBe(true);
    });

    promise('asks a run to end before it is ended by force', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'polite' });
      await untilLogged(driver, runRef, 'at your service');
      await driver.cancel(runRef, 'cancelled');
      expect(await untilOver(driver, runRef)).toMatchObject({
        ending: 'cancelled',
        exitCode: null,
        signal: null,
      });
      expect(await wholeLog(driver, runRef)).toContain('goodbye');
    });

    promise(
      'cancels a run that does not want to end, with all it started, also when it is asked twice',
      async () => {
        const driver = contract.driver();
        const runRef = await submit({ behaviour: 'stubborn' });
        await untilLogged(driver, runRef, 'here to stay');
        await Promise.all([
          driver.cancel(runRef, 'cancelled'),
          contract.driver().cancel(runRef, 'cancelled'),
        ]);
        await driver.cancel(runRef, 'cancelled');
        const seen = await untilOver(driver, runRef);
        expect(seen).toMatchObject({ state: 'exited', ending: 'cancelled' });
        expect(seen.reason).toMatch(/\.$/);
      },
    );

    promise('cancels a run right after it was submitted', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'sleep' });
      await driver.cancel(runRef, 'interrupted');
      expect(await untilOver(driver, runRef)).toMatchObject({ state: 'exited', ending: 'interrupted' });
    });

    promise(
      'leaves a run that is over as it ended: its end may be told, and it be cancelled, any number of times',
      async () => {
        const driver = contract.driver();
        const runRef = await submit({ behaviour: 'exit-code' });
        const seen = await untilOver(driver, runRef);
        await driver.cancel(runRef, 'cancelled');
        await driver.cancel(runRef, 'interrupted');
        expect(await driver.observe(runRef)).toEqual(seen);
        expect(await contract.driver().observe(runRef)).toEqual(seen);
      },
    );

    promise('ends a run that takes longer than its limit', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'sleep' }, { timeS: 1 });
      expect(await untilOver(driver, runRef)).toMatchObject({ state: 'exited', ending: 'time-limit' });
    });

    promise('keeps the log valid text without NUL, whatever the program prints', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'odd-output' });
      await untilOver(driver, runRef);
      expect(await wholeLog(driver, runRef)).toBe('a\ufffdb\ufffdcü\n');
    });

    promise('serves a long log in pieces that never cut a character', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'much-output' });
      await untilOver(driver, runRef);
      const lines = (await wholeLog(driver, runRef, 1000)).trimEnd().split('\n');
      expect(lines).toHaveLength(5000);
      expect(lines.at(-1)).toBe(`line 4999 ${'ä'.repeat(60)}`);
    });

    promise('follows no link and waits for no pipe that a program leaves', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'links' });
      await untilOver(driver, runRef);
      expect((await driver.listOutput(runRef)).map((file) => file.path)).toEqual(['honest.txt']);
      expect(await driver.readReport(runRef, 'metrics')).toBeNull();
      await expect(readOutput(driver, runRef, 'passwd')).rejects.toThrow();
    });

    promise('says of a run it never had that it is lost', async () => {
      const driver = contract.driver();
      expect(await driver.observe('contract-never')).toMatchObject({ state: 'lost', ending: 'lost' });
      expect(await driver.readLog('contract-never', 0, 1000)).toEqual({ text: '', sizeBytes: 0 });
      await driver.cancel('contract-never', 'cancelled');
    });

    promise('removes what is left of a run that is over', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'exit-code' });
      await untilOver(driver, runRef);
      expect(await driver.list()).toContain(runRef);
      await driver.remove(runRef);
      expect(await driver.list()).not.toContain(runRef);
      expect((await driver.observe(runRef)).state).toBe('lost');
    });

    promise('removes no run that is not over, and one that is as often as it is asked', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'sleep' });
      await expect(driver.remove(runRef)).rejects.toMatchObject({ code: 'CONFLICT' });
      await untilLogged(driver, runRef, 'sleeping');
      await expect(driver.remove(runRef)).rejects.toMatchObject({ code: 'CONFLICT' });
      await driver.cancel(runRef, 'cancelled');
      expect(await untilOver(driver, runRef)).toMatchObject({ ending: 'cancelled' });
      await Promise.all([driver.remove(runRef), contract.driver().remove(runRef)]);
      await driver.remove(runRef);
    });

    promise('gives a program its parameters as they are, whatever they hold', async () => {
      const driver = contract.driver();
      const parameters = {
        behaviour: 'parameters',
        shell: '$(touch /tmp/x) `id`; rm -rf "$HOME" && \'quoted\' | cat > ../../x',
        lines: 'one\ntwo\r\n\u0000three\u001b[31m',
        path: '../../../etc/passwd',
        option: '--eval=process.exit(9)',
        prototype: '{"__proto__": {"polluted": true}}',
      };
      const runRef = await submit(parameters);
      expect(await untilOver(driver, runRef)).toMatchObject({ ending: 'exited', exitCode: 0 });
      expect(JSON.parse(await wholeLog(driver, runRef))).toEqual(parameters);
    });

    promise('tells a run how things are now, whole and whoever tells it, until it is over', async () => {
      const request = { ...contract.request({ behaviour: 'fed' }), isFed: true };
      const { runRef } = request;
      await contract.driver().submit(request);
      const told = (name: string) => `${name}:${'x'.repeat(300_000)}:${name}`;
      await contract.driver().feed(runRef, told('first'));
      await untilLogged(contract.driver(), runRef, 'first whole');
      for (let n = 0; n < 100; n++) await contract.driver().feed(runRef, told(`n${n}`));
      await contract.driver().feed(runRef, told('end'));
      expect(await untilOver(contract.driver(), runRef)).toMatchObject({ ending: 'exited', exitCode: 0 });
      await contract.driver().feed(runRef, told('late'));
      const log = await wholeLog(contract.driver(), runRef);
      expect(log).toMatch(/end whole/);
      expect(log).not.toMatch(/torn|late/);
      await contract.driver().remove(runRef);
      await contract.driver().feed(runRef, told('gone'));
      expect(await contract.driver().list()).not.toContain(runRef);
    });

    promise('tells nothing to a run that is not to be told', async () => {
      const driver = contract.driver();
      const runRef = await submit({ behaviour: 'fed' });
      await driver.feed(runRef, 'end::end');
      await untilOver(driver, runRef);
      expect(await wholeLog(driver, runRef)).toBe('is told nothing\n');
    });

    promise(
      'lets no run change what it is told',
      async () => {
        const driver = contract.driver();
        const request = { ...contract.request({ behaviour: 'fed', triesToChange: true }), isFed: true };
        await driver.submit(request);
        await driver.feed(request.runRef, 'end::end');
        await untilOver(driver, request.runRef);
        expect(await wholeLog(driver, request.runRef)).toBe('end whole\ncannot change it\n');
      },
      { needs: 'confinement' },
    );

    promise('refuses an entry or a reference that leads elsewhere', async () => {
      const driver = contract.driver();
      const request = contract.request({});
      await expect(driver.submit({ ...request, entry: 'built-in:../evil' })).rejects.toThrow('no program');
      await expect(driver.submit({ ...request, runRef: '../evil' })).rejects.toThrow('no reference');
    });

    promise(
      'gives a program its data and a folder to write to, and no secrets in its environment',
      async () => {
        const told = await confinementOf({ tryOutside: false });
        expect(told).toMatchObject({ canReadTree: true, canWriteOut: true });
        expect(told.environment).not.toMatch(/DATABASE|SECRET|BEAMDECK|TOKEN/);
      },
    );

    promise(
      'confines a program: no network, nothing of other experiments by whatever path or link, no place to write but its folder',
      async () => {
        const told = await confinementOf({ tryOutside: true });
        expect(told).toMatchObject({
          ...{ canReachPort: false, canSeeSecret: false, canFollowLink: false },
          ...{ canWriteTree: false, canWriteOutside: [] },
        });
        expect(told.processes).toBeLessThan(6);
        expect(await readFile(join(contract.treeDir(), 'raw', 'a.txt'), 'utf8')).toBe(
          'data of the experiment',
        );
      },
      { needs: 'confinement' },
    );

    promise(
      'lets a program reach the network, this machine too, where that was allowed, and still nothing else',
      async () => {
        const told = await confinementOf({ tryOutside: true, network: true });
        expect(told).toMatchObject({
          ...{ canReachPort: true, canSeeSecret: false, canFollowLink: false },
          ...{ canWriteTree: false, canWriteOutside: [] },
        });
        expect(told.isolation).toContain('reaches the network');
        expect((await confinementOf({ tryOutside: false })).isolation).not.toContain('network');
      },
      { needs: 'confinement' },
    );

    /** What the program could do, with a server of this machine and the file of another experiment to try on. */
    async function confinementOf({ tryOutside, network }: { tryOutside: boolean; network?: boolean }) {
      const driver = contract.driver();
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      const secretPath = contract.secretPath();
      const request = contract.request({ behaviour: 'confinement', port, secretPath, tryOutside });
      const { runRef, isolation } = await driver.submit({ ...request, network });
      await untilOver(driver, runRef);
      server.close();
      return { ...JSON.parse(await wholeLog(driver, runRef)), isolation };
    }
  });
}
