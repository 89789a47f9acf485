import { appendFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderRig } from '../testing/folder-rig.ts';
import { TwoExperiments } from '../testing/two-experiments.ts';

let rig: FolderRig;
let two: TwoExperiments;
beforeEach(async () => {
  rig = await FolderRig.create();
  two = new TwoExperiments(rig);
  await two.switchTo('on', 'on');
  await two.activateA();
  await rig.start();
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

/** Stored as A's; then B is active. Returns since when. */
async function storedOfA(name: string): Promise<string> {
  rig.write(name, 'first lines');
  await rig.untilStored(name, 'first lines');
  return two.activateB();
}
const newest = (name: string) => rig.stored(name)!.versions.at(-1)!.origin;

describe('a file of A that is longer after the switch to B', () => {
  it('and begins as before was appended to: it came about under A', async () => {
    const switched = await storedOfA('scan.log');
    appendFileSync(rig.at('scan.log'), ' and more');
    await rig.untilStored('scan.log', 'first lines and more');
    expect(newest('scan.log').acquired.seenAt < switched).toBe(true);
    expect(newest('scan.log').perhapsOf).toBeUndefined();
  });

  it('and begins otherwise was written over, and came about under B', async () => {
    const switched = await storedOfA('scan.log');
    writeFileSync(rig.at('scan.log'), 'quite another content');
    await rig.untilStored('scan.log', 'quite another content');
    expect(newest('scan.log').acquired.seenAt > switched).toBe(true);
    expect(newest('scan.log').acquired.appearedAt).toBeNull();
  });

  it('also when it grew once more before it was sent', async () => {
    const switched = await storedOfA('scan.log');
    rig.peer.fault = () => 'error-500';
    writeFileSync(rig.at('scan.log'), 'quite another content');
    await rig.restart();
    appendFileSync(rig.at('scan.log'), ', longer');
    rig.peer.fault = () => null;
    await rig.untilStored('scan.log', 'quite another content, longer');
    expect(newest('scan.log').acquired.seenAt > switched).toBe(true);
  });

  it('and is of a kind that changes its head as it grows is for staff to decide', async () => {
    await storedOfA('scan.h5');
    writeFileSync(rig.at('scan.h5'), 'quite another content');
    await rig.untilStored('scan.h5', 'quite another content');
    expect(newest('scan.h5').perhapsOf).toBe('scan.h5');
  });
});
