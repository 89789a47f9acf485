import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ParameterValues } from '#src/shared/contracts/job-template.ts';
import type { ComputeDriver, RunObservation, RunRequest } from './compute.port.ts';

/** What every driver of compute promises. */
export interface ComputeUnderTest {
  /** A driver as another worker would make it: what one knows, all know. */
  driver(): ComputeDriver;
  /** Whether runs of this driver are confined. */
  confined: boolean;
  close(): Promise<void>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function untilOver(driver: ComputeDriver, runRef: string): Promise<RunObservation> {
  for (;;) {
    const seen = await driver.observe(runRef);
    if (seen.state === 'exited' || seen.state === 'lost') return seen;
    await pause(50);
  }
}

export async function wholeLog(driver: ComputeDriver, runRef: string, pieceBytes = 65_536): Promise<string> {
  let log = '';
  for (let offset = 0; ; ) {
    const { text, sizeBytes } = await driver.readLog(runRef, offset, pieceBytes);
    if (text === '') return log;
    log += text;
    offset += sizeBytes;
  }
}

export async function untilLogged(driver: ComputeDriver, runRef: string, text: string): Promise<void> {
  while (!(await wholeLog(driver, runRef)).includes(text)) await pause(50);
}

export async function readOutput(driver: ComputeDriver, runRef: string, path: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of driver.readOutput(runRef, path)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

export function probeRequest(
  runRef: string,
  treeDir: string,
  parameters: ParameterValues,
  limits: Partial<RunRequest['limits']> = {},
): RunRequest {
  return {
    runRef,
    entry: 'built-in:contract-probe',
    treeDir,
    limits: { timeS: 60, memoryBytes: 2 * 1024 ** 3, ...limits },
    job: {
      jobId: runRef,
      experimentCode: 'DEM26-AAAAA',
      templateSlug: 'contract-probe',
      templateVersion: 1,
      parameters,
      dataset: null,
    },
  };
}

export function describeComputeContract(name: string, open: () => Promise<ComputeUnderTest>): void {
  describe(`compute driver ${name}`, () => {
    let under: ComputeUnderTest;
    let driver: ComputeDriver;
    let folder: string;
    let treeDir: string;
    let number = 0;
    const submit = async (parameters: ParameterValues, limits: Partial<RunRequest['limits']> = {}) => {
      const request = probeRequest(`contract-${++number}`, treeDir, parameters, limits);
      await driver.submit(request);
      return request.runRef;
    };

    beforeAll(async () => {
      under = await open();
      driver = under.driver();
      folder = await mkdtemp(join(tmpdir(), 'beamdeck-tree-'));
      treeDir = join(folder, 'DEM26-AAAAA');
      await mkdir(join(treeDir, 'raw'), { recursive: true });
      await writeFile(join(treeDir, 'raw', 'a.txt'), 'data of the experiment');
      await writeFile(join(folder, 'secret.txt'), 'of another experiment');
    });
    afterAll(async () => {
      await under.close();
      await rm(folder, { recursive: true, force: true });
    });

    it('runs a program: log, reports, results, times', async () => {
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

    it('starts a run once, however often and from however many workers it is submitted', async () => {
      const request = probeRequest('contract-once', treeDir, {
        behaviour: 'work',
        source: 'raw/a.txt',
        sleepMs: 300,
      });
      await Promise.all([1, 2, 3, 4].map(() => under.driver().submit(request)));
      await untilLogged(driver, request.runRef, 'from the job');
      await under.driver().submit(request);
      await untilOver(driver, request.runRef);
      await driver.submit(request);
      await pause(300);
      const starts = await readOutput(driver, request.runRef, 'starts.txt');
      expect(starts.trim().split('\n')).toHaveLength(1);
    });

    it('is seen by a driver that did not start it', async () => {
      const runRef = await submit({ behaviour: 'work', source: 'raw/a.txt', sleepMs: 500 });
      const other = under.driver();
      await untilLogged(other, runRef, 'from the job');
      expect((await other.observe(runRef)).state).toBe('running');
      expect((await untilOver(other, runRef)).exitCode).toBe(0);
    });

    it('tells the exit code of a program that failed', async () => {
      const runRef = await submit({ behaviour: 'exit-code' });
      expect(await untilOver(driver, runRef)).toMatchObject({ ending: 'exited', exitCode: 7 });
      expect(await wholeLog(driver, runRef)).toContain('about to fail');
    });

    it('cancels a run that does not want to end, with all it started', async () => {
      const runRef = await submit({ behaviour: 'stubborn' });
      await untilLogged(driver, runRef, 'here to stay');
      await driver.cancel(runRef, 'cancelled');
      expect(await untilOver(driver, runRef)).toMatchObject({ state: 'exited', ending: 'cancelled' });
    }, 20_000);

    it('cancels a run right after it was submitted', async () => {
      const runRef = await submit({ behaviour: 'sleep' });
      await driver.cancel(runRef, 'interrupted');
      expect(await untilOver(driver, runRef)).toMatchObject({ state: 'exited', ending: 'interrupted' });
    });

    it('ends a run that takes longer than its limit', async () => {
      const runRef = await submit({ behaviour: 'sleep' }, { timeS: 1 });
      expect(await untilOver(driver, runRef)).toMatchObject({ state: 'exited', ending: 'time-limit' });
    });

    it('keeps the log valid text without NUL, whatever the program prints', async () => {
      const runRef = await submit({ behaviour: 'odd-output' });
      await untilOver(driver, runRef);
      expect(await wholeLog(driver, runRef)).toBe('a\ufffdb\ufffdcü\n');
    });

    it('serves a long log in pieces that never cut a character', async () => {
      const runRef = await submit({ behaviour: 'much-output' });
      await untilOver(driver, runRef);
      const lines = (await wholeLog(driver, runRef, 1000)).trimEnd().split('\n');
      expect(lines).toHaveLength(5000);
      expect(lines.at(-1)).toBe(`line 4999 ${'ä'.repeat(60)}`);
    });

    it('follows no link and waits for no pipe that a program leaves', async () => {
      const runRef = await submit({ behaviour: 'links' });
      await untilOver(driver, runRef);
      expect((await driver.listOutput(runRef)).map((file) => file.path)).toEqual(['honest.txt']);
      expect(await driver.readReport(runRef, 'metrics')).toBeNull();
      await expect(readOutput(driver, runRef, 'passwd')).rejects.toThrow();
    });

    it('says of a run it never had that it is lost', async () => {
      expect(await driver.observe('contract-never')).toMatchObject({ state: 'lost', ending: 'lost' });
      expect(await driver.readLog('contract-never', 0, 1000)).toEqual({ text: '', sizeBytes: 0 });
      await driver.cancel('contract-never', 'cancelled');
    });

    it('removes what is left of a run that is over', async () => {
      const runRef = await submit({ behaviour: 'exit-code' });
      await untilOver(driver, runRef);
      expect(await driver.list()).toContain(runRef);
      await driver.remove(runRef);
      expect(await driver.list()).not.toContain(runRef);
      expect((await driver.observe(runRef)).state).toBe('lost');
    });

    it('refuses an entry or a reference that leads elsewhere', async () => {
      const request = probeRequest('contract-bad', treeDir, {});
      await expect(driver.submit({ ...request, entry: 'built-in:../evil' })).rejects.toThrow('no program');
      await expect(driver.submit({ ...request, runRef: '../evil' })).rejects.toThrow('no reference');
    });

    it('confines a program to its data, without the network, without secrets in its environment', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      const runRef = await submit({
        behaviour: 'confinement',
        port,
        secretPath: join(folder, 'secret.txt'),
      });
      await untilOver(driver, runRef);
      server.close();
      const told = JSON.parse(await wholeLog(driver, runRef));
      expect(told).toMatchObject({ canReadTree: true, canWriteOut: true });
      expect(told.environment).not.toMatch(/DATABASE|SECRET|BEAMDECK|TOKEN/);
      if (!under.confined) return;
      expect(told).toMatchObject({ canReachPort: false, canSeeSecret: false, canWriteTree: false });
      expect(told.processes).toBeLessThan(6);
      expect(await readFile(join(treeDir, 'raw', 'a.txt'), 'utf8')).toBe('data of the experiment');
    });
  });
}
