import { closeSync, openSync, writeSync } from 'node:fs';
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

/** Resolves when f.dat is seen as it is now: told by its size, since what its writer has closed may settle at once. */
const seenAs = (content: string) =>
  until('the rewrite to be seen', () => rig.hub.hub!.status().queue.bytes === content.length);

it('a file rewritten while the server is asked about its former upload is sent as what it is now', async () => {
  const writers: number[] = [];
  rig.peer.hold = async ({ method, path }) => {
    if (method === 'PUT' && writers.length === 0) {
      writers.push(openSync(rig.at('f.dat'), 'w'));
      writeSync(writers[0]!, 'second content');
      await seenAs('second content');
      closeSync(writers[0]!);
    } else if (path.endsWith('/uploads') && writers.length === 1) {
      writers.push(openSync(rig.at('f.dat'), 'w'));
      writeSync(writers[1]!, 'third content is');
      await seenAs('third content is');
    }
  };
  await rig.start();
  rig.write('f.dat', 'first');
  // Its writer has not closed it yet, so that it is settling when the answer comes; a heartbeat later that was heard.
  await until('both rewrites', () => writers.length === 2);
  const told = rig.peer.lastHeartbeat;
  await until('the next heartbeat', () => rig.peer.lastHeartbeat !== told);
  closeSync(writers[1]!);
  await rig.untilStored('f.dat', 'third content is');
  await rig.quiet();
  const { confirmed, ...others } = rig.status()!.states;
  expect(confirmed).toBe(1);
  expect(new Set(Object.values(others))).toEqual(new Set([0]));
});

it('a file rewritten before the server has heard of the rewrite before keeps its name', async () => {
  let isRewritten = false;
  rig.peer.hold = async ({ method }) => {
    if (method !== 'PUT' || isRewritten) return;
    isRewritten = true;
    rig.write('f.dat', 'second content');
    await seenAs('second content');
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
