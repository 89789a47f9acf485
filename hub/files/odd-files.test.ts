import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
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
const poisoned = () => rig.hub.hub!.status().poisoned!;

it('names of any bytes are brought under safe names, and their own is kept', async () => {
  await rig.start();
  rig.write(Buffer.from('new\nline.dat'), 'newline');
  rig.write(Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x64, 0x61, 0x74]), 'no UTF-8');
  rig.write('.hidden', 'hidden');
  rig.write('back\\slash.dat', 'backslash');
  rig.write('-rf *?.dat', 'awkward');
  rig.write('two', 'two');
  rig.write('two ', 'two with a blank');
  const long = `${'x'.repeat(251)}.cbf`;
  rig.write(long, 'long');
  rig.write(`${'x'.repeat(250)}y.cbf`, 'as long');
  rig.write(`${'ü'.repeat(125)}.cbf`, 'long in bytes');
  for (const [name, content] of [
    ['new\nline.dat', 'newline'],
    ['f\\xFF\\xFE.dat', 'no UTF-8'],
    ['.hidden', 'hidden'],
    ['back\\slash.dat', 'backslash'],
    ['-rf *?.dat', 'awkward'],
    ['two', 'two'],
    ['two ', 'two with a blank'],
    [long, 'long'],
    [`${'x'.repeat(250)}y.cbf`, 'as long'],
    [`${'ü'.repeat(125)}.cbf`, 'long in bytes'],
  ] as const) {
    await rig.untilStored(name, content);
  }
  expect(new Set(paths()).size).toBe(10);
  expect(paths()).toEqual(
    expect.arrayContaining([
      'raw/_hidden',
      'raw/_rf __.dat',
      'raw/back_slash.dat',
      'raw/f_xFF_xFE.dat',
      'raw/new_line.dat',
      'raw/two',
    ]),
  );
  for (const name of paths()) expect(path.basename(name).length).toBeLessThanOrEqual(120);
});

it('what is no file or leads out is named with its reason and never opened; a link inside is not sent twice', async () => {
  rig.write('real.dat', 'real');
  writeFileSync(path.join(rig.hub.folder, 'secret'), 'not in the folder');
  symlinkSync(path.join(rig.hub.folder, 'secret'), rig.at('out.dat'));
  symlinkSync('real.dat', rig.at('inside.dat'));
  symlinkSync('..', rig.at('loop'));
  symlinkSync('.', rig.at('self'));
  execFileSync('mkfifo', [rig.at('pipe')]);
  await rig.start();
  await rig.untilStored('real.dat', 'real');
  await until('the list', () => poisoned().length === 3);
  expect(Object.fromEntries(poisoned().map((entry) => [entry.path, entry.reason]))).toEqual({
    'out.dat': 'it is a link that leads out of the folder, and is not followed',
    loop: 'it is a link that leads out of the folder, and is not followed',
    pipe: 'it is a named pipe, not a file',
  });
  expect(paths()).toEqual(['raw/real.dat']);
  // A person puts it right: the event is enough.
  rmSync(rig.at('pipe'));
  rig.write('pipe', 'now a file');
  await rig.untilStored('pipe', 'now a file');
  rmSync(rig.at('out.dat'));
  await until('two entries fewer', () => poisoned().length === 1);
  await until('the report', () => rig.hub.codes().includes('file-blocked'));
});

it('hard links are two files, a sparse file is its bytes', async () => {
  await rig.start();
  rig.write('a.dat', 'linked');
  linkSync(rig.at('a.dat'), rig.at('b.dat'));
  const fd = openSync(rig.at('sparse.dat'), 'w');
  ftruncateSync(fd, 20 * 1024 * 1024);
  writeSync(fd, 'end', 20 * 1024 * 1024 - 3);
  closeSync(fd);
  await rig.untilStored('a.dat', 'linked');
  await rig.untilStored('b.dat', 'linked');
  const whole = Buffer.alloc(20 * 1024 * 1024);
  whole.write('end', whole.length - 3);
  await rig.untilStored('sparse.dat', whole);
  expect(statSync(rig.at('a.dat')).nlink).toBe(2);
});

it('a file that vanishes again and again is no fault; one that stood still and vanished is named', async () => {
  rig.hub.peer.fault = ({ path: where }) => (where.endsWith('/uploads') ? 'error-500' : null);
  await rig.start();
  for (let n = 0; n < 50; n++) {
    rig.write(`flicker-${n % 5}.dat`, `content ${n}`);
    rmSync(rig.at(`flicker-${n % 5}.dat`));
    await sleep(5);
  }
  rig.hub.peer.fault = () => null;
  rig.write('steady.dat', 'steady');
  await rig.untilStored('steady.dat', 'steady');
  await rig.quiet();
  expect(poisoned()).toEqual([]);
});

it('what the server refuses as such does not hold up the others, and is tried again by command', async () => {
  rig.licensed();
  rig.peer.fault = ({ path: where }) => (where.endsWith('/complete') ? 'checksum' : null);
  await rig.start();
  rig.write('damaged.dat', 'damaged');
  await until('it is named', () => poisoned().length === 1, 60_000);
  expect(poisoned()[0]).toMatchObject({
    source: 'landing',
    path: 'damaged.dat',
    reason: 'the server refuses it: damaged (CHECKSUM_MISMATCH)',
    sizeBytes: 7,
  });
  rig.peer.fault = () => null;
  rig.write('good.dat', 'good');
  await rig.untilStored('good.dat', 'good');
  rig.command('retry-poisoned', [poisoned()[0]!.id]);
  await rig.untilStored('damaged.dat', 'damaged');
  expect(poisoned()).toEqual([]);
});

const NOBODY = 65534;
/** A HUB can run as another account: this is root, and the checkout does not lie in a folder closed to others. */
const othersMayRun =
  process.getuid?.() === 0 &&
  spawnSync('test', ['-r', import.meta.filename], { uid: NOBODY, gid: NOBODY }).status === 0;

it.skipIf(!othersMayRun)('what may not be read is named, and sent when it may be', async () => {
  mkdirSync(rig.at('closed'));
  writeFileSync(rig.at('closed/inner.dat'), 'inner');
  rig.write('private.dat', 'private');
  // Root may read everything: the HUB runs as somebody else.
  const hub = rig.process({ uid: NOBODY });
  chownSync(rig.hub.folder, NOBODY, NOBODY);
  chmodSync(rig.at('closed'), 0o700);
  chmodSync(rig.at('private.dat'), 0o600);
  hub.start();
  const told = () => rig.peer.lastHeartbeat?.poisoned ?? [];
  await until('both are named', () => told().length === 2, 30_000);
  const reason = 'this account may not read it (EACCES)';
  expect(told().map((entry) => entry.reason)).toEqual([reason, reason]);
  chmodSync(rig.at('private.dat'), 0o644);
  chmodSync(rig.at('closed'), 0o755);
  await rig.untilStored('private.dat', 'private');
  await rig.untilStored('closed/inner.dat', 'inner', 30_000);
  await until('nothing is named any more', () => told().length === 0);
  await hub.kill('SIGKILL');
});
