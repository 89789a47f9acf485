import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

const paths = () => rig.peer.sourceFiles.stored.map(({ path: where }) => where).sort();

it('brings what lies there, what comes, and what comes in folders made quickly one in another', async () => {
  rig.write('before.txt', 'before');
  await rig.start();
  await rig.untilStored('before.txt', 'before');
  rig.write('a/b/c/deep.txt', 'deep');
  rig.write('empty.txt', '');
  await rig.untilStored('a/b/c/deep.txt', 'deep');
  await rig.untilStored('empty.txt', '');
  rig.write('a/b/c/later.txt', 'later');
  await rig.untilStored('a/b/c/later.txt', 'later');
  await rig.quiet();
  expect(paths()).toEqual(['raw/a/b/c/deep.txt', 'raw/a/b/c/later.txt', 'raw/before.txt', 'raw/empty.txt']);
  expect(rig.status()).toMatchObject({ name: 'landing', watch: 'events', fault: null, waitingBytes: 0 });
  expect(rig.status()!.states.confirmed).toBe(4);
  expect(readdirSync(rig.landing).sort()).toEqual(['a', 'before.txt', 'empty.txt']);
});

it('a file is complete when its writer closes it, not when it pauses', async () => {
  rig.configure({ settleMs: 50 });
  await rig.start();
  const fd = openSync(rig.at('slow.h5'), 'w');
  writeSync(fd, 'first half, ');
  await sleep(600);
  expect(rig.stored('slow.h5')).toBeUndefined();
  writeSync(fd, 'second half');
  closeSync(fd);
  const { versions } = await rig.untilStored('slow.h5', 'first half, second half');
  expect(versions).toHaveLength(1);
});

it('a rewrite of the same size with an older time is a new version, one that changes nothing is none', async () => {
  await rig.start();
  rig.write('x.dat', 'aaaa');
  await rig.untilStored('x.dat', 'aaaa');
  writeFileSync(rig.at('x.dat'), 'bbbb');
  utimesSync(rig.at('x.dat'), new Date('2020-01-01'), new Date('2020-01-01'));
  await rig.untilStored('x.dat', 'bbbb');
  writeFileSync(rig.at('x.dat'), 'bbbb');
  await rig.quiet();
  writeFileSync(rig.at('x.dat'), 'aaaa');
  const { versions } = await rig.untilStored('x.dat', 'aaaa');
  expect(versions).toHaveLength(3);
  expect(paths()).toEqual(['raw/x.dat']);
});

it('who writes into a stored file for a while and closes it is heard', async () => {
  await rig.start();
  rig.write('x.dat', 'before');
  await rig.untilStored('x.dat', 'before');
  await rig.quiet();
  const fd = openSync(rig.at('x.dat'), 'w');
  writeSync(fd, 'half');
  await until('it is seen', () => rig.status()!.states.settling === 1);
  writeSync(fd, ' and half');
  closeSync(fd);
  await rig.untilStored('x.dat', 'half and half');
});

it('temporary names are not brought; renamed into place the file is brought at once, under its name', async () => {
  rig.configure({ settleMs: 30_000 });
  await rig.start();
  rig.write('.frame.cbf.Ab12Cd', 'pixels');
  rig.write('data.h5.part', 'more');
  await sleep(300);
  renameSync(rig.at('.frame.cbf.Ab12Cd'), rig.at('frame.cbf'));
  renameSync(rig.at('data.h5.part'), rig.at('data.h5'));
  await rig.untilStored('frame.cbf', 'pixels');
  await rig.untilStored('data.h5', 'more');
  expect(paths()).toEqual(['raw/data.h5', 'raw/frame.cbf']);
});

it('renamed after it was stored, a file or a folder is not brought again', async () => {
  await rig.start();
  rig.write('run/one.dat', 'one');
  rig.write('run/two.dat', 'two');
  await rig.untilStored('run/one.dat', 'one');
  await rig.untilStored('run/two.dat', 'two');
  await rig.quiet();
  renameSync(rig.at('run'), rig.at('final'));
  renameSync(rig.at('final/one.dat'), rig.at('final/uno.dat'));
  await until('the reports', () => rig.hub.codes().includes('file-renamed'));
  rig.write('final/three.dat', 'three');
  await rig.untilStored('final/three.dat', 'three');
  await rig.quiet();
  expect(paths()).toEqual(['raw/final/three.dat', 'raw/run/one.dat', 'raw/run/two.dat']);
  await rig.restart();
  await rig.quiet();
  expect(rig.peer.files).toHaveLength(3);
});

it('renamed while it is sent, it is stored once, under its last name', async () => {
  let parts = 0;
  rig.peer.fault = ({ path: where }) => (where.startsWith('/parts/') && ++parts < 4 ? 'slow' : null);
  await rig.start();
  rig.write('old.dat', 'bytes');
  await until('the first part', () => parts > 0);
  renameSync(rig.at('old.dat'), rig.at('new.dat'));
  await rig.untilStored('new.dat', 'bytes');
  await rig.quiet();
  expect(rig.stored('old.dat')).toBeUndefined();
});

it('changed while it is sent, the store gets the newest content', async () => {
  let parts = 0;
  rig.peer.fault = ({ path: where }) => (where.startsWith('/parts/') && ++parts < 4 ? 'slow' : null);
  await rig.start();
  rig.write('x.dat', 'old bytes');
  await until('the first part', () => parts > 0);
  appendFileSync(rig.at('x.dat'), ' and new ones');
  await rig.untilStored('x.dat', 'old bytes and new ones');
  await rig.quiet();
  expect(paths()).toEqual(['raw/x.dat']);
});

it('a folder moved in brings everything in it', async () => {
  await rig.start();
  const outside = path.join(rig.hub.folder, 'outside');
  mkdirSync(path.join(outside, 'inner'), { recursive: true });
  for (let n = 0; n < 20; n++) writeFileSync(path.join(outside, 'inner', `${n}.dat`), `content ${n}`);
  renameSync(outside, rig.at('moved'));
  for (let n = 0; n < 20; n++) await rig.untilStored(`moved/inner/${n}.dat`, `content ${n}`);
  rig.write('moved/inner/more.dat', 'more');
  await rig.untilStored('moved/inner/more.dat', 'more');
});

it('never deletes: what is removed here stays there, and what was not sent yet is named', async () => {
  await rig.start();
  rig.write('kept.dat', 'kept');
  await rig.untilStored('kept.dat', 'kept');
  rmSync(rig.at('kept.dat'));
  await rig.peer.close();
  rig.write('early.dat', 'too early');
  await until('it waits', () => rig.status()!.states.uploading === 1);
  rmSync(rig.at('early.dat'));
  rig.write('other.dat', 'other');
  await rig.peer.listen();
  await rig.untilStored('other.dat', 'other');
  // It was open already: its bytes were still there.
  await rig.untilStored('early.dat', 'too early');
  expect(paths()).toEqual(['raw/early.dat', 'raw/kept.dat', 'raw/other.dat']);
});
