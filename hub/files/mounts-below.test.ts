import { mkdirSync, mkdtempSync, realpathSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mountFolder, NO_MOUNT } from '#scripts/lib/rclone-mount.ts';
import { checkWatchedFolders } from '../cli/check-folders.ts';
import { FolderRig, testFolder } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';
import { canMount, SmallDisk } from '../testing/small-disk.ts';
import { FlowContext, type FlowDeps } from './flow-context.ts';
import { FolderPlace } from './folder-place.ts';
import { scanTree } from './folder-scan.ts';
import { mountsIn } from './mount-table.ts';
import { pathBytesOfText } from './path-bytes.ts';
import { ScanPace } from './scan-pace.ts';

const SOON_MS = 60_000;
const missing = NO_MOUNT ?? (canMount ? null : 'only root may mount');
const called = missing === null ? '' : ` (${missing})`;

let folder: string;
let watched: string;
let far: string;
let unmount: (() => Promise<void>) | null = null;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'beamdeck-mounts-')));
  watched = path.join(folder, 'watched');
  far = path.join(folder, 'far');
  mkdirSync(path.join(watched, 'here/far'), { recursive: true });
  mkdirSync(far);
});
afterEach(async () => {
  await unmount?.();
  unmount = null;
  // Never recursively: should it still be mounted, that fails.
  rmdirSync(path.join(watched, 'here/far'));
  rmSync(folder, { recursive: true });
});

it('the table of mounts is read with its escaped names, and what is elsewhere is left out', () => {
  const table = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '70 22 0:51 / /data/raw rw - ext4 /dev/sdb1 rw',
    '71 70 0:52 / /data/raw/a\\040b\\134c/far rw - nfs4 server:/export rw',
    '72 22 0:53 / /data/rawer rw - tmpfs tmpfs rw',
    '',
  ].join('\n');
  expect([...mountsIn(table, '/data/raw').values()]).toEqual(['a b\\c/far']);
  expect([...mountsIn(table, '/').values()]).toContain('data/rawer');
});

it.skipIf(missing !== null)(
  `a file system of another machine below is found where it begins, before and while it is looked through${called}`,
  async () => {
    const place = new FolderPlace(pathBytesOfText(watched));
    await place.enter(await place.find());
    expect(place.isLocal('here/far/x.dat')).toBe(true);
    unmount = await mountFolder(far, path.join(watched, 'here/far'));
    // As an automatic mount, which is in no table before somebody goes there.
    const visitor = { directory: () => undefined, entry: () => undefined, unreadable: () => undefined };
    const signal = new AbortController().signal;
    await scanTree(place, '', visitor, { lowIo: false, pace: new ScanPace(0), signal });
    expect(place.silentBelow()).toEqual([['here/far', 'FUSE']]);
    expect(await place.lookForMounts()).toEqual(['here/far']);
    expect(['', 'here/x.dat', 'here/farther/x.dat'].every((one) => place.isLocal(one))).toBe(true);
    expect(['here/far', 'here/far/a/x.dat'].some((one) => place.isLocal(one))).toBe(false);
    await unmount();
    unmount = null;
    expect(await place.lookForMounts()).toEqual([]);
    expect(place.isLocal('here/far/x.dat')).toBe(true);
  },
);

it.skipIf(missing !== null)(
  `birth times from the clock of another machine are not trusted${called}`,
  async () => {
    unmount = await mountFolder(far, path.join(watched, 'here/far'));
    const place = new FolderPlace(pathBytesOfText(watched));
    await place.enter(await place.find());
    const clock = { mark: () => ({ wallMs: 0, steadyMs: 0 }), estimate: () => ({ offsetMs: 0, doubtMs: 0 }) };
    const context = new FlowContext(
      { place, clock: { ...clock, boot: '' } } as unknown as FlowDeps,
      null as never,
    );
    const bornMs = Date.UTC(2026, 10, 22, 8);
    const { dev, ino } = statSync(watched, { bigint: true });
    const times = { mtimeNs: 0n, ctimeNs: 0n, birthNs: BigInt(bornMs) * 1_000_000n };
    const seen = { seenMs: bornMs + 5000, watchedMs: bornMs + 4000, lateMs: 1000, inPlace: false, boot: '' };
    const fileAt = (where: string) =>
      ({
        path: where,
        signature: { dev, ino, sizeBytes: 1, ...times },
        ...seen,
        offsetMs: 0,
        doubtMs: 0,
      }) as never;
    expect(context.acquiredOf(fileAt('here/x.dat')).appearedAt).toBe(new Date(bornMs).toISOString());
    expect(context.acquiredOf(fileAt('here/far/x.dat')).appearedAt).toBeNull();
  },
);

it.skipIf(missing !== null)(
  `what other machines write there is found soon, and the status and the check say so${called}`,
  async () => {
    unmount = await mountFolder(far, path.join(watched, 'here/far'));
    const rig = await FolderRig.create();
    try {
      const config = testFolder(watched, { scanMs: 3_600_000 });
      rig.hub.config = { ...rig.hub.config, detectors: [], folders: [config] };
      await rig.start();
      // Behind its back, as another machine does.
      writeFileSync(path.join(far, 'x.dat'), 'from afar');
      await rig.untilStored('here/far/x.dat', 'from afar', SOON_MS);
      expect(rig.status()).toMatchObject({
        watch: 'events',
        fault: 'below here/far (FUSE) changes are looked for, not told',
      });
      const below = 'what is mounted at here/far (FUSE)';
      expect(await checkWatchedFolders([config, { ...config, watch: 'events' }])).toMatchObject([
        {
          ok: true,
          text: expect.stringContaining(`${below} does not, and is looked through again and again`),
        },
        {
          ok: false,
          text: expect.stringContaining(`${below} does not tell of changes, and polling is "off"`),
        },
      ]);
      expect(rig.hub.codes()).not.toContain('watch-missed');
    } finally {
      await rig.dispose();
    }
  },
  180_000,
);

it.skipIf(!canMount)(
  'a disk that is mounted below is looked through, and its changes are told',
  async () => {
    const rig = await FolderRig.create();
    rig.configure({ scanMs: 3_600_000 });
    await rig.start();
    rig.write('disk/below.dat', 'below');
    await rig.untilStored('disk/below.dat', 'below', SOON_MS);
    await rig.quiet();
    const disk = new SmallDisk(rig.at('disk'), 4 * 1024 * 1024);
    try {
      rig.write('disk/x.dat', 'x');
      await rig.untilStored('disk/x.dat', 'x', SOON_MS);
      rig.write('disk/later.dat', 'later');
      await rig.untilStored('disk/later.dat', 'later', SOON_MS);
      await until('no fault', () => rig.status()!.fault === null, SOON_MS);
    } finally {
      await rig.hub.stop();
      disk.unmount();
      await rig.dispose();
    }
  },
  300_000,
);
