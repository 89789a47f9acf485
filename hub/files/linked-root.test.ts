import { mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkWatchedFolders } from '../cli/check-folders.ts';
import { FolderRig, testFolder } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';

const SOON_MS = 45_000;

/* A watched path that is a link, as of `raw` to the disk of the day. */
let rig: FolderRig;
beforeEach(async () => {
  rig = await FolderRig.create();
  rmdirSync(rig.landing);
  linkTo('first');
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

const disk = (name: string) => path.join(rig.hub.folder, name);

/** The link leads to another folder from one moment to the next. */
function linkTo(name: string): void {
  mkdirSync(disk(name), { recursive: true });
  symlinkSync(disk(name), `${rig.landing}.new`);
  renameSync(`${rig.landing}.new`, rig.landing);
}

it('is followed: changes are told, and links inside lead no further out than before', async () => {
  rig.write('before.dat', 'before');
  await rig.start();
  await rig.untilStored('before.dat', 'before', SOON_MS);
  rig.write('a/b/later.dat', 'later');
  await rig.untilStored('a/b/later.dat', 'later', SOON_MS);
  writeFileSync(disk('outside.dat'), 'outside');
  symlinkSync(disk('outside.dat'), rig.at('out.dat'));
  symlinkSync(rig.at('before.dat'), rig.at('in.dat'));
  await until('the link that leads out', () => rig.status()!.states.poisoned === 1, SOON_MS);
  expect(rig.status()).toMatchObject({ path: rig.landing, watch: 'events', fault: null });
  expect(rig.peer.sourceFiles.stored).toHaveLength(2);
}, 300_000);

it('may lead elsewhere, or nowhere for a while: what is there then is brought, and nothing counts as deleted', async () => {
  await rig.start();
  rig.write('one.dat', 'one');
  await rig.untilStored('one.dat', 'one', SOON_MS);
  await rig.quiet();
  mkdirSync(disk('second'));
  writeFileSync(path.join(disk('second'), 'two.dat'), 'two');
  linkTo('second');
  await rig.untilStored('two.dat', 'two', SOON_MS);
  rig.write('three.dat', 'three');
  await rig.untilStored('three.dat', 'three', SOON_MS);
  await until('it is told', () => rig.hub.codes().includes('folder-changed'), SOON_MS);

  unlinkSync(rig.landing);
  symlinkSync(disk('third'), rig.landing);
  await until('it is told', () => rig.status()!.watch === 'not-there', SOON_MS);
  expect(rig.status()!.fault).toContain('it is not there; nothing in it counts as deleted');
  mkdirSync(disk('third'));
  writeFileSync(path.join(disk('third'), 'four.dat'), 'four');
  await rig.untilStored('four.dat', 'four', SOON_MS);
  expect(rig.status()).toMatchObject({ watch: 'events', fault: null });
  expect(rig.hub.codes()).not.toContain('file-vanished');
}, 300_000);

it('is judged by the check as by the agent that runs', async () => {
  const check = async () => (await checkWatchedFolders([testFolder(rig.landing)]))[0]!;
  expect(await check()).toEqual({
    ok: true,
    text: `folder landing, ${rig.landing} (a link to ${disk('first')}): can be read; the system tells of changes`,
  });
  unlinkSync(rig.landing);
  symlinkSync(disk('absent'), rig.landing);
  expect(await check()).toMatchObject({ ok: false, text: expect.stringContaining('it is not there') });
  unlinkSync(rig.landing);
  writeFileSync(disk('file'), '');
  symlinkSync(disk('file'), rig.landing);
  expect(await check()).toMatchObject({ ok: false, text: expect.stringContaining('it is no folder') });
});
