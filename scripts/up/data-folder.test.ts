import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseSpoolDir, isMemoryFolder, memorySpoolDir } from '#hub/agent/spool.ts';
import { type DataFolder, dataFolder, emptyDataFolder, prepareDataFolder } from './data-folder.ts';

let parent: string;
let own: DataFolder;
let other: DataFolder;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'beamdeck-data-'));
  own = dataFolder(join(parent, 'own'));
  other = dataFolder(join(parent, 'other'));
  await prepareDataFolder(own);
});
afterEach(async () => {
  for (const { hubState } of [own, other])
    await rm(memorySpoolDir(hubState), { recursive: true, force: true });
  await rm(parent, { recursive: true });
});

describe('emptying the data folder', () => {
  it('removes everything in it but the lock', async () => {
    await mkdir(join(own.dir, 'lock'));
    await writeFile(own.lock, '{}');
    await writeFile(own.demoFile, '{}');
    await emptyDataFolder(own);
    expect(await readdir(own.dir)).toEqual(['lock']);
    expect(existsSync(own.lock)).toBe(true);
  });

  it.skipIf(!existsSync('/dev/shm'))(
    'removes the spool in memory of its own HUB and of no other',
    async () => {
      const spools = [own, other].map(({ hubState }) => memorySpoolDir(hubState));
      for (const spool of spools) {
        await mkdir(join(spool, 'series'), { recursive: true, mode: 0o700 });
        await writeFile(join(spool, 'series', 'data_000001.h5'), 'frames');
      }
      await emptyDataFolder(own);
      expect(spools.map((spool) => existsSync(spool))).toEqual([false, true]);
    },
  );

  it.skipIf(!isMemoryFolder('/dev/shm'))('looks for the spool where the HUB puts it', () => {
    expect(chooseSpoolDir(null, own.hubState, 0)).toBe(memorySpoolDir(own.hubState));
  });
});
