import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClearFault } from '../lib/clear-fault.ts';
import { isAlive } from '../lib/folder-lock.mjs';
import { CommonLog } from './common-log.ts';
import { type Program, type Running, Supervisor } from './supervisor.ts';

/** Real processes: small Node programs that write when they start and when they stop. */
const program = (name: string, source: string): Program => ({
  name,
  title: `the ${name}`,
  command: process.execPath,
  args: ['-e', source],
  cwd: tmpdir(),
  env: process.env,
  graceMs: 2000,
});
const OBEDIENT = `console.log('here'); setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0));`;
const STUBBORN = `console.log('here'); setInterval(() => {}, 1000); process.on('SIGTERM', () => {});`;

const alive = (pid: number) => isAlive({ pid });
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('supervisor', () => {
  let dir: string;
  let log: CommonLog;
  let crashes: ClearFault[];
  let running: readonly Running[];
  const make = (keepGoing = false) =>
    new Supervisor({
      log,
      keepGoing,
      onCrash: (fault) => crashes.push(fault),
      onChange: (now) => {
        running = [...now];
      },
    });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'beamdeck-supervisor-'));
    log = new CommonLog(dir, (error) => {
      throw error;
    });
    crashes = [];
    running = [];
  });
  afterEach(() => {
    log.close();
    rmSync(dir, { recursive: true });
  });

  it('stops the last started first, and a stubborn one by force', async () => {
    const supervisor = make();
    const stopped: string[] = [];
    for (const [name, source] of [
      ['first', OBEDIENT],
      ['second', STUBBORN],
      ['third', OBEDIENT],
    ] as const) {
      const one = await supervisor.start({ ...program(name, source), graceMs: 300 });
      void one.exited.then(() => stopped.push(name));
      await until(() => log.lastLines(name).length > 0);
    }
    await supervisor.stopAll();
    expect(stopped).toEqual(['third', 'second', 'first']);
    expect(crashes).toEqual([]);
    expect(running.filter(({ pid }) => alive(pid))).toEqual([]);
  });

  it('tells of a crash once, with the last lines of its log and what to do', async () => {
    const supervisor = make();
    await supervisor.start(program('db', OBEDIENT));
    await supervisor.start(program('web', `console.error('Error: ENOSPC: no space left'); process.exit(7)`));
    await until(() => crashes.length > 0);
    expect(crashes).toHaveLength(1);
    expect(crashes[0]?.message).toMatch(/^The web ended unexpectedly \(exit code 7\)\. The disk is full/);
    expect(crashes[0]?.message).toContain('ENOSPC: no space left');
    await supervisor.stopAll();
  });

  it('says of a killed program what is lost with it', async () => {
    const supervisor = make();
    const web = await supervisor.start(program('web', OBEDIENT));
    process.kill(web.pid, 'SIGKILL');
    await until(() => crashes.length > 0);
    expect(crashes[0]?.message).toContain('Nothing is lost. Start again.');
    const hub = await supervisor.start({
      ...program('hub', OBEDIENT),
      whenKilled: 'Some frames are missing.',
    });
    process.kill(hub.pid, 'SIGKILL');
    await until(() => crashes.length > 1);
    expect(crashes[1]?.message).toContain('Some frames are missing. Start again.');
    expect(crashes[1]?.message).not.toContain('Nothing is lost');
    await supervisor.stopAll();
  });

  it('waits for the line with which a program says that it is ready, at its first start only', async () => {
    const supervisor = make(true);
    const late = `setTimeout(() => console.log('it works'), 50); setInterval(() => {}, 1000);`;
    const first = await supervisor.start({ ...program('hub', late), readyLine: 'works' });
    expect(log.lastLines('hub').join()).toContain('it works');
    process.kill(first.pid, 'SIGKILL');
    await until(() => running[0] !== undefined && running[0].pid !== first.pid);
    await supervisor.stopAll();
    expect(crashes).toEqual([]);
  });

  it('gives up waiting for that line when everything is stopped', async () => {
    const supervisor = make();
    const start = supervisor.start({ ...program('hub', OBEDIENT), readyLine: 'never' });
    const refused = expect(start).rejects.toThrow(/abort/);
    await until(() => log.lastLines('hub').length > 0);
    await supervisor.stopAll();
    await refused;
    expect(crashes).toEqual([]);
  });

  it('rejects a start whose program ends before it is ready', async () => {
    const supervisor = make();
    const never: Program['ready'] = (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
    const start = supervisor.start({ ...program('data', 'process.exit(3)'), ready: never });
    await expect(start).rejects.toThrow(/ended unexpectedly \(exit code 3\)/);
    await supervisor.stopAll();
    expect(crashes).toEqual([]);
  });

  it('with keepGoing, starts a killed program again in its place', async () => {
    const supervisor = make(true);
    const first = await supervisor.start(program('db', OBEDIENT));
    await supervisor.start(program('web', OBEDIENT));
    process.kill(first.pid, 'SIGKILL');
    await until(() => running[0] !== undefined && running[0].pid !== first.pid);
    expect(running.map(({ name }) => name)).toEqual(['db', 'web']);
    expect(crashes).toEqual([]);
    await supervisor.stopAll();
    expect(running.filter(({ pid }) => alive(pid))).toEqual([]);
  });
});
