import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountBucket, NO_MOUNT } from '#scripts/lib/rclone-mount.ts';
import { NO_RGW } from '#scripts/lib/throwaway-rgw.ts';
import { sharedBucket } from '../../testing/shared-bucket.ts';
import { type TestS3Store, testS3Store } from '../../testing/test-s3-store.ts';
import { probeRequest, untilOver, wholeLog } from '../compute/compute-kit.contract.ts';
import { createProcessDriver } from '../compute/process-driver.ts';
import type { S3Settings } from './s3-connection.ts';

const missing = [NO_RGW, NO_MOUNT].filter((reason) => reason !== null).join('; ');

describe.skipIf(missing !== '')(`jobs on a mounted bucket of Ceph RGW${missing && ` (${missing})`}`, () => {
  let bucket: S3Settings;
  let mount: Awaited<ReturnType<typeof mountBucket>>;
  let test: TestS3Store;
  beforeAll(async () => {
    bucket = await sharedBucket();
    mount = await mountBucket(bucket);
    test = await testS3Store(bucket, { mountDir: mount.dir });
  });
  afterAll(async () => {
    await test?.close();
    await mount?.close();
  });

  /** Waits for as long as a test may take. */
  async function untilBytes(path: string, bytes: Uint8Array): Promise<void> {
    for (;;) {
      const found = await readFile(path).catch(() => null);
      if (found?.equals(bytes)) return;
      await sleep(20);
    }
  }

  it('an object is a file of the tree, also where somebody looked before; so is what replaces it', async () => {
    const tree = test.store.localTree('EXP26-AAAAA')!;
    expect(tree).toBe(join(mount.dir, 'EXP26-AAAAA'));
    await test.store.put('EXP26-AAAAA/raw/first', new Uint8Array(1));
    await untilBytes(join(tree, 'raw/first'), new Uint8Array(1));
    for (const path of ['raw/second', 'raw/new folder/über.cbf']) {
      await expect(stat(join(tree, path))).rejects.toMatchObject({ code: 'ENOENT' });
      await readdir(join(tree, 'raw'));
      const bytes = randomBytes(300_000);
      await test.store.put(`EXP26-AAAAA/${path}`, bytes);
      await untilBytes(join(tree, path), bytes);
      const other = randomBytes(200_001);
      await test.store.put(`EXP26-AAAAA/${path}`, other);
      await untilBytes(join(tree, path), other);
    }
  });

  it('a job reads it, and nobody writes there', async () => {
    await test.store.put('DEM26-AAAAA/raw/a.txt', Buffer.from('data of the experiment'));
    const tree = test.store.localTree('DEM26-AAAAA')!;
    await untilBytes(join(tree, 'raw/a.txt'), Buffer.from('data of the experiment'));
    await expect(writeFile(join(tree, 'raw/b.txt'), 'x')).rejects.toMatchObject({ code: 'EROFS' });
    const runsDir = await mkdtemp(join(tmpdir(), 'beamdeck-runs-'));
    const driver = createProcessDriver({ runsDir, allowUnconfined: true });
    await driver.submit(
      probeRequest('mounted-1', tree, { behaviour: 'work', source: 'raw/a.txt', sleepMs: 0 }),
    );
    const seen = await untilOver(driver, 'mounted-1');
    expect(seen, await wholeLog(driver, 'mounted-1')).toMatchObject({ state: 'exited', exitCode: 0 });
    await rm(runsDir, { recursive: true, force: true });
  });
});
