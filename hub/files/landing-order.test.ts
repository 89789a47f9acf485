import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderRig } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';

const PART_BYTES = 8 * 1024 * 1024;

let rig: FolderRig;
beforeEach(async () => {
  rig = await FolderRig.create();
});
afterEach(async () => {
  expect(rig.peer.violations).toEqual([]);
  await rig.dispose();
});

it('on a busy link a master goes ahead of data files that wait longer', async () => {
  rig.hub.config = { ...rig.hub.config, upload: { concurrency: 1, partBytes: PART_BYTES } };
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  rig.peer.hold = async ({ path }) => {
    if (!path.startsWith('/parts/')) return;
    order.push(rig.peer.uploads.get(path.split('/')[2]!)!.path);
    if (order.length === 1) await first.promise;
  };
  await rig.start();
  const names = [1, 2, 3].map((number) => `run_data_00000${number}.h5`);
  for (const [index, name] of names.entries()) {
    rig.write(name, Buffer.alloc(PART_BYTES, index));
    await until(`${name} on its way`, () => rig.peer.uploads.size === index + 1);
  }
  await until('the first part', () => order.length === 1);
  rig.write('run_master.h5', 'master');
  await until('the master on its way', () => rig.peer.uploads.size === 4);
  // The answer to the opening has to arrive.
  await sleep(500);
  first.resolve();
  await rig.quiet();
  expect(order.slice(0, 2)).toEqual(['raw/run_data_000001.h5', 'raw/run_master.h5']);
  expect(order).toHaveLength(4);
});
