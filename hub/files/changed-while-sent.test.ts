import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderRig } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';

let rig: FolderRig;
beforeEach(async () => {
  rig = await FolderRig.create();
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

it('a file rewritten while the answer to its completion is on the way is sent again', async () => {
  let isWritten = false;
  rig.peer.hold = async ({ path }) => {
    if (!path.endsWith('/complete') || isWritten) return;
    isWritten = true;
    rig.write('f.dat', 'second content');
    await until('the rewrite to be seen', () => (rig.status()?.states.hashing ?? 0) > 0);
  };
  await rig.start();
  rig.write('f.dat', 'first');
  const { versions } = await rig.untilStored('f.dat', 'second content');
  expect(versions).toHaveLength(2);
  await rig.quiet();
  expect(rig.status()!.states).toMatchObject({ confirmed: 1, poisoned: 0 });
});

it('a file rewritten while the store says that it has the bytes already is sent again', async () => {
  await rig.start();
  rig.write('f.dat', 'first');
  await rig.untilStored('f.dat', 'first');
  await rig.quiet();
  let isWritten = false;
  rig.peer.hold = async ({ path }) => {
    if (!path.endsWith('/uploads') || isWritten) return;
    isWritten = true;
    rig.write('f.dat', 'third content');
    await until('the rewrite to be seen', () => (rig.status()?.states.settling ?? 0) > 0);
  };
  rig.write('f.dat', 'second');
  await rig.untilStored('f.dat', 'third content');
  await rig.quiet();
  expect(rig.status()!.states.poisoned).toBe(0);
});

/** Rewrites f.dat, and resolves when that is seen: told by its size, since what its writer has closed may settle at once. */
async function rewriteSeen(content: string): Promise<void> {
  rig.write('f.dat', content);
  await until('the rewrite to be seen', () => rig.hub.hub!.status().queue.bytes === content.length);
}

it('a file rewritten while the server is asked about its former upload is sent as what it is now', async () => {
  const rewrites = ['second content', 'third content is'];
  rig.peer.hold = async ({ method, path }) => {
    const isPart = method === 'PUT' && rewrites.length === 2;
    const isAsked = path.endsWith('/uploads') && rewrites.length === 1;
    if (isPart || isAsked) await rewriteSeen(rewrites.shift()!);
  };
  await rig.start();
  rig.write('f.dat', 'first');
  await rig.untilStored('f.dat', 'third content is');
  await rig.quiet();
  expect(rewrites).toEqual([]);
  const { confirmed, ...others } = rig.status()!.states;
  expect(confirmed).toBe(1);
  expect(new Set(Object.values(others))).toEqual(new Set([0]));
});

it('a file rewritten before the server has heard of the rewrite before keeps its name', async () => {
  let isRewritten = false;
  rig.peer.hold = async ({ method }) => {
    if (method !== 'PUT' || isRewritten) return;
    isRewritten = true;
    await rewriteSeen('second content');
  };
  // The first question opens an upload, the second asks what became of it, the third is to open that of the rewrite, at once a second time.
  let isLost = false;
  rig.peer.fault = ({ path, nth }) => {
    if (!path.endsWith('/uploads') || nth < 3) return null;
    if (nth === 3) rig.write('f.dat', 'third content is');
    isLost ||= nth > 4 && rig.hub.hub!.status().queue.bytes === 'third content is'.length;
    return isLost ? null : 'cut';
  };
  await rig.start();
  rig.write('f.dat', 'first');
  const { path } = await rig.untilStored('f.dat', 'third content is');
  await rig.quiet();
  expect(path).toBe('raw/f.dat');
  expect(rig.peer.sourceFiles.stored).toHaveLength(1);
});
