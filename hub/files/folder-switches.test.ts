import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderRig } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';
import { peerExperiment } from '../testing/peer-authority.ts';

let rig: FolderRig;
beforeEach(async () => {
  rig = await FolderRig.create();
  rig.licensed();
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

const uploads = (mode: 'on' | 'off' | 'paused', held: 'send' | 'leave' = 'send') =>
  rig.peer.authority.control({ uploads: { mode, held, since: new Date().toISOString() } });
const held = () => rig.hub.hub!.status().held!;
const paths = () => rig.peer.sourceFiles.stored.map(({ path: where }) => where).sort();
const obeyed = (mode: string) =>
  until(`the switch ${mode}`, () => rig.hub.hub!.status().uploads?.mode === mode);

async function holdTwo(): Promise<void> {
  await rig.start();
  rig.write('before.dat', 'before');
  await rig.untilStored('before.dat', 'before');
  uploads('off');
  await obeyed('off');
  rig.write('a.dat', 'aaaa');
  rig.write('b.dat', 'bbbb');
  await until('both are held', () => held()[0]?.files === 2);
  expect(held()).toMatchObject([{ because: 'agent-off', files: 2, bytes: 8 }]);
  expect(paths()).toEqual(['raw/before.dat']);
}

it('while it is off files are held and listed, also over a restart; switched on again they are sent', async () => {
  await holdTwo();
  await rig.restart();
  await until('both are held', () => held()[0]?.files === 2);
  expect(rig.status()!.states).toMatchObject({ held: 2 });
  uploads('on');
  await rig.untilStored('a.dat', 'aaaa');
  await rig.untilStored('b.dat', 'bbbb');
  expect(held()).toEqual([]);
});

it('switched on "from now" they stay where they are, until somebody asks for them', async () => {
  await holdTwo();
  uploads('on', 'leave');
  await until('they are left out', () => rig.status()!.states['left-out'] === 2);
  rig.write('c.dat', 'cccc');
  await rig.untilStored('c.dat', 'cccc');
  await rig.restart();
  await rig.quiet();
  expect(paths()).toEqual(['raw/before.dat', 'raw/c.dat']);
  rig.command('send-left-out');
  await rig.untilStored('a.dat', 'aaaa');
  await rig.untilStored('b.dat', 'bbbb');
  expect(rig.status()!.states['left-out']).toBe(0);
});

it('what is under way stops within the part, and goes on when switched on', async () => {
  let parts = 0;
  rig.peer.fault = ({ path: where }) => (where.startsWith('/parts/') && ++parts > 0 ? 'slow' : null);
  await rig.start();
  rig.write('x.dat', 'x');
  await until('the first part', () => parts > 0);
  uploads('paused');
  await until('it is held', () => held()[0]?.because === 'agent-paused');
  const stopped = parts;
  rig.peer.fault = ({ path: where }) => {
    if (where.startsWith('/parts/')) parts++;
    return null;
  };
  rig.write('y.dat', 'y');
  await until('both are held', () => held()[0]?.files === 2);
  expect(parts).toBe(stopped);
  uploads('on');
  await rig.untilStored('x.dat', 'x');
  await rig.untilStored('y.dat', 'y');
});

it('off in one experiment holds what was acquired in it, and nothing of the next', async () => {
  const closed = peerExperiment('DEM26-CLOSE', { upload: 'off' });
  const open = peerExperiment('DEM26-OPENS');
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  rig.peer.authority.control({
    experiments: [closed, open],
    activations: [{ experimentId: closed.id, startedAt: hourAgo, endedAt: null }],
  });
  await rig.start();
  rig.write('secret.dat', 'secret');
  await until('it is held', () => held()[0]?.files === 1);
  expect(held()).toMatchObject([{ because: 'experiment-off', experimentCode: 'DEM26-CLOSE', files: 1 }]);
  // Further from the switch than the margin within which nobody could tell.
  await sleep(1500);
  const switched = new Date().toISOString();
  rig.peer.authority.control({
    activations: [
      { experimentId: closed.id, startedAt: hourAgo, endedAt: switched },
      { experimentId: open.id, startedAt: switched, endedAt: null },
    ],
  });
  await sleep(1500);
  rig.write('public.dat', 'public');
  await rig.untilStored('public.dat', 'public');
  expect(held()).toMatchObject([{ because: 'experiment-off', experimentCode: 'DEM26-CLOSE', files: 1 }]);
  expect(paths()).toEqual(['raw/public.dat']);
});
