import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canMount, SmallDisk } from '../testing/small-disk.ts';
import { bufferPlaces, roomIn } from './buffer-room.ts';
import { disksOfFolders, NeededDisks } from './needed-disks.ts';

const MIB = 1024 * 1024;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-disks-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const places = (spill: number | null, used: { main: number; all: number }, keptBytes = 0) =>
  bufferPlaces(
    {
      main: { dir: '/memory', maxBytes: 100 },
      spill: spill === null ? null : { dir: '/disk', maxBytes: spill },
    } as never,
    { keptBytes },
    used.main,
    used.all,
  );

const disk = (dev: bigint, freeBytes: number) => ({ dev, freeBytes });

it('what the buffer takes is what its size leaves, and no more than its disks have free', () => {
  const free = (memory: number, spill: number) => (dir: string) =>
    dir === '/memory' ? disk(1n, memory) : disk(2n, spill);
  expect(roomIn(places(null, { main: 30, all: 30 }), free(1000, 0))).toBe(70);
  expect(roomIn(places(null, { main: 30, all: 30 }), free(20, 0))).toBe(20);
  expect(roomIn(places(500, { main: 100, all: 150 }), free(1000, 1000))).toBe(450);
  expect(roomIn(places(500, { main: 100, all: 150 }), free(1000, 50))).toBe(50);
  expect(roomIn(places(500, { main: 130, all: 150 }), free(1000, 1000))).toBe(480);
  // Both on one disk share what is free there; one that is gone takes nothing.
  expect(roomIn(places(500, { main: 30, all: 30 }), () => disk(1n, 60))).toBe(60);
  expect(roomIn(places(500, { main: 30, all: 30 }), (dir) => (dir === '/disk' ? null : disk(1n, 60)))).toBe(
    60,
  );
  // Files that are kept to be written over take no new room.
  expect(roomIn(places(null, { main: 30, all: 30 }, 50), free(10, 0))).toBe(60);
});

it.skipIf(!canMount)(
  'of a real disk that is nearly full there is what it has, and all that is needed of it is named once',
  async () => {
    const spill = path.join(folder, 'spill');
    const landing = path.join(folder, 'landing');
    mkdirSync(landing);
    const small = new SmallDisk(spill, 8 * MIB);
    try {
      small.fill(MIB);
      expect(roomIn([{ dir: spill, leftBytes: 1e12, keptBytes: 0 }])).toBe(small.freeBytes);
      const folders = [
        { name: 'landing', path: landing },
        { name: 'absent', path: path.join(folder, 'absent') },
      ];
      const disks = new NeededDisks([
        { dir: spill, use: { part: 'spill' } },
        ...disksOfFolders({ stateDir: folder, folders }),
      ]);
      expect(disks.all()).toEqual([]);
      await disks.measure();
      expect(disks.all()).toEqual([
        { parts: ['spill'], folders: [], freeBytes: small.freeBytes, totalBytes: 8 * MIB },
        {
          parts: ['state'],
          folders: ['landing'],
          freeBytes: expect.any(Number),
          totalBytes: expect.any(Number),
        },
      ]);
    } finally {
      small.unmount();
    }
  },
);
