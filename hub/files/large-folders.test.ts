import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderRig } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';
import { ScanTurns } from './scan-pace.ts';

describe('a folder with many files', () => {
  let rig: FolderRig;
  beforeEach(async () => {
    rig = await FolderRig.create();
  });
  afterEach(async () => {
    await rig.dispose();
  });

  it('is looked through in pieces, each entry once, and says what that cost and what came in', async () => {
    const names = Array.from({ length: 1500 }, (_, number) => `one/image_${number}.cbf.part`);
    mkdirSync(path.join(rig.landing, 'one/two'), { recursive: true });
    for (const name of names) writeFileSync(rig.at(name), 'x');
    writeFileSync(rig.at('one/two/last.dat'), Buffer.alloc(3000));
    rig.hub.start();
    await until('what came in', () => rig.hub.hub!.status().rates.receivedBytesPerS > 0);
    await rig.untilStored('one/two/last.dat', Buffer.alloc(3000));
    // Two folders, and the files.
    expect(rig.status()!.lastScan).toMatchObject({ entries: 2 + names.length + 1 });
    expect(rig.status()!.lastScan!.cpuMs).toBeGreaterThan(0);
  });

  it('looked through again it sends nothing that is as it was, and what changed without an event', async () => {
    rig.configure({ watch: 'polling', scanMs: 100 });
    rig.write('same.dat', 'same');
    rig.write('other.dat', 'before');
    await rig.start();
    await rig.untilStored('same.dat', 'same');
    await rig.untilStored('other.dat', 'before');
    rig.write('other.dat', 'behind');
    await rig.untilStored('other.dat', 'behind');
    expect(rig.stored('same.dat')!.versions).toHaveLength(1);
    expect(rig.stored('other.dat')!.versions).toHaveLength(2);
  });
});

it('large folders are looked through one after the other, also when one of them fails', async () => {
  const turns = new ScanTurns();
  const order: string[] = [];
  let end: (() => void) | null = null;
  const first = turns.take(async () => {
    order.push('first begins');
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    order.push('first ends');
    throw new Error('gone');
  });
  const second = turns.take(async () => {
    order.push('second begins');
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(['first begins']);
  end!();
  await expect(first).rejects.toThrow('gone');
  await second;
  expect(order).toEqual(['first begins', 'first ends', 'second begins']);
});
