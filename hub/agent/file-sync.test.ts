import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SharedSync, syncPath } from './file-sync.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-sync-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('those who ask while a sync is under way share the next one', async () => {
  writeFileSync(path.join(folder, 'file'), 'x');
  const shared = new SharedSync(path.join(folder, 'file'));
  const first = shared.now();
  expect(shared.now()).toBe(first);
  // The first has begun by then, so what is written from now on is not in it.
  await Promise.resolve();
  await Promise.resolve();
  const second = shared.now();
  expect(second).not.toBe(first);
  expect(shared.now()).toBe(second);
  await Promise.all([first, second]);
});

it('a file that is not there has nothing to bring; another fault is told', async () => {
  await expect(syncPath(path.join(folder, 'none'))).resolves.toBeUndefined();
  writeFileSync(path.join(folder, 'file'), '');
  await expect(syncPath(path.join(folder, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

it('after a sync that failed the next one is tried', async () => {
  writeFileSync(path.join(folder, 'file'), '');
  const shared = new SharedSync(path.join(folder, 'file', 'below'));
  await expect(shared.now()).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(shared.now()).rejects.toMatchObject({ code: 'ENOTDIR' });
});
