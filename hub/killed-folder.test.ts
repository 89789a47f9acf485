import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderRig, sha256 } from './testing/folder-rig.ts';
import type { HubProcess } from './testing/hub-process.ts';
import { until } from './testing/hub-rig.ts';

/** A real HUB process over a landing folder, killed by SIGKILL at moments that no part of it chooses. */
let rig: FolderRig;
let hub: HubProcess;
beforeEach(async () => {
  rig = await FolderRig.create();
  hub = rig.process();
});
afterEach(async () => {
  await hub.kill('SIGKILL');
  await rig.dispose();
});

const FILES = 200;
const first = (n: number) => `file ${n}: ${'x'.repeat((n * 7919) % 40_000)}`;
const nameOf = (n: number) => `run_${n % 7}/file_${n}.dat`;

it('killed again and again among 200 files that come, grow, are renamed and rewritten: each is in the store once, as it is', async () => {
  const wanted = new Map<string, string>();
  const write = (name: string, content: string) => {
    rig.write(name, content);
    wanted.set(name, content);
  };
  rig.peer.fault = ({ path: where, nth }) => (where.startsWith('/parts/') && nth % 17 === 0 ? 'cut' : null);
  hub.start();
  let kills = 0;
  for (let n = 0; n < FILES; n++) {
    write(nameOf(n), first(n));
    if (n % 10 === 3) {
      appendFileSync(rig.at(nameOf(n - 2)), ' and more');
      wanted.set(nameOf(n - 2), `${wanted.get(nameOf(n - 2))} and more`);
    }
    if (n % 10 === 5) {
      const same = wanted.get(nameOf(n - 3))!.replaceAll('x', 'y');
      writeFileSync(rig.at(nameOf(n - 3)), same);
      wanted.set(nameOf(n - 3), same);
    }
    if (n % 10 === 7) {
      renameSync(rig.at(nameOf(n - 1)), rig.at(`${nameOf(n - 1)}.final`));
      wanted.set(`${nameOf(n - 1)}.final`, wanted.get(nameOf(n - 1))!);
      wanted.delete(nameOf(n - 1));
    }
    if (n % 25 === 24) {
      await hub.kill('SIGKILL');
      kills++;
      hub.start();
      // Before, in the middle of, and after taking up what was left.
      await sleep(150 * (kills % 8) + 300);
    }
  }
  expect(kills).toBe(8);
  const newest = () =>
    new Map(rig.peer.sourceFiles.stored.map((file) => [file.path, file.versions.at(-1)!.sha256] as const));
  const isDone = () => {
    const hashes = [...newest().values()].sort();
    return JSON.stringify(hashes) === JSON.stringify([...wanted.values()].map(sha256).sort());
  };
  await until('every content once', isDone, 60_000).catch((error: unknown) => {
    const hashes = new Map([...wanted].map(([name, content]) => [sha256(content), name]));
    const stored = rig.peer.sourceFiles.stored.map((file) => ({
      path: file.path,
      is: hashes.get(file.versions.at(-1)!.sha256) ?? 'nothing that is there',
    }));
    const missing = [...hashes]
      .filter(([hash]) => ![...newest().values()].includes(hash))
      .map(([, name]) => name);
    throw new Error(
      `${String(error)}\nmissing: ${missing}\nwrong: ${JSON.stringify(stored.filter(({ is }) => is === 'nothing that is there'))}\n${rig.peer.sourceFiles.stored.length} stored of ${wanted.size}`,
    );
  });
  expect(rig.peer.violations).toEqual([]);
}, 180_000);
