import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderRig } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';
import { canMount, SmallDisk } from '../testing/small-disk.ts';

let rig: FolderRig;
beforeEach(async () => {
  rig = await FolderRig.create();
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

const codes = () => rig.hub.codes();

it('where nothing tells of changes everything is looked through again and again', async () => {
  rig.configure({ watch: 'polling', scanMs: 200 });
  await rig.start();
  rig.write('a/x.dat', 'one');
  await rig.untilStored('a/x.dat', 'one');
  rig.write('a/x.dat', 'two');
  await rig.untilStored('a/x.dat', 'two');
  expect(rig.status()).toMatchObject({ watch: 'polling', fault: null });
});

it('a test file shows whether changes are told, and is gone afterwards', async () => {
  rig.configure({ canary: true });
  await rig.start();
  expect(rig.status()).toMatchObject({ watch: 'events', fault: null });
  expect(readdirSync(rig.landing)).toEqual([]);
  rig.write('x.dat', 'x');
  await rig.untilStored('x.dat', 'x');
  expect(rig.peer.sourceFiles.stored).toHaveLength(1);
});

it('a folder that is not there is named and waited for; nothing in it counts as deleted', async () => {
  rig.peer.fault = ({ path: where }) => (where.endsWith('/uploads') ? 'error-500' : null);
  await rig.start();
  rig.write('x.dat', 'x');
  await until('it waits', () => rig.hub.hub!.status().queue.files === 1);
  const away = `${rig.landing}-away`;
  renameSync(rig.landing, away);
  await until('it is told', () => rig.status()!.watch === 'not-there');
  expect(rig.status()!.fault).toContain('it is not there; nothing in it counts as deleted');
  expect(rig.hub.hub!.status().queue.files).toBe(1);
  writeFileSync(path.join(away, 'y.dat'), 'y');
  renameSync(away, rig.landing);
  rig.peer.fault = () => null;
  await rig.untilStored('x.dat', 'x');
  await rig.untilStored('y.dat', 'y');
  expect(rig.status()).toMatchObject({ watch: 'events', fault: null });
  await until('the report', () => codes().includes('folder-not-there') && codes().includes('folder-watched'));
  expect(codes()).not.toContain('file-vanished');
});

it.skipIf(!canMount)('an unmounted disk deletes nothing, and what is mounted is looked through', async () => {
  const before = new SmallDisk(rig.landing, 4 * 1024 * 1024);
  rig.peer.fault = ({ path: where }) => (where.endsWith('/uploads') ? 'error-500' : null);
  rig.write('x.dat', 'x');
  await rig.start();
  await until('it waits', () => rig.hub.hub!.status().queue.files === 1);
  await rig.hub.stop();
  before.unmount();
  rig.peer.fault = () => null;
  await rig.start();
  rig.write('below.dat', 'on the disk below');
  await rig.untilStored('below.dat', 'on the disk below');
  await sleep(2500);
  expect(rig.hub.hub!.status().queue.files).toBe(1);
  const after = new SmallDisk(rig.landing, 4 * 1024 * 1024);
  try {
    rig.write('x.dat', 'x');
    await rig.untilStored('x.dat', 'x');
    await until('the report', () => codes().includes('folder-changed'));
    expect(codes()).not.toContain('file-vanished');
  } finally {
    await rig.hub.stop();
    after.unmount();
  }
});

it('events that the system dropped are made up for at once, and it is told', async () => {
  const hub = rig.process();
  hub.start();
  rig.write('first.dat', 'first');
  await rig.untilStored('first.dat', 'first', 30_000);
  process.kill(hub.pid, 'SIGSTOP');
  // More than the kernel keeps (16,384), of names that differ so that it cannot fold them.
  for (let n = 0; n < 20_000; n++) closeSync(openSync(rig.at(`busy-${n % 20}.dat`), 'w'));
  rig.write('last.dat', 'last');
  mkdirSync(rig.at('new'));
  rig.write('new/inner.dat', 'inner');
  process.kill(hub.pid, 'SIGCONT');
  await rig.untilStored('last.dat', 'last', 30_000);
  await rig.untilStored('new/inner.dat', 'inner', 30_000);
  await until('the report', () => codes().includes('watch-overflow'), 30_000);
  await hub.kill('SIGKILL');
}, 120_000);

const FEW_WATCHES = [
  'unshare',
  '-U',
  '-r',
  'sh',
  '-c',
  'echo 3 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"',
];
const canLimit = spawnSync(FEW_WATCHES[0]!, [...FEW_WATCHES.slice(1), 'true']).status === 0;

it.skipIf(!canLimit)(
  'with too few watches allowed it is told, and everything is looked through',
  async () => {
    const hub = rig.process({ prefix: FEW_WATCHES });
    hub.start();
    for (let n = 0; n < 6; n++) rig.write(`d${n}/x.dat`, `content ${n}`);
    for (let n = 0; n < 6; n++) await rig.untilStored(`d${n}/x.dat`, `content ${n}`, 30_000);
    await until('the report', () => codes().includes('watch-limit'));
    const folder = () => rig.peer.lastHeartbeat?.folders?.[0];
    await until('the state', () => folder()?.watch === 'polling');
    expect(folder()!.fault).toContain('fs.inotify.max_user_watches');
    rig.write('d3/later.dat', 'later');
    await rig.untilStored('d3/later.dat', 'later', 30_000);
    await hub.kill('SIGKILL');
  },
  120_000,
);

it('changes that no event told of are found by looking, and watching begins anew', async () => {
  rig.configure({ scanMs: 1000 });
  await rig.start();
  rig.write('x.dat', 'one');
  await rig.untilStored('x.dat', 'one');
  // Written through another name of the same file: the kernel tells only the folder of that name.
  const outside = path.join(rig.hub.folder, 'outside.dat');
  execFileSync('ln', [rig.at('x.dat'), outside]);
  await rig.quiet();
  writeFileSync(outside, 'two');
  await rig.untilStored('x.dat', 'two', 30_000);
});

it.skipIf(!canMount)(
  'with the state folder full files stay where they are; with room again all are brought',
  async () => {
    const stateDir = path.join(rig.hub.folder, 'small');
    const disk = new SmallDisk(stateDir, 8 * 1024 * 1024);
    try {
      rig.hub.config = { ...rig.hub.config, stateDir };
      await rig.start();
      rig.write('before.dat', 'before');
      await rig.untilStored('before.dat', 'before');
      disk.fill();
      for (let n = 0; n < 300; n++) rig.write(`full-${n}.dat`, `content ${n}`);
      await until('it is told', () => codes().includes('files-journal-full'), 30_000);
      disk.empty();
      for (let n = 0; n < 300; n++) await rig.untilStored(`full-${n}.dat`, `content ${n}`, 60_000);
      await rig.quiet();
      expect(rig.peer.sourceFiles.stored).toHaveLength(301);
      expect(rig.peer.sourceFiles.stored.every(({ versions }) => versions.length === 1)).toBe(true);
      await until('it is told', () => codes().includes('files-journal-writable'));
      await rig.hub.stop();
    } finally {
      disk.unmount();
    }
  },
  120_000,
);

it('many small files are opened by few questions', async () => {
  let questions = 0;
  rig.peer.fault = ({ path: where }) => {
    if (where.endsWith('/uploads')) questions++;
    return null;
  };
  const FILES = 1500;
  for (let n = 0; n < FILES; n++) rig.write(`d${n % 10}/${n}.dat`, `content ${n}`);
  await rig.start();
  await until('all of them', () => rig.peer.sourceFiles.stored.length === FILES, 60_000);
  await rig.quiet();
  expect(questions).toBeLessThan(FILES / 2);
  await rig.restart();
  await rig.quiet();
  expect(rig.peer.files).toHaveLength(FILES);
}, 120_000);

it('after the journal was lost nothing that the store has is sent again', async () => {
  for (let n = 0; n < 20; n++) rig.write(`${n}.dat`, `content ${n}`);
  await rig.start();
  await until('all of them', () => rig.peer.sourceFiles.stored.length === 20);
  await rig.hub.stop();
  execFileSync('rm', ['-r', path.join(rig.hub.folder, 'state')]);
  let parts = 0;
  rig.peer.fault = ({ path: where }) => {
    if (where.startsWith('/parts/')) parts++;
    return null;
  };
  rig.write('new.dat', 'new');
  await rig.start();
  await rig.untilStored('new.dat', 'new');
  await rig.quiet();
  expect(parts).toBe(1);
  expect(rig.peer.sourceFiles.stored).toHaveLength(21);
});

it('a file whose parts nobody takes holds up no other', async () => {
  let poisoned: string | null = null;
  rig.peer.fault = ({ method, path: where }) => {
    if (method !== 'PUT') return null;
    poisoned ??= where;
    return where === poisoned ? 'slow' : null;
  };
  rig.hub.config = { ...rig.hub.config, upload: { ...rig.hub.config.upload, concurrency: 1 } };
  await rig.start();
  const large = (letter: string) => letter.repeat(6 * 1024 * 1024);
  rig.write('stuck.dat', large('s'));
  await until('its part is refused', () => poisoned !== null);
  rig.write('other.dat', large('o'));
  await rig.untilStored('other.dat', large('o'));
  expect(rig.peer.sourceFiles.stored).toHaveLength(1);
  rig.peer.fault = () => null;
  await rig.untilStored('stuck.dat', large('s'));
});
