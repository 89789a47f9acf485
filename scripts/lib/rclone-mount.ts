import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';
import { unwatch, watch } from './watchdog.ts';

const folders = (process.env.PATH ?? '').split(':');
const has = (name: string) => folders.some((folder) => existsSync(join(folder, name)));

/** Why no bucket can be mounted here, for the names of skipped tests; null when one can. */
export const NO_MOUNT: string | null = !existsSync('/dev/fuse')
  ? 'there is no /dev/fuse'
  : has('rclone') && has('fusermount3')
    ? null
    : 'apt-get install rclone fuse3';

/** As docs/operations.md gives them: a new object is seen after half a second at the latest, and a replaced one with its own size. */
export const MOUNT_FLAGS: readonly string[] = [
  '--read-only',
  '--allow-other',
  '--dir-cache-time=500ms',
  '--attr-timeout=500ms',
  '--poll-interval=0',
  '--use-server-modtime',
  '--vfs-cache-mode=off',
  '--vfs-read-chunk-size=4M',
];

const UP_MS = 30_000;

/** Mounts a bucket in a temporary folder, for tests. Throws with what rclone said when it does not come up. */
export async function mountBucket(s3: S3Settings): Promise<{ dir: string; close(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'beamdeck-mount-'));
  const conf = `[store]\ntype = s3\nprovider = Ceph\nendpoint = ${s3.endpoint}\naccess_key_id = ${s3.accessKey}\nsecret_access_key = ${s3.secretKey}\n`;
  const close = await mountRemote(conf, `store:${s3.bucket}`, dir);
  return {
    dir,
    close: async () => {
      await close();
      // Never recursively: should the bucket still be mounted, its objects would go.
      await rmdir(dir);
    },
  };
}

/** Mounts a folder of this machine at another, an empty one, as if it were of another machine: changes in it are not told there. */
export const mountFolder = (source: string, dir: string): Promise<() => Promise<void>> =>
  mountRemote('', `:local:${source}`, dir);

/** Resolves with what unmounts it when it is there. */
async function mountRemote(conf: string, remote: string, dir: string): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), 'beamdeck-rclone-'));
  const confFile = join(home, 'rclone.conf');
  const log = join(home, 'log');
  await writeFile(confFile, conf, { mode: 0o600 });
  const { AWS_CA_BUNDLE: _, ...env } = process.env;
  const args = ['mount', remote, dir, '--config', confFile, '--log-file', log, ...MOUNT_FLAGS];
  const child = spawn('rclone', args, { env, detached: true, stdio: 'ignore' });
  watch({ pid: child.pid!, signal: 'SIGTERM', graceMs: 2000 });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const close = async () => {
    unwatch(child.pid!);
    child.kill('SIGTERM');
    await exited;
    await rm(home, { recursive: true, force: true });
  };
  const isMounted = async () => (await readFile('/proc/mounts', 'utf8')).includes(` ${dir} fuse`);
  for (const until = Date.now() + UP_MS; !(await isMounted()); await sleep(50)) {
    if (child.exitCode === null && Date.now() < until) continue;
    const said = await readFile(log, 'utf8').catch(() => '');
    await close();
    throw new Error(`rclone could not mount ${remote}: ${said.trim().slice(-500)}`);
  }
  return close;
}
