import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sha256 } from '#hub/testing/folder-rig.ts';
import { NO_RGW, startRgw, type ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import { file } from '../server/db/schema/index.ts';
import type { S3Settings } from '../server/storage/s3-connection.ts';
import { type PullWorld, pullWorld } from './pull-world.ts';
import { putLicence } from './put-licence.ts';
import { buildSyncExecutable, SyncProcess } from './sync-process.ts';

/** The executable as it is shipped, before a bucket that it sends to and reads from itself: the way to the data server takes no parts here. */
describe.skipIf(NO_RGW !== null)(
  `beamdeck-sync straight to and from Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`,
  () => {
    let rgw: ThrowawayRgw;
    let bucket: S3Settings;
    let w: PullWorld;
    let sync: SyncProcess;
    beforeAll(async () => {
      const build = mkdtempSync(join(tmpdir(), 'beamdeck-sync-build-'));
      try {
        sync = new SyncProcess(await buildSyncExecutable(build));
      } finally {
        rmSync(build, { recursive: true, force: true });
      }
      rgw = await startRgw();
      bucket = await rgw.newBucket();
      w = await pullWorld(bucket, ['reads', 'parts']);
      sync.configure(w.server.url, ['raw']);
    });
    afterAll(async () => {
      await sync?.dispose();
      await w?.close();
      await rgw?.close();
    });
    const within = { timeout: 150_000, interval: 100 };
    const port = () => new URL(bucket.endpoint).port;

    it('sends small and large files there', async () => {
      const { id } = await w.w.activate('2026-01-01T00:00:00Z');
      await sync.command('enrol', await putLicence(w.w, sync, 'sync'));
      sync.start();
      // What appears before that is in the unassigned tray.
      await vi.waitFor(() => expect(sync.output).toContain('active-experiment'), within);
      // Whatever their names promise: nothing waits for a dataset that is none.
      const contents = {
        'small.bin': randomBytes(100_000),
        'small.cbf': randomBytes(100_000),
        'run_00001.cbf': new Uint8Array(0),
        'large.bin': randomBytes(13_000_000),
        'large_master.h5': randomBytes(13_000_000),
      };
      for (const [name, bytes] of Object.entries(contents)) writeFileSync(sync.at('raw', name), bytes);
      for (const [name, bytes] of Object.entries(contents)) {
        const rows = () =>
          w.database.db
            .select()
            .from(file)
            .where(and(eq(file.experimentId, id), eq(file.path, `raw/${name}`)));
        await vi.waitFor(
          async () => expect((await rows())[0]?.sha256, sync.output).toBe(sha256(bytes)),
          within,
        );
        const [row] = await rows();
        expect(await w.w.files.verifyFile(w.w.as('pi'), { fileId: row!.id })).toMatchObject({ ok: true });
      }
    }, 400_000);

    it('check tells of the bucket: reached or not, its clock, and its line for the firewall', async () => {
      const reached = await sync.command('check');
      expect(reached.out).toContain(`to 127.0.0.1 port ${port()}  (S3 store, HTTP)`);
      expect(reached.out).toMatch(`good  the S3 store, ${bucket.endpoint}, answers (HTTP 200)`);
      expect(reached.out).toMatch(
        new RegExp(`^good +the clocks of this machine and of 127\\.0\\.0\\.1:${port()} are less`, 'm'),
      );
      await rgw.kill();
      const away = await sync.command('check');
      await rgw.start();
      expect(away.code).toBe(1);
      expect(away.out).toMatch(
        new RegExp(`^BAD +the S3 store cannot be reached: 127\\.0\\.0\\.1:${port()}: `, 'm'),
      );
    }, 60_000);

    it('pull brings many files home, over a gateway that is killed meanwhile', async () => {
      const experiment = await w.prepare();
      const files: Record<string, string> = {};
      for (let n = 0; n < 400; n++) files[`processed/many/${n}.txt`] = `the ${n}th`;
      files['processed/odd näme & 100%+?#.txt'] = 'odd';
      files['processed/large.bin'] = randomBytes(20_000_000).toString('latin1');
      for (const [path, text] of Object.entries(files)) {
        await w.put(experiment, path.slice('processed/'.length), Buffer.from(text, 'latin1'));
      }
      writeFileSync(sync.at('token'), w.token.token, { mode: 0o600 });
      const home = sync.at('home');
      const command = ['pull', experiment.code, 'home', '--server', w.server.url, '--token-file', 'token'];
      w.relay.seen.length = 0;
      const pulling = sync.command(...command);
      await vi.waitFor(() => expect(readdirSync(join(home, 'processed/many'))).not.toEqual([]), within);
      await rgw.kill();
      await rgw.start();
      const { code, out } = await pulling;
      expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/none failed\.\n$/) });
      expect(w.contents(home)).toEqual(files);
      expect(await sync.command(...command)).toMatchObject({
        code: 0,
        out: expect.stringContaining(': 0 files fetched (0 B came), 402 here already'),
      });
      expect(w.relay.seen).toEqual([]);
    }, 180_000);
  },
);
