import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseSpoolDir, prepareSpoolDir, SpoolBudget, SpoolPool } from './spool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the folder', () => {
  it('is the one given, below it one per state folder', () => {
    const [one, two] = [chooseSpoolDir(folder, '/a', 1e6), chooseSpoolDir(folder, '/b', 1e6)];
    expect(path.dirname(one)).toBe(folder);
    expect(one).not.toBe(two);
    expect(chooseSpoolDir(folder, '/a', 1e6)).toBe(one);
  });

  it('is on disk when the memory file system has no room for it', () => {
    expect(chooseSpoolDir(null, folder, Number.MAX_SAFE_INTEGER)).toBe(path.join(folder, 'spool'));
  });

  it('is for this user alone, and never a link that somebody put there', () => {
    const dir = path.join(folder, 'spool');
    prepareSpoolDir(dir);
    expect(lstatSync(dir).mode & 0o777).toBe(0o700);
    mkdirSync(path.join(folder, 'elsewhere'));
    symlinkSync(path.join(folder, 'elsewhere'), path.join(folder, 'link'));
    expect(() => prepareSpoolDir(path.join(folder, 'link'))).toThrow('is not a folder');
  });
});

describe('the budget', () => {
  it('lets in what fits, and everything while nothing could come free', () => {
    const budget = new SpoolBudget(100);
    budget.add(150);
    expect(budget.fits(10)).toBe(true);
    budget.settle(150);
    expect(budget.fits(10)).toBe(false);
    budget.free(150);
    expect(budget.fits(100)).toBe(true);
  });

  it('wakes who waits when something is freed, and at a stop', async () => {
    const budget = new SpoolBudget(100);
    const stop = new AbortController();
    let woken = 0;
    const waiting = [budget.freed(stop.signal), budget.freed(stop.signal)].map((one) =>
      one.then(() => woken++),
    );
    budget.free(1);
    await Promise.all(waiting);
    expect(woken).toBe(2);
    const third = budget.freed(stop.signal);
    stop.abort();
    await third;
    await budget.freed(stop.signal);
  });
});

describe('files used again', () => {
  it('are kept within the buffer’s size and handed out as they are', () => {
    const budget = new SpoolBudget(100);
    const pool = new SpoolPool(folder, budget, 100, true);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => path.join(folder, name));
    for (const file of [a!, b!]) {
      writeFileSync(file, 'old content');
      pool.give(file, 60);
    }
    expect([existsSync(a!), existsSync(b!)]).toEqual([false, false]);
    expect(pool.take(c!)).toBe(true);
    expect(readFileSync(c!, 'utf8')).toBe('old content');
    expect(pool.take(a!)).toBe(false);
    budget.add(90);
    pool.give(c!, 60);
    expect(pool.take(a!)).toBe(false);
  });

  it('are not kept on a disk, nor from one start to the next', () => {
    const budget = new SpoolBudget(100);
    const first = new SpoolPool(folder, budget, 100, true);
    writeFileSync(path.join(folder, 'a'), 'x');
    first.give(path.join(folder, 'a'), 1);
    expect(new SpoolPool(folder, budget, 100, true).take(path.join(folder, 'b'))).toBe(false);
    const disk = new SpoolPool(folder, budget, 100, false);
    writeFileSync(path.join(folder, 'a'), 'x');
    disk.give(path.join(folder, 'a'), 1);
    expect(disk.take(path.join(folder, 'b'))).toBe(false);
    expect(existsSync(path.join(folder, 'a'))).toBe(false);
  });
});
